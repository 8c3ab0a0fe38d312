"""Strips and tiles of a TIFF to lines of samples, unpacked a few at a time. No AWS.

Pillow's libtiff unpacks what Python cannot. It is given a small TIFF that is made here of some of the parts, and that
says no more of them than what the decompressor needs: so Pillow's own view of the samples never counts.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from PIL import Image, ImageChops, UnidentifiedImageError

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from shared.errors import UnreadableImage

# Samples that are worked on at once: enough for what is done once a block to cost little, and little of any memory.
_BLOCK_BYTES: Final = 4 * 1024**2

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
# Predictors are of these only: libtiff leaves the tag aside elsewhere.
_PREDICTED: Final = frozenset({kinds.LZW, kinds.DEFLATE, kinds.OLD_DEFLATE, kinds.LZMA, kinds.ZSTD})

# What libtiff undoes differences of, by (bits, samples): the meaning by which Pillow takes all of its samples.
_UNDONE_BY_LIBTIFF: Final = {
    (8, 1): kinds.BLACK_IS_ZERO,
    (8, 3): kinds.RGB,
    (8, 4): kinds.CMYK,
    (16, 1): kinds.BLACK_IS_ZERO,
    (16, 3): kinds.RGB,
    (16, 4): kinds.CMYK,
}

# A part's packed bytes are taken at most as this many times its unpacked ones: no compressor makes more of them, and
# a file may say of each of a hundred thousand parts that it is the whole file.
_MOST_PACKED: Final = 8
_PACKED_SPARE: Final = 1024
# Of an image file by itself, whose tables and profile may be more than its pixels.
_IMAGE_SPARE: Final = 65_536
_MOST_PARTS: Final = 256


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Some lines of one plane, from the left edge to the right.

    Args:
        top: first line.
        count: how many.
        data: the samples, every line from a byte on.
    """

    top: int
    count: int
    data: bytes


class Parts:
    """The parts of one picture.

    Args:
        layout: as the file has them.
        directory: with what a decompressor needs besides.
        check: called between blocks, such as a deadline's.
    """

    def __init__(self, layout: Layout, directory: Directory, check: Callable[[], None]) -> None:
        self.stored = layout
        self._directory = directory
        self._check = check
        self.order = directory.order
        self.layout = self._as_unpacked(layout)

    def _as_unpacked(self, stored: Layout) -> Layout:
        """How the samples are when they come from here."""
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

    def lines(self, plane: int = 0) -> Iterator[Lines]:
        """All lines of a plane, some at a time.

        Raises:
            UnreadableImage: a part is missing, or does not unpack.
        """
        layout = self.layout
        first = plane * layout.across * layout.down
        total = -(-layout.height // layout.line_rows)
        part_bytes = layout.line_bytes * layout.part_lines
        several = max(1, min(_MOST_PARTS, _BLOCK_BYTES // part_bytes)) if layout.across == 1 else 1
        for row in range(0, layout.down, several):
            self._check()
            top = row * layout.part_lines
            rows = min(several, layout.down - row)
            parts = range(first + row * layout.across, first + (row + rows) * layout.across)
            count = min(rows * layout.part_lines, total - top)
            if layout.across > 1:
                raster: bytes | Image.Image = self._beside(parts)
            else:
                # A tile is whole where it hangs over the picture's edge; the last strip is not.
                raster = self._unpacked(parts, rows * layout.part_lines if layout.tiled else count)
            yield from self._blocks(raster, top, count)

    def _blocks(self, raster: "bytes | Image.Image", top: int, count: int) -> Iterator[Lines]:
        """These lines, some at a time, without what hangs over the right edge."""
        stride, wide = self.layout.line_bytes * self.layout.across, self.layout.line_bytes_of(self.layout.width)
        step = max(1, _BLOCK_BYTES // stride)
        for start in range(0, count, step):
            self._check()
            some = min(step, count - start)
            if isinstance(raster, bytes):
                data = raster if some == count else raster[start * stride : (start + some) * stride]
                if stride != wide:
                    data = Image.frombytes("L", (stride, some), data).crop((0, 0, wide, some)).tobytes()
            else:
                data = self._bytes_of(raster.crop((0, start, self._across_of(raster), start + some)))
            yield Lines(top=top + start, count=some, data=data)

    def _across_of(self, raster: Image.Image) -> int:
        """How much of it is the picture: it is an image of bytes, or of pixels."""
        layout = self.layout
        return layout.line_bytes_of(layout.width) if raster.mode == "L" else layout.width

    def _bytes_of(self, raster: Image.Image) -> bytes:
        """The samples in the file's order, of an image of bytes or of pixels."""
        data = raster.tobytes()
        if self.layout.bits != 16 or raster.mode == "L":
            return data
        if self.layout.plane_samples == 1:
            # Pillow has them in the file's order, whatever libtiff gave it.
            return data if raster.mode.endswith("B") == (self.order == ">") else _swapped(data, 2)
        # Of several channels Pillow keeps the higher byte alone: it is what is shown of them.
        both = bytearray(2 * len(data))
        both[::2] = both[1::2] = data
        return bytes(both)

    def _beside(self, parts: range) -> Image.Image:
        """Tiles of one row of them, beside each other: an image of bytes."""
        layout = self.layout
        high, wide = layout.part_lines, layout.line_bytes
        row = Image.new("L", (wide * layout.across, high))
        several = max(1, min(_MOST_PARTS, _BLOCK_BYTES // (wide * high)))
        for start in range(0, len(parts), several):
            self._check()
            some = parts[start : start + several]
            raster = self._unpacked(some, high * len(some))
            size = wide, high * len(some)
            if isinstance(raster, Image.Image) and raster.mode != "L":
                raster = self._bytes_of(raster)
            image = raster if isinstance(raster, Image.Image) else Image.frombytes("L", size, raster)
            for index in range(len(some)):
                row.paste(image.crop((0, index * high, wide, (index + 1) * high)), ((start + index) * wide, 0))
        return row

    def _packed(self, part: int, unpacked_bytes: int) -> bytes:
        """Bytes of a part as they are in the file."""
        layout, data = self.stored, self._directory.data
        if part >= len(layout.offsets):
            raise UnreadableImage(f"the TIFF has {len(layout.offsets):,} strips or tiles where more are needed")
        at = layout.offsets[part]
        if layout.compression == kinds.UNCOMPRESSED:
            count = unpacked_bytes
            said = layout.counts[part] if part < len(layout.counts) else 0
            # A wrong count of a single strip harms nobody. Of several, the pixels of the next would be shown twice:
            # libtiff 4.7 refuses that as well ("Not enough data for scanline").
            if len(layout.offsets) > 1 and 0 < said < count:
                raise UnreadableImage(f"the TIFF is truncated: strip or tile {part} has {said:,} of {count:,} bytes")
        else:
            count = layout.counts[part] if part < len(layout.counts) else 0
            # Files without the counts are as old as the format: a decompressor knows where to end.
            spare = _IMAGE_SPARE if layout.compression in {kinds.JPEG, *_IMAGE_CODECS} else _PACKED_SPARE
            count = min(count or len(data), unpacked_bytes * _MOST_PACKED + spare)
        return data[at : at + count]

    def _unpacked(self, parts: range, lines: int) -> "bytes | Image.Image":
        """Lines of some parts below each other.

        Raises:
            UnreadableImage: one does not unpack.
            UnsupportedImage: Pillow does not know the kind.
        """
        try:
            return self._unpacked_by_kind(parts, lines)
        except UnidentifiedImageError as error:
            raise self.stored.unsupported() from error
        except (OSError, zlib.error) as error:
            packing = kinds.COMPRESSIONS[self.stored.compression]
            which = f"{parts[0]:,}" if len(parts) == 1 else f"{parts[0]:,} to {parts[-1]:,}"
            raise UnreadableImage(
                f"strip or tile {which} of the TIFF does not unpack (compression {packing})"
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
            image = _image_of(packed, sizes, self._tags(layout.line_bytes, 8, 1, 1), "<")
            return image if predictor == 1 else self._summed(image, predictor)
        tags = self._tags(layout.part_width, layout.bits, layout.plane_samples, undone) | {317: (3, (2,))}
        return _image_of(packed, sizes, tags, self.order)

    def _by_libtiff_as_it_is(self, packed: list[bytes], sizes: list[int]) -> "bytes | Image.Image":
        """What unpacks to pixels, not to bytes: JPEG, and the codes of fax machines."""
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
        image = _image_of(packed, sizes, tags, "<")
        if image.mode == "RGBA" and layout.plane_samples == 4:
            return image.tobytes()
        if image.getbands() != () and len(image.getbands()) != layout.plane_samples:
            raise layout.unsupported()
        return image.tobytes()

    def _decoded(self, packed: bytes, rows: int) -> bytes:
        """A part that is an image file by itself."""
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
                return image.convert("RGBA").tobytes()  # a WebP leaves alpha out that hides nothing
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
        """Samples of differences that libtiff cannot undo for us."""
        out = []
        rows = max(1, _BLOCK_BYTES // 4 // image.width) if predictor == 3 or self.stored.bits == 8 else 1
        for top in range(0, image.height, rows):
            self._check()
            some = image.crop((0, top, image.width, min(image.height, top + rows)))
            if predictor == 3:
                out.append(_weighed(_sums(some, self.stored.plane_samples), self.stored, self.order))
            elif predictor == 2 and self.stored.bits == 8:
                out.append(_sums(some, self.stored.plane_samples).tobytes())
            else:
                out.append(_undone(some.tobytes(), self.stored, self.order, predictor))
        return b"".join(out)


def _sums(image: Image.Image, step: int) -> Image.Image:
    """Each byte as the sum, in a byte, of those to the left of it in steps: each pass adds twice as many."""
    while step < image.width:
        moved = Image.new("L", image.size)
        moved.paste(image.crop((0, 0, image.width - step, image.height)), (step, 0))
        image = ImageChops.add_modulo(image, moved)
        step *= 2
    return image


def _weighed(sums: Image.Image, layout: Layout, order: str) -> bytes:
    """Floating point numbers of lines that have their bytes by their weight, the highest of all numbers first.

    Adobe Photoshop TIFF Technical Note 3.
    """
    size = layout.bits // 8
    count = sums.width // size
    out = bytearray(sums.width * sums.height)
    for byte in range(size):
        band = sums.crop((byte * count, 0, (byte + 1) * count, sums.height)).tobytes()
        out[byte if order == ">" else size - 1 - byte :: size] = band
    return bytes(out)


def _undone(line: bytes, layout: Layout, order: str, predictor: int) -> bytes:
    """One line of whole numbers of their differences."""
    samples, bits = layout.plane_samples, layout.bits
    letter = {16: "H", 32: "I", 64: "Q"}.get(bits)
    if predictor != 2 or letter is None:
        raise layout.unsupported(f"predictor {predictor}")
    full = 2**bits - 1
    numbers = list(struct.unpack(f"{order}{len(line) * 8 // bits}{letter}", line))
    for channel in range(samples):
        numbers[channel::samples] = [value & full for value in accumulate(numbers[channel::samples])]
    return struct.pack(f"{order}{len(numbers)}{letter}", *numbers)


def _swapped(data: bytes, size: int) -> bytes:
    out = bytearray(len(data))
    for byte in range(size):
        out[byte::size] = data[size - 1 - byte :: size]
    return bytes(out)


def _image_of(
    parts: list[bytes], sizes: list[int], tags: dict[int, tuple[int, tuple[int, ...]]], order: str
) -> Image.Image:
    """These parts as strips below each other, decoded.

    Args:
        parts: packed.
        sizes: rows of each; all but the last are alike.
        tags: of the directory, (type, values), without those of its rows.
        order: of the bytes of samples, "<" or ">".
    """
    places, at = [], 8
    for part in parts:
        places.append(at)
        at += len(part)
    height = sum(sizes)
    tags = tags | {257: (4, (height,)), 273: (4, tuple(places)), 279: (4, tuple(map(len, parts)))}
    later = at + at % 2
    after = later + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        raw = struct.pack(f"{order}{len(numbers)}{ {3: 'H', 4: 'I', 7: 'B'}[kind] }", *numbers)
        if len(raw) > 4:
            values += b"\0" * (len(values) % 2)
            raw, values = struct.pack(order + "I", after + len(values)), values + raw
        entries += struct.pack(order + "HHI", tag, kind, len(numbers)) + raw.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, later)
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4) + values
    whole = b"".join((head, *parts, b"\0" * (at % 2), directory))
    with _limit_of(tags[256][1][0] * height), Image.open(io.BytesIO(whole), formats=("TIFF",)) as image:
        image.load()
        return image


@contextmanager
def _limit_of(pixels: int) -> Iterator[None]:
    """Let Pillow make an image of bytes, of which a picture that is within the limits has several a pixel."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max(limit or 0, pixels)
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
