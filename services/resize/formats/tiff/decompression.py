"""Decompression of a TIFF's strips and tiles, by Python or by Pillow's decoders. No AWS."""

import io
import zlib
from collections.abc import Callable
from typing import Final

from PIL import Image, UnidentifiedImageError

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.libtiff import image_of
from services.resize.formats.tiff.predictor import regrouped, sums, undone
from services.resize.formats.tiff.sample_bits import swapped
from shared.errors import UnreadableImage

# Size of a block: large enough that the fixed cost of a block is negligible, small enough for any memory size.
BLOCK_BYTES: Final = 4 * 1024**2
# Parts in one call: each costs an entry in a directory.
MAX_PARTS: Final = 256

_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_CCITT: Final = frozenset({kinds.CCITT_RLE, kinds.CCITT_3, kinds.CCITT_4, kinds.CCITT_RLE_WORDS})
_DEFLATED: Final = frozenset({kinds.DEFLATE, kinds.OLD_DEFLATE, kinds.PIXTIFF_DEFLATE})
_BY_LIBTIFF: Final = frozenset({kinds.LZW, kinds.PACKBITS, kinds.LZMA, kinds.ZSTD, kinds.DEFLATE, kinds.OLD_DEFLATE})
_IMAGE_CODECS: Final = {
    kinds.WEBP: ("WEBP", "PIL.WebPImagePlugin"),
    kinds.JPEG_2000: ("JPEG2000", "PIL.Jpeg2KImagePlugin"),
    kinds.APERIO_YCBCR: ("JPEG2000", "PIL.Jpeg2KImagePlugin"),
    kinds.APERIO_RGB: ("JPEG2000", "PIL.Jpeg2KImagePlugin"),
}

# Only these have predictors: libtiff ignores the tag elsewhere.
_PREDICTED: Final = frozenset({kinds.LZW, kinds.DEFLATE, kinds.OLD_DEFLATE, kinds.LZMA, kinds.ZSTD})

# Where libtiff undoes the predictor, by (bits, samples): the photometric with which Pillow reads every sample.
_UNDONE_BY_LIBTIFF: Final = {
    (8, 1): kinds.BLACK_IS_ZERO,
    (8, 3): kinds.RGB,
    (8, 4): kinds.CMYK,
    (16, 1): kinds.BLACK_IS_ZERO,
    (16, 3): kinds.RGB,
    (16, 4): kinds.CMYK,
}

# A part's packed size is limited to this multiple of its unpacked size: no compressor exceeds it, and a file may
# claim for each of a hundred thousand parts that it spans the whole file.
_MAX_PACKED: Final = 8
_PACKED_SPARE: Final = 1024
# For parts that are image files, whose tables and profile may be larger than their pixels.
_IMAGE_SPARE: Final = 65_536


class Unpacker:
    """Decompresses the parts of one picture.

    Args:
        layout: layout of the samples in the file.
        directory: directory with the tags that a decompressor needs.
        check: called between blocks; may raise, as a deadline does.
    """

    def __init__(self, layout: Layout, directory: Directory, check: Callable[[], None]) -> None:
        self.stored = layout
        self._directory = directory
        self._check = check
        self.order = directory.order
        self.layout = self._as_unpacked(layout)

    def _as_unpacked(self, stored: Layout) -> Layout:
        """Layout of the samples after decompression."""
        if stored.compression in {kinds.JPEG, *_IMAGE_CODECS}:
            if stored.bits != 8 and stored.compression == kinds.JPEG:
                raise stored.unsupported()
            colours = kinds.RGB if stored.photometric == kinds.YCBCR else stored.photometric
            return stored.unpacked(bits=8, photometric=colours, subsampling=(1, 1), sample_format=kinds.UNSIGNED)
        if stored.compression not in {kinds.UNCOMPRESSED, *_CCITT, *_DEFLATED, *_BY_LIBTIFF}:
            raise stored.unsupported()
        if stored.compression in _CCITT and (stored.bits, stored.samples) != (1, 1):
            raise stored.unsupported()
        return stored

    def bytes_of(self, raster: Image.Image) -> bytes:
        """The samples in the file's order, from an unpacked image of bytes or of pixels."""
        data = raster.tobytes()
        if self.layout.bits != 16 or raster.mode == "L":
            return data
        if self.layout.plane_samples == 1:
            # Pillow keeps them in the file's order, whatever libtiff gave it.
            return data if raster.mode.endswith("B") == (self.order == ">") else swapped(data, 2)
        # With several channels Pillow keeps only the higher byte, which is all that is shown.
        both = bytearray(2 * len(data))
        both[::2] = both[1::2] = data
        return bytes(both)

    def _packed(self, part: int, unpacked_bytes: int) -> bytes:
        """Bytes of a part as stored in the file."""
        layout, data = self.stored, self._directory.data
        if part >= len(layout.offsets):
            raise UnreadableImage(f"the TIFF has {len(layout.offsets):,} strips or tiles where more are needed")
        at = layout.offsets[part]
        if layout.compression == kinds.UNCOMPRESSED:
            count = unpacked_bytes
            claimed = layout.counts[part] if part < len(layout.counts) else 0
            # A wrong count of a single strip is harmless. With several, the pixels of the next would be shown twice:
            # libtiff 4.7 refuses that as well ("Not enough data for scanline").
            if len(layout.offsets) > 1 and 0 < claimed < count:
                raise UnreadableImage(f"the TIFF is truncated: strip or tile {part} has {claimed:,} of {count:,} bytes")
        else:
            count = layout.counts[part] if part < len(layout.counts) else 0
            # Files without the counts are as old as the format: a decompressor knows where to stop.
            spare = _IMAGE_SPARE if layout.compression in {kinds.JPEG, *_IMAGE_CODECS} else _PACKED_SPARE
            count = min(count or len(data), unpacked_bytes * _MAX_PACKED + spare)
        return data[at : at + count]

    def unpacked(self, parts: range, lines: int) -> "bytes | Image.Image":
        """Decompress lines of some consecutive parts.

        Raises:
            UnreadableImage: a part cannot be decompressed.
            UnsupportedImage: Pillow does not support the kind.
        """
        try:
            return self._unpacked_by_kind(parts, lines)
        except UnidentifiedImageError as error:
            raise self.stored.unsupported() from error
        except (OSError, zlib.error) as error:
            packing = kinds.COMPRESSIONS[self.stored.compression]
            which = f"{parts[0]:,}" if len(parts) == 1 else f"{parts[0]:,} to {parts[-1]:,}"
            raise UnreadableImage(
                f"strip or tile {which} of the TIFF cannot be decompressed (compression {packing})"
            ) from error

    def _unpacked_by_kind(self, parts: range, lines: int) -> "bytes | Image.Image":
        layout = self.stored
        high, wide = self.layout.part_lines, self.layout.line_bytes
        sizes = [min(high, lines - index * high) for index in range(len(parts))]
        packed = [self._packed(part, size * wide) for part, size in zip(parts, sizes, strict=True)]
        if layout.compression == kinds.UNCOMPRESSED:
            for part, held, size in zip(parts, packed, sizes, strict=True):
                if len(held) < size * wide:
                    raise UnreadableImage(f"the TIFF is truncated: strip or tile {part:,} ends after the file")
            whole = packed[0] if len(packed) == 1 else b"".join(packed)
            return whole.translate(_REVERSED) if layout.reversed_bits else whole
        predicted = layout.predictor if layout.compression in _PREDICTED else 1
        if layout.compression in _DEFLATED and predicted == 1:
            return b"".join(
                self._inflated(part, size * wide, index) for part, size, index in zip(packed, sizes, parts, strict=True)
            )
        if layout.compression in _IMAGE_CODECS:
            return b"".join(self._decoded(part, size) for part, size in zip(packed, sizes, strict=True))
        if layout.compression in _BY_LIBTIFF:
            return self._by_libtiff(packed, sizes, predicted)
        return self._by_libtiff_as_it_is(packed, sizes)

    def _inflated(self, packed: bytes, size: int, part: int) -> bytes:
        if self.stored.reversed_bits:
            packed = packed.translate(_REVERSED)
        unpacked = zlib.decompressobj().decompress(packed, size)
        if len(unpacked) < size:
            raise UnreadableImage(
                f"the TIFF is truncated: strip or tile {part:,} unpacks to {len(unpacked):,} of {size:,} bytes"
            )
        return unpacked

    def _by_libtiff(self, packed: list[bytes], sizes: list[int], predictor: int) -> "bytes | Image.Image":
        layout = self.stored
        undone = _UNDONE_BY_LIBTIFF.get((layout.bits, layout.plane_samples)) if predictor == 2 else None
        if undone is None:
            image = image_of(packed, sizes, self._tags(layout.line_bytes, 8, 1, 1), "<")
            return image if predictor == 1 else self._summed(image, predictor)
        tags = self._tags(layout.part_width, layout.bits, layout.plane_samples, undone) | {317: (3, (2,))}
        return image_of(packed, sizes, tags, self.order)

    def _by_libtiff_as_it_is(self, packed: list[bytes], sizes: list[int]) -> "bytes | Image.Image":
        """Compressions that decode to pixels, not to bytes: JPEG and fax codes."""
        layout = self.stored
        if layout.compression == kinds.JPEG:
            photometric = kinds.BLACK_IS_ZERO if layout.plane_samples == 1 else layout.photometric
            tags = self._tags(layout.part_width, 8, layout.plane_samples, photometric)
            if photometric == kinds.YCBCR and 530 in self._directory:
                tags[530] = (3, layout.subsampling)
            if 347 in self._directory:
                tags[347] = (7, tuple(self._directory.raw(347)))
            if layout.plane_samples > layout.colours:
                tags[338] = (3, (2,) * (layout.plane_samples - layout.colours))
        else:
            tags = self._tags(layout.part_width, 1, 1, kinds.BLACK_IS_ZERO)
            for tag in (292, 293):
                if tag in self._directory:
                    tags[tag] = (4, (self._directory.integer(tag, 0),))
        image = image_of(packed, sizes, tags, "<")
        if image.mode == "RGBA" and layout.plane_samples == 4:
            return image.tobytes()
        if image.getbands() != () and len(image.getbands()) != layout.plane_samples:
            raise layout.unsupported()
        return image.tobytes()

    def _decoded(self, packed: bytes, rows: int) -> bytes:
        """A part that is an image file of its own."""
        import importlib  # noqa: PLC0415 - rarely needed

        form, module = _IMAGE_CODECS[self.stored.compression]
        importlib.import_module(module)
        size = self.stored.part_width, rows
        with Image.open(io.BytesIO(packed), formats=(form,)) as image:
            if image.size != size:
                raise UnreadableImage(
                    f"a tile of the TIFF has {image.width} x {image.height} px, not {size[0]} x {size[1]}"
                )
            image.load()
            if image.mode == "RGB" and self.stored.plane_samples == 4:
                return image.convert("RGBA").tobytes()  # a WebP omits an alpha that is opaque
            if len(image.getbands()) != self.stored.plane_samples:
                raise self.stored.unsupported()
            if self.stored.compression == kinds.APERIO_YCBCR:
                return Image.frombytes("YCbCr", size, image.tobytes()).convert("RGB").tobytes()
            if image.mode.startswith("I;16"):
                raise self.stored.unsupported()
            return image.tobytes()

    def _tags(self, width: int, bits: int, samples: int, photometric: int) -> dict[int, tuple[int, tuple[int, ...]]]:
        return {
            256: (4, (width,)),
            258: (3, (bits,) * samples),
            259: (3, (self.stored.compression,)),
            262: (3, (photometric,)),
            266: (3, (2 if self.stored.reversed_bits else 1,)),
            277: (3, (samples,)),
            278: (4, (self.layout.part_lines,)),
        }

    def _summed(self, image: Image.Image, predictor: int) -> bytes:
        """Undo the differences that libtiff cannot undo."""
        out = []
        rows = max(1, BLOCK_BYTES // 4 // image.width) if predictor == 3 or self.stored.bits == 8 else 1
        for top in range(0, image.height, rows):
            self._check()
            some = image.crop((0, top, image.width, min(image.height, top + rows)))
            if predictor == 3:
                out.append(regrouped(sums(some, self.stored.plane_samples), self.stored, self.order))
            elif predictor == 2 and self.stored.bits == 8:
                out.append(sums(some, self.stored.plane_samples).tobytes())
            else:
                out.append(undone(some.tobytes(), self.stored, self.order, predictor))
        return b"".join(out)
