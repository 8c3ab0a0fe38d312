"""BMPs whose pixels Pillow does not read: fields of any masks, two bits, and run-length codes. No AWS."""

from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image

from services.resize.bounds import check_size
from services.resize.formats.bmp_header import RGB, Header
from services.resize.formats.bmp_rle import RLE4, RLE8, RLE24, colours_of_bytes, unpacked
from services.resize.formats.memory_cost import check_memory, cost
from services.resize.formats.source import Frame, OpenedImage
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnreadableImage

# Rows are read in strips of about this many bytes, so that little memory is used besides the result.
_STRIP_BYTES: Final = 4 * 2**20
_TOP: Final = 255
_BYTE_BITS: Final = 8
_TWO_BITS: Final = 2


class BmpSource(OpenedImage):
    """A BMP whose pixels are decoded here, strip by strip.

    Args:
        data: the file.
        header: header of the file.
        limits: the limits to stay within.
        deadline: checked at every strip.

    Raises:
        ImageTooLarge: a limit is exceeded.
        UnreadableImage: the masks are damaged.
    """

    def __init__(self, data: bytes, header: Header, limits: Limits, deadline: Deadline) -> None:
        check_size(*header.size, limits)
        check_memory(cost("BMP", header.size, "I"), limits)
        super().__init__(format="BMP", stored_size=header.size, icc_profile=header.icc_profile, bits=8, lossless=True)
        self._data = data
        self._header = header
        self._deadline = deadline
        if header.masks is not None and not all(map(_is_run, header.masks)):
            raise UnreadableImage("the masks of the BMP are damaged: the bits of each must be contiguous")

    def frames(self) -> Iterator[Frame]:
        """The picture; see OpenedImage.

        Raises:
            UnreadableImage: pixels are missing.
        """
        header = self._header
        if header.compression in {RLE4, RLE8, RLE24}:
            yield Frame(image=self._runs(), duration_ms=0)
            return
        if header.pixels_at + header.row_bytes * header.size[1] > len(self._data):
            raise UnreadableImage("the BMP is truncated: pixels are missing")
        yield Frame(image=self._fields(header.masks) if header.masks else self._two_bits(), duration_ms=0)

    def _fields(self, masks: Sequence[int]) -> Image.Image:
        shown = masks if masks[3] else masks[:3]
        channels = [_Field(mask, self._header.bits) for mask in shown]
        result = Image.new("RGBA" if masks[3] else "RGB", self._header.size)
        parts = self._header.bits // _BYTE_BITS
        for top, rows, strip in self._strips():
            # As LA or RGBA, whose bands are the bytes of each pixel, the lowest first.
            mode = "LA" if parts == 2 else "RGBA"  # noqa: PLR2004 - bytes of a pixel
            bands = Image.frombytes(mode, (self._header.row_bytes // parts, rows), strip).split()
            made = Image.merge(result.mode, [channel.of(bands) for channel in channels])
            result.paste(self._upright(made), (0, top))
        # Where the file does not declare bit fields, an alpha that is zero everywhere is padding. Where it does, it is
        # intended: Chromium 156 and ImageMagick 6.9 show nothing of such a picture.
        if masks[3] and self._header.compression == RGB and result.getchannel("A").getextrema() == (0, 0):
            return result.convert("RGB")
        return result

    def _runs(self) -> Image.Image:
        header = self._header
        palette = self._palette() if header.compression != RLE24 else []
        shown = colours_of_bytes(palette, header.bits) if header.compression != RLE24 else []
        codes = memoryview(self._data)[header.pixels_at :]
        rows = unpacked(codes, header.size, header.bits, shown, self._deadline.check)
        image = Image.frombytes("RGB", header.size, bytes(rows), "raw", "BGR")
        if palette and all(blue == green == red for blue, green, red in palette):
            image = image.convert("L")
        return image if header.top_down else image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)

    def _palette(self) -> list[bytes]:
        """Blue, green and red of each index."""
        header = self._header
        entries = self._data[header.palette_at : header.pixels_at][: 4 << header.bits]
        return [entries[at : at + 3] for at in range(0, len(entries) - 3, 4)]

    def _two_bits(self) -> Image.Image:
        header = self._header
        result = Image.new("P", header.size)
        result.putpalette(b"".join(colour[::-1] for colour in self._palette()))
        shifts = (6, 4, 2, 0)
        tables = [[value >> shift & 3 for value in range(256)] for shift in shifts]
        for top, rows, strip in self._strips():
            packed = Image.frombytes("L", (header.row_bytes, rows), strip)
            # The four pixels of a byte as the four bands of one: their bytes are the pixels in order.
            pixels = Image.merge("RGBA", [packed.point(table) for table in tables]).tobytes()
            indices = Image.frombytes("P", (header.row_bytes * len(shifts), rows), pixels)
            result.paste(self._upright(indices), (0, top))
        return result

    def _strips(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the first row, the number of rows and the bytes of each strip; rows are in the file's order."""
        header = self._header
        height = header.size[1]
        step = max(1, _STRIP_BYTES // header.row_bytes)
        for begin in range(0, height, step):
            self._deadline.check()
            rows = min(step, height - begin)
            at = header.pixels_at + begin * header.row_bytes
            top = begin if header.top_down else height - begin - rows
            yield top, rows, self._data[at : at + rows * header.row_bytes]

    def _upright(self, strip: Image.Image) -> Image.Image:
        cropped = strip.crop((0, 0, self._header.size[0], strip.height))
        return cropped if self._header.top_down else cropped.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


class _Field:
    """Some bits of every pixel, as levels of 0 to 255."""

    def __init__(self, mask: int, bits: int) -> None:
        # The highest 16 bits of a wider field are enough.
        low = max((mask & -mask).bit_length() - 1, mask.bit_length() - 16) if mask else 0
        self._byte = min(low // _BYTE_BITS, bits // _BYTE_BITS - 1)
        high = max(0, mask.bit_length() - 1) // _BYTE_BITS
        self._bytes = high - self._byte + 1
        if self._bytes > _TWO_BITS:
            self._byte, self._bytes = high - 1, 2
        begin = self._byte * _BYTE_BITS
        kept, shift = mask >> begin, max(0, low - begin)
        top = kept >> shift
        self._table = [
            round(((value & kept) >> shift) * _TOP / top) if top else 0
            for value in range(1 << _BYTE_BITS * self._bytes)
        ]

    def of(self, bands: Sequence[Image.Image]) -> Image.Image:
        """The field of every pixel, from the pixels' bytes."""
        if self._bytes == 1:
            return bands[self._byte].point(self._table)
        low, high = bands[self._byte : self._byte + 2]
        words = Image.frombytes("I;16", low.size, Image.merge("LA", (low, high)).tobytes())
        return words.convert("I").point(self._table, "L")


def _is_run(mask: int) -> bool:
    """Whether the bits of a mask are contiguous; an empty mask counts."""
    run = mask >> ((mask & -mask).bit_length() - 1) if mask else 0
    return run & (run + 1) == 0
