"""The part of a picture within its border of one colour, found from the outside in. No AWS."""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Final, TypeAlias

from PIL import Image, ImageChops

from services.resize.downscale import SourceInfo
from services.resize.scaling import Box, seen_box, swapped

# Rows or columns that are compared at once: a picture without a border costs two strips, and memory is bounded.
_STRIP_PX: Final = 64

# Of four corners. A border is all around, or at two opposite sides; a sky is at the two corners above.
_CORNERS_ALIKE: Final = 3

# A part of less than this share of the width and of the height is a speck of dust: then nothing is trimmed.
_LEAST_SHARE: Final = 0.01

# How far a lossy encoder spreads an edge into a border beside it, in pixels of the source: a block of a JPEG. Such
# lines differ from the border by less than this share of what is next to them.
_SPREAD_PX: Final = 8
_FAINT: Final = 0.5

_BYTE: Final = 255
Colour = tuple[int, ...]
Pixels: TypeAlias = tuple[int, int, int, int]


def region(frame: Image.Image, info: SourceInfo, tolerance: int, *, lossy: bool) -> Box | None:
    """The part of a source within its border; None where there is no border, or nothing within it.

    Args:
        frame: the decoded picture in a workable mode, as stored and perhaps at a fraction of the source's size.
        info: facts about the source.
        tolerance: levels, of 255, that a channel of the border may differ from its colour.
        lossy: whether the source's file may have spread the picture's edges into the border.

    Returns:
        (left, top, right, bottom) in whole pixels of the source as people see it.
    """
    stored = swapped(info.size, info.orientation)
    spread = ceil(_SPREAD_PX * frame.width / stored[0]) if lossy else 0
    box = _within_border(frame, tolerance, spread)
    if box is None:
        return None
    across, down = stored[0] / frame.width, stored[1] / frame.height
    whole = (
        max(0, floor(box[0] * across)),
        max(0, floor(box[1] * down)),
        min(stored[0], ceil(box[2] * across)),
        min(stored[1], ceil(box[3] * down)),
    )
    return seen_box(whole, stored, info.orientation)


def _within_border(frame: Image.Image, tolerance: int, spread: int) -> Pixels | None:
    width, height = frame.size
    colour = _border_colour(frame, tolerance)
    if colour is None:
        return None
    rows = [(0, at, width, min(at + _STRIP_PX, height)) for at in range(0, height, _STRIP_PX)]
    first = next(_unlike(frame, rows, colour, tolerance), None)
    if first is None:
        return None  # it is all border
    last = next(_unlike(frame, rows[::-1], colour, tolerance))
    top, bottom = first[1], last[3]
    columns = [(at, top, min(at + _STRIP_PX, width), bottom) for at in range(0, width, _STRIP_PX)]
    left = next(_unlike(frame, columns, colour, tolerance))[0]
    right = next(_unlike(frame, columns[::-1], colour, tolerance))[2]
    left, top, right, bottom = _without_faint_lines(frame, (left, top, right, bottom), colour, spread)
    is_speck = (right - left) < _LEAST_SHARE * width and (bottom - top) < _LEAST_SHARE * height
    return None if is_speck or (left, top, right, bottom) == (0, 0, width, height) else (left, top, right, bottom)


def _without_faint_lines(frame: Image.Image, box: Pixels, colour: Colour, spread: int) -> Pixels:
    """The box without lines at its sides that hardly differ from the border, compared with those next to them.

    Args:
        frame: the picture.
        box: what differs from the border.
        colour: that of the border.
        spread: lines that may be such, at each side.
    """
    left, top, right, bottom = box
    across, down = range(left, min(right, left + 2 * spread)), range(top, min(bottom, top + 2 * spread))
    columns, rows = [(x, top, x + 1, bottom) for x in across], [(left, y, right, y + 1) for y in down]
    far_columns = [(left + right - x - 1, top, left + right - x, bottom) for x in across]
    far_rows = [(left, top + bottom - y - 1, right, top + bottom - y) for y in down]
    faint = [
        _faint([_most_unlike(frame, line, colour) for line in lines], spread)
        for lines in (columns, rows, far_columns, far_rows)
    ]
    return left + faint[0], top + faint[1], right - faint[2], bottom - faint[3]


def _faint(peaks: Sequence[int], spread: int) -> int:
    """How many lines, from the first on, are faint beside what follows them; never all."""
    count = 0
    while count < min(spread, len(peaks) // 2 - 1) and peaks[count] < _FAINT * max(peaks[count : count + spread + 1]):
        count += 1
    return count


def _most_unlike(frame: Image.Image, line: Pixels, colour: Colour) -> int:
    part = _times_alpha(frame.crop(line))
    bands = ImageChops.difference(part, Image.new(part.mode, part.size, colour)).split()
    return max(int(band.getextrema()[1]) for band in bands)  # type: ignore[arg-type]  # each has one band


def _unlike(frame: Image.Image, strips: Sequence[Pixels], colour: Colour, tolerance: int) -> Iterator[Pixels]:
    """The bounds of what differs from a colour, in each strip where something does."""
    for strip in strips:
        part = _times_alpha(frame.crop(strip))
        solid = Image.new(part.mode, part.size, colour)
        levels = ([0] * (tolerance + 1) + [_BYTE] * (_BYTE - tolerance)) * len(colour)
        box = ImageChops.difference(part, solid).point(levels).getbbox(alpha_only=False)
        if box is not None:
            yield strip[0] + box[0], strip[1] + box[1], strip[0] + box[2], strip[1] + box[3]


def _border_colour(frame: Image.Image, tolerance: int) -> Colour | None:
    """The colour of three corners or four; None where no three are alike."""
    right, bottom = frame.width - 1, frame.height - 1
    corners = [_colour_at(frame, at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    for colour in corners[: 1 + len(corners) - _CORNERS_ALIKE]:
        alike = [
            max(abs(one - other) for one, other in zip(colour, each, strict=True)) <= tolerance for each in corners
        ]
        if sum(alike) >= _CORNERS_ALIKE:
            return colour
    return None


def _colour_at(frame: Image.Image, at: tuple[int, int]) -> Colour:
    pixel = _times_alpha(frame.crop((*at, at[0] + 1, at[1] + 1))).getpixel((0, 0))
    return pixel if isinstance(pixel, tuple) else (int(pixel or 0),)


def _times_alpha(image: Image.Image) -> Image.Image:
    """The image with colours times alpha, so that all transparent pixels are alike."""
    return image.convert("RGBa") if image.mode == "RGBA" else image
