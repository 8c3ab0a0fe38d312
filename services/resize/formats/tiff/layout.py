"""How the samples of one TIFF directory are laid out in the file. No Pillow, no AWS."""

from dataclasses import replace
from typing import Final, Self

from services.resize.bounds import check_size
from services.resize.formats.memory_cost import check_memory, tiff_cost
from services.resize.formats.tiff.directories import Directory
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage
from shared.light_dataclass import dataclass

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR = 0, 1, 2, 3, 4, 5, 6
CIE_LAB, ICC_LAB, ITU_LAB, CFA, LOG_L, LOG_LUV, LINEAR_RAW = 8, 9, 10, 32803, 32844, 32845, 34892
UNSIGNED, SIGNED, FLOAT, UNDEFINED = 1, 2, 3, 4
ASSOCIATED, UNASSOCIATED = 1, 2

UNCOMPRESSED, CCITT_RLE, CCITT_3, CCITT_4, LZW, OLD_JPEG, JPEG, DEFLATE = 1, 2, 3, 4, 5, 6, 7, 8
OLD_DEFLATE, PACKBITS, LZMA, ZSTD, WEBP = 32946, 32773, 34925, 50000, 50001
PIXTIFF_DEFLATE = 50013
SGI_LOG, SGI_LOG_24 = 34676, 34677
CCITT_RLE_WORDS, JPEG_2000, APERIO_YCBCR, APERIO_RGB = 32771, 34712, 33003, 33005

# Usual names of compressions and photometric interpretations: TIFF 6.0, its technical notes, and libtiff's tiff.h.
COMPRESSIONS: Final = {
    1: "none", 2: "CCITT RLE", 3: "CCITT group 3", 4: "CCITT group 4", 5: "LZW", 6: "old-style JPEG", 7: "JPEG",
    8: "Deflate", 9: "JBIG", 10: "JBIG", 262: "Kodak", 32766: "NeXT", 32767: "Sony ARW", 32769: "packed raw",
    32770: "Samsung SRW", 32771: "CCITT RLE", 32773: "PackBits", 32809: "ThunderScan", 32895: "IT8", 32908: "PixarFilm",
    32909: "PixarLog", 32946: "Deflate", 32947: "Kodak DCS", 33003: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG",
    34676: "SGILog", 34677: "SGILog24", 34712: "JPEG 2000", 34713: "Nikon NEF", 34887: "LERC", 34892: "lossy JPEG",
    34925: "LZMA", 34933: "PNG", 34934: "JPEG XR", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL",
    50013: "Deflate", 52546: "JPEG XL", 65000: "Kodak DCR", 65535: "Pentax PEF",
}  # fmt: skip
PHOTOMETRICS: Final = {
    0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "separated", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab",
    32803: "sensor mosaic", 32844: "LogL", 32845: "LogLuv", 34892: "linear raw", 51177: "depth map",
}  # fmt: skip
_FORMATS: Final = {2: "signed", 3: "float", 5: "complex", 6: "complex"}

# Channels of colour, before any alpha, of each photometric interpretation.
_COLOURS: Final = {0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3, LOG_L: 1, LOG_LUV: 3}

# Channels: a hyperspectral file has hundreds, none of which is a colour. Bits: complex numbers have 128.
_MAX_SAMPLES: Final = 1024
_MAX_BITS: Final = 64
# Unpacked size of one strip or tile, which the decompressor holds twice. 50 megapixels of 16-bit RGBA are 400 MB.
MAX_PART_BYTES: Final = 512 * 1024**2
_COLOUR_INKS: Final = 1


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one picture's samples are laid out in the file, checked.

    Args:
        width: width in pixels.
        height: height in pixels.
        bits: bits of a sample.
        samples: samples of a pixel, alpha and others included.
        sample_format: UNSIGNED, SIGNED or FLOAT.
        photometric: PhotometricInterpretation: what the samples mean.
        compression: compression of the parts.
        predictor: 1 none, 2 differences, 3 differences of floating point numbers.
        planar: whether every channel is stored separately.
        reversed_bits: whether the first bit of a byte is its lowest.
        extra: ExtraSamples; None where the tag is missing.
        subsampling: chroma subsampling of YCbCr as (across, down).
        part_width: width of a strip or tile, in pixels.
        part_height: height of a strip or tile, in rows.
        tiled: whether the parts are tiles.
        offsets: offsets of the parts in the file.
        counts: bytes of each part; may have fewer entries than offsets.
    """

    width: int
    height: int
    bits: int
    samples: int
    sample_format: int
    photometric: int
    compression: int
    predictor: int
    planar: bool
    reversed_bits: bool
    extra: tuple[int, ...] | None
    subsampling: tuple[int, int]
    part_width: int
    part_height: int
    tiled: bool
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, directory: Directory, limits: Limits) -> Self:
        """The layout of a directory.

        Raises:
            UnreadableImage: a required tag is missing or contradicted.
            UnsupportedImage: the kind of TIFF is not supported.
            ImageTooLarge: a limit is exceeded.
        """
        width, height = directory.integer(256, 0), directory.integer(257, 0)
        if width <= 0 or height <= 0:
            raise UnreadableImage("the TIFF has no width or height")
        check_size(width, height, limits)
        compression = directory.integer(259, 1) or 1
        bits, samples = _bits_and_samples(directory, compression)
        extra = directory.integers(338) if 338 in directory else None
        photometric = directory.integer(262, _meaning(directory, samples))
        if compression == OLD_JPEG:
            photometric = YCBCR if samples == 3 else photometric
        formats = directory.integers(339) or (UNSIGNED,)
        tiled = 322 in directory and 323 in directory
        part_width = directory.integer(322, 0) if tiled else width
        part_height = directory.integer(323, 0) if tiled else directory.integer(278, height) or height
        if tiled and (part_width <= 0 or part_height <= 0):
            raise UnreadableImage("the TIFF has no size of its tiles")
        # 530 (YCbCrSubSampling) is (2, 2) by default: TIFF 6.0, section 21.
        across, down = (*directory.integers(530), 2, 2)[:2]
        layout = cls(
            width=width,
            height=height,
            bits=bits[0],
            samples=samples,
            sample_format=UNSIGNED if formats[0] in {0, UNDEFINED} else formats[0],
            photometric=photometric,
            compression=compression,
            predictor=directory.integer(317, 1),
            planar=directory.integer(284, 1) == 2 and samples > 1,
            reversed_bits=directory.integer(266, 1) == 2,
            extra=extra,
            subsampling=(across, down) if photometric == YCBCR else (1, 1),
            part_width=part_width,
            part_height=part_height if tiled else min(part_height, height),
            tiled=tiled,
            offsets=(tiled and directory.integers(324)) or directory.integers(273),
            counts=(tiled and directory.integers(325)) or directory.integers(279),
        )
        if len(set(bits)) > 1 or len(set(formats[:samples])) > 1:
            raise layout.unsupported(f"channels of {', '.join(map(str, bits[:8]))} bits")
        layout.check(directory)
        layout.check_memory(limits)
        return layout

    def check(self, directory: Directory) -> None:
        """Refuse unsupported kinds, by their name, and values that no picture can have.

        Raises:
            UnreadableImage: see of.
            UnsupportedImage: see of.
            ImageTooLarge: see of.
        """
        colours = _COLOURS.get(self.photometric)
        light_alone = self.photometric in {CIE_LAB, ICC_LAB} and self.samples == 1
        if colours is None or (self.samples < colours and not light_alone):
            raise self.unsupported()
        if self.photometric == CMYK and directory.integer(332, _COLOUR_INKS) != _COLOUR_INKS:
            raise self.unsupported("inks other than CMYK")
        if not self._has_known_numbers():
            raise self.unsupported()
        if self.photometric == YCBCR:
            self._check_subsampling()
        if self.compression != OLD_JPEG and not self.offsets:
            raise UnreadableImage("the TIFF has no offsets of its strips or tiles")
        if self.line_bytes * self.part_lines > MAX_PART_BYTES:
            raise ImageTooLarge(
                f"a strip or tile of the TIFF has {self.line_bytes * self.part_lines:,} bytes uncompressed;"
                f" the limit is {MAX_PART_BYTES:,}"
            )

    def check_memory(self, limits: Limits) -> None:
        """Refuse what takes too much memory.

        Raises:
            ImageTooLarge: the image needs more than the limit, which the error names.
        """
        part_bytes = self.line_bytes * self.part_lines
        size = (self.width, self.height)
        check_memory(tiff_cost(size, samples=self.samples, bits=self.bits, part_bytes=part_bytes), limits)

    def _has_known_numbers(self) -> bool:
        if self.photometric == PALETTE:
            return self.bits <= 16 and self.sample_format == UNSIGNED
        if self.sample_format == FLOAT:
            return self.bits in {16, 32, 64}
        return self.sample_format in {UNSIGNED, SIGNED} and (self.bits <= 16 or self.bits in {24, 32, 64})

    def _check_subsampling(self) -> None:
        if any(each not in {1, 2, 4} for each in self.subsampling):
            raise UnreadableImage(
                f"the TIFF's chroma subsampling is invalid: {self.subsampling[0]} x {self.subsampling[1]}"
            )
        if self.compression in {OLD_JPEG, JPEG, WEBP, JPEG_2000, APERIO_YCBCR, APERIO_RGB}:
            return
        if self.bits != 8 or self.samples != 3 or (self.planar and self.tiled and self.subsampling != (1, 1)):
            raise self.unsupported()

    def plane(self, number: int) -> "Layout":
        """The layout of one plane of YCbCr; planes of chroma are smaller."""
        across, down = self.subsampling if number else (1, 1)
        first = number * self.across * self.down
        last = first + self.across * self.down
        return self.unpacked(
            width=-(-self.width // across),
            height=-(-self.height // down),
            part_width=-(-self.part_width // across),
            part_height=-(-self.part_height // down),
            samples=1,
            planar=False,
            photometric=BLACK_IS_ZERO,
            subsampling=(1, 1),
            offsets=self.offsets[first:last],
            counts=self.counts[first:last],
        )

    def unsupported(self, what: str = "") -> UnsupportedImage:
        """The error that names this kind of TIFF."""
        meaning = PHOTOMETRICS.get(self.photometric, f"photometric interpretation {self.photometric}")
        depth = f"{self.bits}-bit {_FORMATS.get(self.sample_format, '')}"
        packing = COMPRESSIONS.get(self.compression, f"number {self.compression}")
        detail = f", {what}" if what else ""
        return UnsupportedImage(
            f"unsupported: TIFF with {self.samples} channel{'s' * (self.samples > 1)} of {depth.strip()} ({meaning}),"
            f" compression {packing}{detail}; save it as 8 or 16-bit grey, RGB or CMYK without compression, or with"
            " LZW, Deflate or JPEG"
        )

    def unpacked(self, **changes: int | bool | tuple[int, ...]) -> "Layout":
        """The layout of samples as a decoder has changed them."""
        return replace(self, **changes)  # type: ignore[arg-type]  # each is the value of a field

    @property
    def colours(self) -> int:
        """Number of channels that are colours."""
        return min(_COLOURS[self.photometric], self.samples)

    @property
    def alpha(self) -> int | None:
        """ASSOCIATED or UNASSOCIATED; None where the channel after the colours is not an alpha, or there is none.

        By convention, an RGB picture of four channels without ExtraSamples has alpha.
        """
        if self.samples <= self.colours:
            return None
        if self.extra:
            first = self.extra[0]
            if first in {ASSOCIATED, UNASSOCIATED}:
                return first
            return UNASSOCIATED if first > UNASSOCIATED and self.photometric == RGB else None
        return UNASSOCIATED if self.photometric == RGB and self.extra is None and self.samples == 4 else None

    @property
    def plane_samples(self) -> int:
        """Samples of a pixel in one part."""
        return 1 if self.planar else self.samples

    @property
    def subsampled(self) -> bool:
        """Whether one line of the file holds several rows of the picture."""
        return self.photometric == YCBCR and self.subsampling != (1, 1) and not self.planar

    @property
    def line_rows(self) -> int:
        """Rows of the picture in a line of the file."""
        return self.subsampling[1] if self.subsampled else 1

    @property
    def line_bytes(self) -> int:
        """Bytes of one line of a part."""
        return self.line_bytes_of(self.part_width)

    def line_bytes_of(self, width: int) -> int:
        """Bytes of a line of this many pixels."""
        if self.subsampled:
            across, down = self.subsampling
            return -(-width // across) * (across * down + 2)
        return (width * self.plane_samples * self.bits + 7) // 8

    @property
    def part_lines(self) -> int:
        """Lines of a whole part."""
        return -(-self.part_height // self.line_rows)

    @property
    def across(self) -> int:
        """Number of parts side by side."""
        return -(-self.width // self.part_width)

    @property
    def down(self) -> int:
        """Number of parts from top to bottom."""
        return -(-self.height // self.part_height)


def _bits_and_samples(directory: Directory, compression: int) -> tuple[tuple[int, ...], int]:
    bits = directory.integers(258) or ((8,) if compression in {OLD_JPEG, JPEG} else (1,))
    photometric = directory.integer(262, -1)
    several = max(1, len(bits))
    if compression == OLD_JPEG and photometric in {RGB, YCBCR}:
        several = 3
    samples = directory.integer(277, several)
    if not 0 < samples <= _MAX_SAMPLES:
        raise UnsupportedImage(f"unsupported: TIFF with {samples:,} channels")
    # One number for all channels, or numbers for missing channels, are common mistakes.
    bits = bits * samples if len(bits) == 1 else bits[:samples]
    if len(bits) < samples:
        bits = (*bits, *[bits[0]] * (samples - len(bits)))
    if not all(0 < each <= _MAX_BITS for each in bits):
        raise UnsupportedImage(f"unsupported: TIFF with {max(bits)} bits of a sample")
    return bits, samples


def _meaning(directory: Directory, samples: int) -> int:
    """What the samples mean where the file has no PhotometricInterpretation."""
    if 320 in directory:
        return PALETTE
    if samples >= 4 and 332 in directory:
        return CMYK
    return RGB if samples >= 3 else WHITE_IS_ZERO if directory.integer(258, 1) == 1 else BLACK_IS_ZERO
