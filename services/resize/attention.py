"""Where the most detail is: the window of a frame that a crop keeps. No AWS."""

from collections.abc import Iterator, Sequence
from operator import mul
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageStat

from services.resize.scaling import Plan, moved
from services.resize.shrinking import Ground, upright

# Looked at with its longer side at least this long: what is smaller than a hundredth of the picture draws no eye.
# Each of these pixels is the mean of so many by so many samples: all of a 12 MP picture with alpha would take 20 ms.
_LOOKED_AT_PX: Final = 96
_SAMPLES: Final = 4

# Detail is what differs from its surroundings, of this radius. What differs from the whole picture's mean colour counts
# as well, by this weight: a plain red boat on a lake has little detail.
_SURROUNDINGS_PX: Final = 2
_DISTINCT_WEIGHT: Final = 0.25

# What lies at the edge of a window counts for this much of what lies in its middle, so that a subject is not cut tight.
_EDGE_WEIGHT: Final = 0.3

# The middle of the picture is preferred by this much to either end: what is alike all over is cropped in the middle.
_MIDDLE_BONUS: Final = 0.15


def aimed(plan: Plan, frame: Image.Image, ground: Ground) -> Plan:
    """The plan with its crop moved over the most detail where it seeks that, else as it is.

    Args:
        plan: of a rendition.
        frame: the first, in a workable mode, as it is stored and perhaps at a fraction of the source's size.
        ground: of the source.
    """
    if not plan.seeks:
        return plan
    maps = tuple(_interest(upright(_small(frame), ground.orientation)))
    left, top, right, bottom = plan.crop
    across, down = (right - left) / ground.size[0], (bottom - top) / ground.size[1]
    share = best_share(_profile(maps, upwards=False), across), best_share(_profile(maps, upwards=True), down)
    return moved(plan, ground.size, share)


def best_share(profile: Sequence[float], part: float) -> float:
    """How much of what is cropped away lies before the best window: 0 to 1, and 0.5 where all windows are alike.

    Args:
        profile: how much there is to see, from one end of the picture to the other.
        part: of the profile that the window is long, 0 to 1.
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
    return min(1.0, max(0.0, (best + _peak(scores, best)) / last))


def _peak(scores: Sequence[float], best: int) -> float:
    """Where the top lies between cells, -0.5 to 0.5 of one: so a turned picture is not cropped a cell elsewhere."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    bend = before - 2 * top + after
    return (before - after) / (2 * bend) if bend else 0.0


def _small(frame: Image.Image) -> Image.Image:
    """With colours multiplied by alpha: what is see-through shows nothing."""
    step = max(frame.size) / (_LOOKED_AT_PX * _SAMPLES)
    if step > 1:
        size = max(1, round(frame.width / step)), max(1, round(frame.height / step))
        frame = frame.resize(size, Image.Resampling.NEAREST)
    small = frame.reduce(max(1, max(frame.size) // _LOOKED_AT_PX))
    return small.convert("RGBa") if small.mode == "RGBA" else small


def _interest(picture: Image.Image) -> Iterator[Image.Image]:
    """How much there is to see in each pixel, as several pictures that are to be added."""
    for band in picture.split():
        surroundings = band.filter(ImageFilter.BoxBlur(_SURROUNDINGS_PX))
        yield ImageChops.difference(band, surroundings).convert("F")
        mean = Image.new("L", band.size, round(ImageStat.Stat(band).mean[0]))
        yield ImageChops.difference(surroundings, mean).convert("F").point(lambda value: value * _DISTINCT_WEIGHT)


def _profile(maps: Sequence[Image.Image], *, upwards: bool) -> list[float]:
    """The sum of all, column by column from the left, or row by row from the top."""
    width, height = maps[0].size
    line = (1, height) if upwards else (width, 1)
    columns = (one.resize(line, Image.Resampling.BOX) for one in maps)
    return [sum(values) for values in zip(*(column.get_flattened_data() for column in columns), strict=True)]
