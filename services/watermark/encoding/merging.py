"""A palette for a picture of a few thousand colours, by how many pixels have each. No AWS.

A GIF's frame has 256 colours, and a watermark that is blended over it makes a thousand more, on few pixels. So the most
frequent colours are kept exactly, and the others are merged.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from PIL import Image

from services.watermark.encoding.palettes import FAR, Colour, colours_of
from shared.light_dataclass import dataclass

# Numbers of pixels, and their colour.
Counted = Sequence[tuple[int, Colour]]

# The others become this many colours, or more of them where that is off by more than this mean square, 53 dB.
_OTHERS: Final = 48
_MORE_OTHERS: Final = 96
_WELL: Final = 0.3
# A picture whose kept colours have less than this part of its pixels is like a photograph.
_COVERED: Final = 0.85
# The others are grouped by a line of about so many pixels, in which a frequent colour has up to so many.
_LINE_PX: Final = 2_000
_MAX_WEIGHT: Final = 64
_RARE_COLOURS: Final = 16
# Giving some colours groups of their own may push others out of theirs.
_SEARCHES: Final = 2


@dataclass(frozen=True)
class Merged:
    """A palette, and what it does to a picture.

    Args:
        colours: colours of the palette.
        index_of: the index of each colour of the picture.
        off: mean squared difference per sample, in levels of 255.
    """

    colours: list[Colour]
    index_of: Mapping[Colour, int]
    off: float


def merged(counted: Counted, most: int) -> Merged | None:
    """The palette with the smallest difference from a picture; None where no few colours have most of its pixels.

    Args:
        counted: the picture's colours with their numbers of pixels; more than `most`.
        most: maximum number of colours, 128 to 256.
    """
    by_count = sorted(counted, reverse=True)
    samples = 3 * sum(count for count, _ in by_count)
    if 3 * sum(count for count, _ in by_count[: most - _OTHERS]) < _COVERED * samples:
        return None
    best, squares = _with_others(by_count, _OTHERS, most)
    if squares > _WELL * samples:
        more = _with_others(by_count, _MORE_OTHERS, most)
        best, squares = min((best, squares), more, key=lambda each: each[1])
    colours = list(dict.fromkeys(best.values()))
    number = {colour: index for index, colour in enumerate(colours)}
    return Merged(colours, {one: number[other] for one, other in best.items()}, squares / samples)


def _with_others(by_count: Counted, groups: int, most: int) -> tuple[dict[Colour, Colour], int]:
    """Of each colour the one that represents it, and the sum of the squared differences of all samples."""
    kept, others = by_count[: most - groups], by_count[most - groups :]
    found = _grouped(others, groups)
    far: list[tuple[int, Colour]] = []
    # A small spot of a distinct colour would be lost among many pixels.
    for _ in range(_SEARCHES):
        more = [each for each in others if _distance(each[1], found[each[1]]) >= FAR]
        if not more:
            break
        far += more
        rare = _apart(far, _RARE_COLOURS)
        found = _grouped([each for each in others if each[1] not in rare], groups - _RARE_COLOURS) | rare
    squares = sum(count * _square(colour, found[colour]) for count, colour in others)
    return {colour: colour for _, colour in kept} | found, squares


def _grouped(counted: Counted, most: int) -> dict[Colour, Colour]:
    """Of each colour, one of a few that represents it."""
    if not counted:
        return {}
    pixels = sum(count for count, _ in counted)
    weights = [min(_MAX_WEIGHT, max(1, count * _LINE_PX // pixels)) for count, _ in counted]
    line = _line([colour for (_, colour), weight in zip(counted, weights, strict=True) for _ in range(weight)])
    cut = line.quantize(most, method=Image.Quantize.MEDIANCUT, kmeans=line.width // 100 + 1, dither=Image.Dither.NONE)
    colours, indexes = colours_of(cut), cut.tobytes()
    found, at = {}, 0
    for (_, colour), weight in zip(counted, weights, strict=True):
        found[colour] = colours[indexes[at]]
        at += weight
    return found


def _apart(counted: Counted, most: int) -> dict[Colour, Colour]:
    """Of each colour, one of a few that are far from each other."""
    cut = _line([colour for _, colour in counted]).quantize(most, method=Image.Quantize.MAXCOVERAGE)
    colours = colours_of(cut)
    return {colour: colours[index] for (_, colour), index in zip(counted, cut.tobytes(), strict=True)}


def _line(colours: Sequence[Colour]) -> Image.Image:
    return Image.frombytes("RGB", (len(colours), 1), bytes(chain.from_iterable(colours)))


def _distance(one: Colour, other: Colour) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[2] - other[2]))


def _square(one: Colour, other: Colour) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
