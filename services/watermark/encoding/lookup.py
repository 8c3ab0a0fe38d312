"""The palette index of each pixel, from a table of all colours of a picture. No AWS.

Pillow can look up a number for a level of one channel, and add numbers of pixels, a million of them in 10 ms; it cannot
look up a colour. So each channel's levels get numbers whose sum is a colour's number, for as many colours as possible.
Python looks up the others one by one, which takes 45 ms per million.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Final

from PIL import Image, ImageChops

from services.watermark.encoding import palettes
from services.watermark.encoding.palettes import OPAQUE, Colour

_LEVELS: Final = 256
# The three channels are mixed, so that more of their levels belong to few colours. With these factors the 216 colours
# of a cube of 6 x 6 x 6, and all greys, have different levels.
_SIX: Final = 6
_THIRTY_SIX: Final = 36
_BY_SIX: Final = [_SIX * level % _LEVELS for level in range(_LEVELS)]
_BY_THIRTY_SIX: Final = [_THIRTY_SIX * level % _LEVELS for level in range(_LEVELS)]

# Sums are tried for the next 256 colours while more than this part of the pixels is left, but not more often than this.
_LEFT: Final = 0.01
_PASSES: Final = 4
# All pixels are looked up one by one if there are more than this part left: to find them takes as long as four others.
_MANY: Final = 0.2
_RUN: Final = re.compile(rb"\xff+")

_Levels = tuple[list[int], list[int], list[int]]


def indexes(rgb: Image.Image, paint: Image.Image, index_of: Mapping[Colour, int]) -> Image.Image:
    """The index of each pixel's colour, as an image of mode L.

    Args:
        rgb: an image of mode RGB.
        paint: mask of mode L: pixels outside it have any index, mostly that of their colour if it is among these.
        index_of: the index of every colour within the mask, the most frequent ones first.
    """
    found, unmatched = Image.new("L", rgb.size), Image.new("L", rgb.size, OPAQUE)
    rest, left = list(index_of), paint
    mixed = _mixed(rgb)
    for _ in range(_PASSES):
        tried, rest = rest[:_LEVELS], rest[_LEVELS:]
        levels, all_right = sums(tried)
        numbers = _summed(mixed, levels)
        # Other colours may get a number beyond these, too.
        tried += [tried[0]] * (_LEVELS - len(tried))
        named = numbers.point([index_of[colour] for colour in tried])
        if all_right and len(index_of) <= _LEVELS:
            return named
        matched = ImageChops.subtract(unmatched, palettes.any_difference(palettes.coloured(numbers, tried), rgb))
        found.paste(named, mask=matched)
        unmatched = ImageChops.subtract(unmatched, matched)
        left = ImageChops.darker(unmatched, paint)
        if not rest or left.histogram()[OPAQUE] < _LEFT * rgb.width * rgb.height:
            break
    return found if left.getbbox() is None else _one_by_one(rgb, found, left, index_of)


def sums(colours: Sequence[Colour]) -> tuple[_Levels, bool]:
    """A number for each level of the mixed channels, whose sum modulo 256 is a colour's place in the list.

    A level that only one colour has is free to make that colour right: such colours are put aside, until none is left.
    They get their numbers in reverse order. Of random colours, 0.8 times as many as there are levels can be right.
    Botelho, Pagh, Ziviani: Simple and space-efficient minimal perfect hash functions, 2007.

    Args:
        colours: at most 256 colours, each once.

    Returns:
        The numbers, and whether they are right for all of the colours.
    """
    levels = [_levels(colour) for colour in colours]
    # How many colours have a level, and the exclusive or of their places: of one colour, that is its place.
    count, places = [0] * (3 * _LEVELS), [0] * (3 * _LEVELS)
    for place, three in enumerate(levels):
        for level in three:
            count[level] += 1
            places[level] ^= place
    free = [level for level in range(3 * _LEVELS) if count[level] == 1]
    aside: list[tuple[int, int]] = []
    while free:
        level = free.pop()
        if count[level] != 1:
            continue
        place = places[level]
        aside.append((place, level))
        for each in levels[place]:
            count[each] -= 1
            places[each] ^= place
            if count[each] == 1:
                free.append(each)
    numbers = [0] * (3 * _LEVELS)
    for place, level in reversed(aside):
        numbers[level] = (place - sum(numbers[each] for each in levels[place] if each != level)) % _LEVELS
    split = numbers[:_LEVELS], numbers[_LEVELS : 2 * _LEVELS], numbers[2 * _LEVELS :]
    return split, len(aside) == len(colours)


def _levels(colour: Colour) -> tuple[int, int, int]:
    """The level of each mixed channel, the second one's from 256 on and the third one's from 512 on."""
    red, green, blue = colour
    return (
        (red + _SIX * green + _THIRTY_SIX * blue) % _LEVELS,
        (green + _SIX * blue + _THIRTY_SIX * red) % _LEVELS + _LEVELS,
        (blue + _SIX * red + _THIRTY_SIX * green) % _LEVELS + 2 * _LEVELS,
    )


def _mixed(rgb: Image.Image) -> list[Image.Image]:
    """The mixed channels, each of mode L."""
    red, green, blue = rgb.split()
    return [
        ImageChops.add_modulo(ImageChops.add_modulo(one, two.point(_BY_SIX)), three.point(_BY_THIRTY_SIX))
        for one, two, three in ((red, green, blue), (green, blue, red), (blue, red, green))
    ]


def _summed(mixed: Sequence[Image.Image], levels: _Levels) -> Image.Image:
    one, two, three = (band.point(numbers) for band, numbers in zip(mixed, levels, strict=True))
    return ImageChops.add_modulo(ImageChops.add_modulo(one, two), three)


def _one_by_one(rgb: Image.Image, found: Image.Image, left: Image.Image, index_of: Mapping[Colour, int]) -> Image.Image:
    """The indexes, with those of the pixels that are left."""
    by_pixel = {int.from_bytes((*colour, OPAQUE), sys.byteorder): index for colour, index in index_of.items()}
    pixels = memoryview(rgb.convert("RGBA").tobytes()).cast("I")
    if left.histogram()[OPAQUE] > _MANY * rgb.width * rgb.height:
        return Image.frombytes("L", rgb.size, bytes(map(by_pixel.get, pixels, repeat(0))))
    data = bytearray(found.tobytes())
    for run in _RUN.finditer(left.tobytes()):
        for at in range(*run.span()):
            data[at] = by_pixel[pixels[at]]
    return Image.frombytes("L", rgb.size, bytes(data))
