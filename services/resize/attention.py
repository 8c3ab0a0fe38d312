"""The window of a frame with the most detail, which a crop keeps. No AWS."""

from collections.abc import Iterator, Sequence
from operator import mul
from typing import Final

from PIL import Image, ImageChops

from services.resize.downscale import SourceInfo, frame_box, upright
from services.resize.scaling import Box, ResizePlan, Size, moved

Bands = Sequence[Image.Image]

# The picture is analysed with its longer side at least this long: what is under a hundredth of it draws no attention.
# Each of these pixels is the mean of this many by this many samples: averaging all of a 12 MP picture would take 20
# ms.
_LOOKED_AT_PX: Final = 96
_SAMPLES: Final = 4

# Detail is what differs from its surroundings, this wide; a colour that the rest of the picture lacks draws the
# eye as well. Both count by their squares: a boat is more than all the ripples of its lake.
_SURROUNDINGS_PX: Final = 4

# In YCbCr, colour differs by less than lightness does: so it is counted twice.
_SQUARES: Final = [value * value for value in range(256)]
_COLOUR_SQUARES: Final = [4 * square for square in _SQUARES]

# Detail at the edge of a window counts for this much of detail in its middle, so that a subject is not cropped tightly.
_EDGE_WEIGHT: Final = 0.3

# The middle of the picture is preferred by this much to either end: a uniform picture is cropped in the middle.
_MIDDLE_BONUS: Final = 0.15


def aimed(plan: ResizePlan, frame: Image.Image, info: SourceInfo) -> ResizePlan:
    """The plan, with its crop moved to the most detail where it seeks that; otherwise unchanged.

    Args:
        plan: plan of a rendition.
        frame: the first frame, in a workable mode, as stored and perhaps at a fraction of the source's size.
        info: facts about the source.
    """
    if not plan.seeks:
        return plan
    region = plan.region or (0.0, 0.0, *info.size)
    maps = tuple(_interest(upright(_small(frame, frame_box(frame, region, info)), info.orientation)))
    left, top, right, bottom = plan.crop
    across, down = (right - left) / (region[2] - region[0]), (bottom - top) / (region[3] - region[1])
    share = best_share(_profile(maps, upwards=False), across), best_share(_profile(maps, upwards=True), down)
    return moved(plan, info.size, share)


def best_share(profile: Sequence[float], part: float) -> float:
    """The share of the cropped part that is before the best window: 0 to 1, and 0.5 where all windows are alike.

    Args:
        profile: amount of detail, from one end of the picture to the other.
        part: length of the window as a fraction of the profile, 0 to 1.
    """
    length = min(len(profile), max(1, round(len(profile) * part)))
    last = len(profile) - length
    if last == 0:
        return 0.5
    weights = [1 - (1 - _EDGE_WEIGHT) * ((2 * cell + 1) / length - 1) ** 2 for cell in range(length)]
    scores = [
        sum(map(mul, profile[start : start + length], weights)) * (1 - _MIDDLE_BONUS * abs(2 * start / last - 1))
        for start in range(last + 1)
    ]
    best = max(range(last + 1), key=lambda start: (scores[start], -abs(2 * start - last)))
    if scores[best] == scores[last - best] and abs(2 * best - last) == 1:
        return 0.5  # the middle is between two equal cells
    return min(1.0, max(0.0, (best + _peak(scores, best)) / last))


def _peak(scores: Sequence[float], best: int) -> float:
    """The peak's offset between cells, -0.5 to 0.5 of a cell, so that a rotated picture is cropped alike."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    bend = before - 2 * top + after
    return (before - after) / (2 * bend) if bend else 0.0


def _small(frame: Image.Image, box: Box) -> Image.Image:
    """A part of the frame, reduced to about the size that is analysed; a smaller one unchanged."""
    width, height = max(1.0, box[2] - box[0]), max(1.0, box[3] - box[1])
    step = max(1.0, max(width, height) / (_LOOKED_AT_PX * _SAMPLES))
    size = max(1, round(width / step)), max(1, round(height / step))
    if size != frame.size:
        frame = frame.resize(size, Image.Resampling.NEAREST, box)
    return frame.reduce(max(1, max(frame.size) // _LOOKED_AT_PX))


def _interest(picture: Image.Image) -> Iterator[Image.Image]:
    """The detail of each pixel, as several pictures to be added."""
    coarse = max(1, picture.width // _SURROUNDINGS_PX), max(1, picture.height // _SURROUNDINGS_PX)
    light, colours = _light_and_colours(picture)
    for band in light:
        yield _unlike(band, _coarse(band, coarse), _SQUARES)
    for band in colours:
        surroundings = _coarse(band, coarse)
        yield _unlike(band, surroundings, _COLOUR_SQUARES)
        yield _unlike(surroundings, _coarse(band, (1, 1)), _COLOUR_SQUARES)


def _light_and_colours(picture: Image.Image) -> tuple[Bands, Bands]:
    """The bands of a picture in a workable mode: lightness and alpha, and two of colour where there is any."""
    if picture.mode == "L":
        return [picture], []
    if picture.mode == "LAB":
        light, *colours = picture.split()
        return [light], colours
    if picture.mode == "RGBA":
        # Multiplied by alpha: transparent pixels show nothing.
        *bands, alpha = picture.convert("RGBa").split()
        light, *colours = Image.merge("RGB", bands).convert("YCbCr").split()
        return [light, alpha], colours
    light, *colours = picture.convert("RGB").convert("YCbCr").split()
    return [light], colours


def _coarse(band: Image.Image, size: Size) -> Image.Image:
    """The band, as coarse as if it had this size."""
    return band.resize(size, Image.Resampling.BOX).resize(band.size, Image.Resampling.BILINEAR)


def _unlike(band: Image.Image, other: Image.Image, squares: list[int]) -> Image.Image:
    return ImageChops.difference(band, other).point(squares, "I").convert("F")


def _profile(maps: Sequence[Image.Image], *, upwards: bool) -> list[float]:
    """The sum of all, column by column from the left, or row by row from the top."""
    width, height = maps[0].size
    line = (1, height) if upwards else (width, 1)
    columns = (one.resize(line, Image.Resampling.BOX) for one in maps)
    return [sum(values) for values in zip(*(column.get_flattened_data() for column in columns), strict=True)]
