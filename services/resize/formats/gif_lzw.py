"""Decodes the LZW codes of a GIF frame that begin with more bits than Pillow reads. No AWS.

GIF89a, appendix F, allows 8 bits per pixel. Some programs write up to 11, which sharp and ImageMagick show.
"""

from collections.abc import Callable, Iterator
from typing import Final

from services.resize.scaling import Size

# The first codes have one bit more than a pixel, and no code has more than 12.
MAX_BITS: Final = 11
_MAX_WIDTH: Final = 12
_MAX_CODES: Final = 1 << _MAX_WIDTH
_MAX_INDEX: Final = 255
_BYTES_PER_CHECK: Final = 4096
# (first row, step) of each pass: GIF89a, appendix E.
_PASSES: Final = ((0, 8), (4, 8), (2, 4), (1, 2))


def indexes(data: bytes, bits: int, size: Size, check: Callable[[], None], *, interlaced: bool) -> bytes:
    """The palette index of every pixel, from the top row to the bottom one.

    Args:
        data: the sub-blocks, beginning with the length of the first one.
        bits: bits of a pixel, as stated by the frame.
        size: (width, height) of the frame, in pixels.
        interlaced: whether its rows are stored in four passes.
        check: called now and then; may raise, as a deadline does.

    Raises:
        ValueError: pixels are missing, a code is used before it is defined, or an index is beyond every palette.
    """
    width, height = size
    found = _unpacked(b"".join(_blocks(data)), bits, width * height, check)
    if len(found) < width * height:
        raise ValueError("pixels are missing")
    if not interlaced:
        return bytes(found)
    rows = bytearray(len(found))
    stored = (row for first, step in _PASSES for row in range(first, height, step))
    for at, row in enumerate(stored):
        rows[row * width : (row + 1) * width] = found[at * width : (at + 1) * width]
    return bytes(rows)


def _blocks(data: bytes) -> Iterator[bytes]:
    """Yield the content of the sub-blocks, up to their terminator."""
    at = 0
    while at < len(data) and data[at]:
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def _unpacked(packed: bytes, bits: int, count: int, check: Callable[[], None]) -> bytearray:
    """At most this many indexes; fewer where the codes end earlier."""
    clear, end = 1 << bits, (1 << bits) + 1
    # Codes beyond any palette, the clear code and the end code have no pixels.
    first = [bytes((index,)) if index <= _MAX_INDEX else b"" for index in range(end + 1)]
    table, before, width = list(first), b"", bits + 1
    held, kept, out = 0, 0, bytearray()
    for number, byte in enumerate(packed):
        if number % _BYTES_PER_CHECK == 0:
            check()
        held |= byte << kept
        kept += 8
        if kept < width:
            continue
        code = held & (1 << width) - 1
        held >>= width
        kept -= width
        if code == end:
            break
        if code == clear:
            table, before, width = list(first), b"", bits + 1
            continue
        run = table[code] if code < len(table) else before + before[:1] if code == len(table) else b""
        if not run:
            raise ValueError(f"code {code} is used before it is defined, or is an index beyond any palette")
        out += run
        if len(out) >= count:
            break
        if before and len(table) < _MAX_CODES:
            table.append(before + run[:1])
            if len(table) == 1 << width and width < _MAX_WIDTH:
                width += 1
        before = run
    del out[count:]
    return out
