"""Runs of 24-bit colours in a BMP of OS/2, to rows of pixels. Arithmetic only: no Pillow, no AWS.

http://fileformats.archiveteam.org/wiki/OS/2_BMP has the codes, which are those of RLE8 with three bytes a pixel.
"""

from collections.abc import Callable
from typing import Final

from services.resize.scaling import Size
from shared.errors import UnreadableImage

RLE24: Final = 4
_PIXEL_BYTES: Final = 3
_END_OF_ROW, _END, _MOVE = 0, 1, 2
_CODES_PER_CHECK: Final = 4096


def unpacked(data: memoryview, size: Size, check: Callable[[], None]) -> bytearray:
    """Blue, green and red of every pixel, the bottom row first; skipped pixels are black.

    Args:
        data: the codes.
        size: (width, height) in pixels.
        check: called now and then; may raise, as a deadline does.

    Raises:
        UnreadableImage: the codes end before the last row does.
    """
    width, height = size
    rows = bytearray(width * height * _PIXEL_BYTES)
    x = y = at = codes = 0
    # A file may lack the end code where its last row is full.
    while y < height - 1 or (y == height - 1 and x < width):
        codes += 1
        if codes % _CODES_PER_CHECK == 0:
            check()
        head = data[at : at + 2]
        if len(head) < 2:  # noqa: PLR2004 - a code
            raise UnreadableImage("the BMP is truncated: pixels are missing")
        count, kind = head
        at += 2
        if count == 0 and kind == _END:
            break
        if count == 0 and kind == _END_OF_ROW:
            x, y = 0, y + 1
            continue
        if count == 0 and kind == _MOVE:
            moved = data[at : at + 2]
            if len(moved) < 2:  # noqa: PLR2004 - right and down
                raise UnreadableImage("the BMP is truncated: pixels are missing")
            x, y, at = x + moved[0], y + moved[1], at + 2
            continue
        if count:
            run = bytes(data[at - 1 : at + 2]) * count
            at += 2
        else:
            count = kind
            run = bytes(data[at : at + count * _PIXEL_BYTES])
            at += count * _PIXEL_BYTES + count % 2  # padded to a multiple of two bytes
        if len(run) < count * _PIXEL_BYTES:
            raise UnreadableImage("the BMP is truncated: pixels are missing")
        seen = max(0, min(count, width - x))
        begin = (y * width + x) * _PIXEL_BYTES
        rows[begin : begin + seen * _PIXEL_BYTES] = run[: seen * _PIXEL_BYTES]
        x += count
    return rows
