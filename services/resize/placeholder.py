"""A picture as about 25 bytes, for a web page to show until the picture is loaded: a ThumbHash. No AWS.

The format is https://evanw.github.io/thumbhash/: the means and the first cosines of lightness, of two colour
differences, and of alpha if there is any.
"""

import base64
from collections.abc import Iterator, Sequence
from functools import cache
from math import cos, floor, pi
from operator import mul
from typing import Final

from PIL import Image

from services.resize.convolution import averaged
from shared.light_dataclass import dataclass

Size = tuple[int, int]
Values = Sequence[float]

# No cosine above the sixth is kept: in 24 px, one of its half waves still has four pixels.
MAX_SIDE_PX: Final = 24

# Cosines along the longer side: of lightness, of lightness where alpha takes bytes too, of colour, of alpha.
_LIGHTNESS: Final = 7
_LIGHTNESS_BESIDE_ALPHA: Final = 5
_COLOUR: Final = 3
_ALPHA: Final = 5

_BYTE: Final = 255


@dataclass(frozen=True, kw_only=True)
class _Channel:
    """One channel as cosines.

    Args:
        mean: mean of its values.
        scale: largest absolute value of the cosines.
        cosines: the cosines, from -scale to scale.
    """

    mean: float
    scale: float
    cosines: tuple[float, ...]

    def nibbles(self) -> Iterator[int]:
        """Each cosine as four bits: 0 is -scale, 15 is scale."""
        return (_rounded(7.5 + 7.5 * cosine / self.scale) if self.scale else 0 for cosine in self.cosines)


def placeholder(image: Image.Image) -> str:
    """The ThumbHash of an image, in base64.

    Args:
        image: an image of mode L, RGB or RGBA.
    """
    longest = max(image.size)
    if longest > MAX_SIDE_PX:
        width, height = (max(1, round(side * MAX_SIDE_PX / longest)) for side in image.size)
        image = averaged(image, (width, height))
    return base64.b64encode(thumbhash(image.convert("RGBA").tobytes(), image.size)).decode()


def thumbhash(rgba: bytes, size: Size) -> bytes:
    """The ThumbHash of pixels: 5 bytes and half a byte per cosine, and one more byte if there is alpha.

    Args:
        rgba: four bytes per pixel, row by row.
        size: (width, height) in pixels.
    """
    width, height = size
    see_through = min(rgba[3::4]) < _BYTE
    most = _LIGHTNESS_BESIDE_ALPHA if see_through else _LIGHTNESS
    across, down = (max(1, _rounded(most * side / max(size))) for side in size)
    values = _alpha_and_colours(rgba) if see_through else _colours(*(rgba[channel::4] for channel in range(3)))
    lightness = _transformed(values[0], size, (max(3, across), max(3, down)))
    yellow_blue, red_green = (_transformed(each, size, (_COLOUR, _COLOUR)) for each in values[1:3])
    channels = [lightness, yellow_blue, red_green]
    landscape = width > height
    # From the lowest bit upwards: (bits, value).
    head = [
        (6, _rounded(63 * lightness.mean)),
        (6, _rounded(31.5 + 31.5 * yellow_blue.mean)),
        (6, _rounded(31.5 + 31.5 * red_green.mean)),
        (5, _rounded(31 * lightness.scale)),
        (1, int(see_through)),
        (3, down if landscape else across),
        (6, _rounded(63 * yellow_blue.scale)),
        (6, _rounded(63 * red_green.scale)),
        (1, int(landscape)),
    ]
    if see_through:
        alpha = _transformed(values[3], size, (_ALPHA, _ALPHA))
        channels.append(alpha)
        head += [(4, _rounded(15 * alpha.mean)), (4, _rounded(15 * alpha.scale))]
    return _packed(head + [(4, nibble) for channel in channels for nibble in channel.nibbles()])


def _colours(red: Values, green: Values, blue: Values) -> tuple[Values, ...]:
    """Lightness (0 to 1), yellow minus blue, and red minus green (-1 to 1), from channels of 0 to 255."""
    pixels = list(zip(red, green, blue, strict=True))
    return (
        [(r + g + b) / (3 * _BYTE) for r, g, b in pixels],
        [((r + g) / 2 - b) / _BYTE for r, g, b in pixels],
        [(r - g) / _BYTE for r, g, _ in pixels],
    )


def _alpha_and_colours(rgba: bytes) -> tuple[Values, ...]:
    """The colours over the mean visible colour, and alpha (0 to 1)."""
    alpha = [value / _BYTE for value in rgba[3::4]]
    seen = sum(alpha)
    laid = []
    for channel in (rgba[start::4] for start in range(3)):
        mean = sum(map(mul, channel, alpha)) / seen if seen else 0.0
        laid.append([mean * (1 - a) + value * a for value, a in zip(channel, alpha, strict=True)])
    return (*_colours(*laid), alpha)


def _transformed(values: Values, size: Size, counts: Size) -> _Channel:
    """A channel as its first cosines, without those with many waves both across and down.

    Args:
        values: values, row by row.
        size: (width, height) in pixels.
        counts: (across, down): number of cosines; the mean is the first of each.
    """
    (width, height), (across, down) = size, counts
    rows = [values[start : start + width] for start in range(0, width * height, width)]
    # Across first, then down: a cosine of the plane is the product of one of each.
    sums = [[sum(map(mul, row, wave)) for row in rows] for wave in _waves(width, across)]
    found = [
        sum(map(mul, sums[x], wave)) / (width * height)
        for y, wave in enumerate(_waves(height, down))
        for x in range(across)
        if x * down < across * (down - y)
    ]
    mean, *cosines = found
    return _Channel(mean=mean, scale=max(map(abs, cosines), default=0.0), cosines=tuple(cosines))


@cache
def _waves(length: int, count: int) -> tuple[tuple[float, ...], ...]:
    """The first cosines over this many pixels, sampled at the middles of pixels."""
    return tuple(tuple(cos(pi / length * wave * (at + 0.5)) for at in range(length)) for wave in range(count))


def _packed(fields: Sequence[tuple[int, int]]) -> bytes:
    """Fields of (bits, value), the first in the lowest bits of the first byte."""
    number = at = 0
    for bits, value in fields:
        number |= value << at
        at += bits
    return number.to_bytes((at + 7) // 8, "little")


def _rounded(value: float) -> int:
    """Round to the nearest whole number, halves up, as the format's own encoder does."""
    return floor(value + 0.5)
