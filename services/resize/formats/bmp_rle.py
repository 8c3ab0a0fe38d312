"""Run-length codes of a BMP, to rows of pixels. Arithmetic only: no Pillow, no AWS.

https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-compression has the codes of 4 and 8 bits. Those of 24 bits,
of OS/2, are the same with three bytes a pixel: http://fileformats.archiveteam.org/wiki/OS/2_BMP
"""

from collections.abc import Callable, Sequence
from typing import Final

from services.resize.scaling import Size
from shared.errors import UnreadableImage

RLE8, RLE4, RLE24 = 1, 2, 4
_BYTE_BITS: Final = 8
_PIXEL_BYTES: Final = 3
_END_OF_ROW, _END, _MOVE = 0, 1, 2
_CODES_PER_CHECK: Final = 4096


def unpacked(data: memoryview, size: Size, bits: int, shown: Sequence[bytes], check: Callable[[], None]) -> bytearray:
    """Blue, green and red of every pixel, in the order of the file's rows.

    Skipped pixels are black, as in browsers (Chromium 156), and so are all pixels after the end code.

    Args:
        data: the codes.
        size: (width, height) in pixels.
        bits: bits of a pixel: 4, 8 or 24.
        shown: blue, green and red of the pixels of each byte, see colours_of_bytes; empty for 24 bits.
        check: called now and then; may raise, as a deadline does.

    Raises:
        UnreadableImage: the codes stop without an end code, and before the last row does.
    """
    width, height = size
    rows = bytearray(width * height * _PIXEL_BYTES)
    x = y = at = codes = 0
    # A file may lack the end code where its last row is full.
    while y < height - 1 or (y == height - 1 and x < width):
        codes += 1
        if codes % _CODES_PER_CHECK == 0:
            check()
        if at + 2 > len(data):
            raise UnreadableImage("the BMP is truncated: pixels are missing")
        count, kind = data[at], data[at + 1]
        if count == 0 and kind == _END:
            break
        if count == 0 and kind == _END_OF_ROW:
            x, y, at = 0, y + 1, at + 2
            continue
        if count == 0 and kind == _MOVE:
            if at + 4 > len(data):
                raise UnreadableImage("the BMP is truncated: pixels are missing")
            x, y, at = x + data[at + 2], y + data[at + 3], at + 4
            continue
        count, run, at = _run(data, at, bits, shown)
        if len(run) < count * _PIXEL_BYTES:
            raise UnreadableImage("the BMP is truncated: pixels are missing")
        seen = max(0, min(count, width - x))
        begin = (y * width + x) * _PIXEL_BYTES
        rows[begin : begin + seen * _PIXEL_BYTES] = run[: seen * _PIXEL_BYTES]
        x += count
    return rows


def colours_of_bytes(palette: Sequence[bytes], bits: int) -> list[bytes]:
    """Blue, green and red of the one or two pixels of each byte; an index beyond the palette is black.

    Args:
        palette: blue, green and red of each index.
        bits: bits of a pixel: 4 or 8.
    """
    every = [*palette, *[bytes(_PIXEL_BYTES)] * ((1 << bits) - len(palette))]
    return every if bits == _BYTE_BITS else [high + low for high in every for low in every]


def _run(data: memoryview, at: int, bits: int, shown: Sequence[bytes]) -> tuple[int, bytes, int]:
    """Number of pixels of the run at this offset, their colours, fewer where it is cut off, and the offset after it."""
    count = data[at]
    if count and shown:
        return count, shown[data[at + 1]] * count, at + 2
    if count:
        return count, bytes(data[at + 1 : at + 1 + _PIXEL_BYTES]) * count, at + 1 + _PIXEL_BYTES
    count = data[at + 1]
    stored = (count * bits + 7) // 8
    values = data[at + 2 : at + 2 + stored]
    run = b"".join([shown[value] for value in values]) if shown else bytes(values)
    return count, run, at + 2 + stored + stored % 2  # padded to a multiple of two bytes
