"""LogL and LogLuv, whose samples are logarithms of luminance, converted for a screen. No AWS.

Pillow's libtiff does not support them. A luminance of 1 is white and the curve is a square root, as libtiff's RGBA
interface, and therefore tiff2rgba and ImageMagick, show it.
"""

import struct
from array import array
from collections.abc import Callable, Iterator
from typing import Final

from PIL import Image, ImageMath

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.log_luv_colours import lights_10, lights_16, shares_14, shares_16
from shared.errors import UnreadableImage
from shared.light_dataclass import dataclass

# As in libtiff: a luminance of 1 is 256, which is clipped to 255.
_WHITE: Final = 256
_BYTE: Final = 255
# Pixels that are held as numbers at once.
_BLOCK_PIXELS: Final = 2**18
_LIGHT_BYTES: Final = 2
_RUNS_FROM: Final = 128
_MIN_RUN: Final = 2


def picture(layout: Layout, directory: Directory, check: Callable[[], None]) -> Image.Image:
    """The picture as it is stored, in mode L or RGB.

    Args:
        layout: layout of the samples.
        directory: directory of the picture.
        check: called between blocks; may raise, as a deadline does.

    Raises:
        UnreadableImage: the data ends before the pixels are complete.
        UnsupportedImage: the compression is not one of SGI's for LogL and LogLuv.
    """
    grey = layout.photometric == kinds.LOG_L
    packed = {kinds.SGI_LOG} if grey else {kinds.SGI_LOG, kinds.SGI_LOG_24}
    if layout.compression not in packed or layout.planar:
        raise layout.unsupported()
    canvas = Image.new("L" if grey else "RGB", (layout.width, layout.height))
    for number in range(layout.across * layout.down):
        left = number % layout.across * layout.part_width
        top = number // layout.across * layout.part_height
        part = _part(layout, directory, number, (left, top))
        blocks = _unpacked_24(part)
        if layout.compression == kinds.SGI_LOG:
            blocks = _unpacked_planes(part, _LIGHT_BYTES if grey else 2 * _LIGHT_BYTES)
        for light, colours in blocks:
            check()
            image = _shown(light, colours, part.seen, layout.compression)
            canvas.paste(image, (left, top))
            top += image.height
    return canvas


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A strip or tile.

    Args:
        data: compressed data.
        width: width in pixels.
        seen: pixels of each row that are within the picture.
        rows: rows that are within the picture.
        several: rows that are processed at once.
    """

    data: memoryview
    width: int
    seen: int
    rows: int
    several: int


def _part(layout: Layout, directory: Directory, number: int, place: tuple[int, int]) -> _Part:
    if number >= len(layout.offsets):
        raise UnreadableImage(f"the TIFF has {len(layout.offsets):,} strips or tiles where more are needed")
    at, count = layout.offsets[number], layout.counts[number] if number < len(layout.counts) else 0
    return _Part(
        data=memoryview(directory.data)[at : at + count if count else None],
        width=layout.part_width,
        seen=min(layout.part_width, layout.width - place[0]),
        rows=min(layout.part_height, layout.height - place[1]),
        several=max(1, _BLOCK_PIXELS // layout.part_width),
    )


def _unpacked_planes(part: _Part, planes: int) -> Iterator[tuple["array[int]", "array[int]"]]:
    """Words of luminance and of colour of some rows at a time.

    Each row stores the bytes of its samples in planes, the highest first, with run lengths: a byte of 128 or more is
    followed by a byte that is repeated two to 129 times; a lower byte is followed by that many literal bytes.
    """
    at = 0
    for start in range(0, part.rows, part.several):
        bytes_of = [bytearray() for _ in range(planes)]
        for _ in range(min(part.several, part.rows - start)):
            for plane in bytes_of:
                row, at = _unpacked_row(part.data, at, part.width)
                plane.extend(row[: part.seen])
        yield _words(*bytes_of[:2]), _words(*bytes_of[2:]) if planes > _LIGHT_BYTES else array("H")


def _unpacked_row(data: memoryview, at: int, width: int) -> tuple[bytearray, int]:
    """One plane of a row, and the offset of the next one."""
    row = bytearray()
    while len(row) < width:
        if at + 1 >= len(data):
            raise UnreadableImage("the TIFF is truncated: a strip or tile ends before its pixels do")
        head = data[at]
        if head >= _RUNS_FROM:
            row += bytes((data[at + 1],)) * (head - _RUNS_FROM + _MIN_RUN)
            at += 2
        else:
            row += data[at + 1 : at + 1 + head]
            at += 1 + head
    return row, at


def _words(high: bytearray, low: bytearray) -> "array[int]":
    both = bytearray(2 * len(high))
    both[::2], both[1::2] = high, low
    words = array("H", bytes(both))
    if struct.pack("=H", 1) == b"\x01\x00":
        words.byteswap()
    return words


def _unpacked_24(part: _Part) -> Iterator[tuple["array[int]", "array[int]"]]:
    """Ten bits of luminance and fourteen of colour in three bytes of each pixel."""
    line, seen = 3 * part.width, 3 * part.seen
    for start in range(0, part.rows, part.several):
        rows = min(part.several, part.rows - start)
        block = bytes(part.data[line * start : line * (start + rows)])
        if len(block) < line * rows:
            raise UnreadableImage("the TIFF is truncated: a strip or tile ends before its pixels do")
        if seen < line:
            block = b"".join(block[at : at + seen] for at in range(0, len(block), line))
        first, second, third = block[::3], block[1::3], block[2::3]
        light = array("H", [high << 2 | low >> 6 for high, low in zip(first, second, strict=True)])
        yield light, array("H", [(high & 0x3F) << 8 | low for high, low in zip(second, third, strict=True)])


def _shown(light: "array[int]", colours: "array[int]", width: int, compression: int) -> Image.Image:
    """Rows as levels of 0 to 255."""
    short = compression == kinds.SGI_LOG_24
    size = width, len(light) // width
    roots = _floats(light, lights_10() if short else lights_16(), size)
    if not colours:
        return _levels(roots, None)
    shares = shares_14() if short else shares_16()
    return Image.merge("RGB", [_levels(roots, _floats(colours, share, size)) for share in shares])


def _floats(codes: "array[int]", table: "array[float]", size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("F", size, array("f", map(table.__getitem__, codes)).tobytes(), "raw", "F;32NF")


def _levels(roots: Image.Image, share: Image.Image | None) -> Image.Image:
    if share is not None:
        roots = ImageMath.lambda_eval(lambda given: given["roots"] * given["share"], roots=roots, share=share)
    # The number is truncated, not rounded, as in libtiff.
    return roots.point(lambda value: value * _WHITE + 0).convert("L")
