"""The numbers that are shown as black and white where no tag defines them. No AWS."""

import math
from array import array
from typing import Final

from PIL import Image, ImageChops, ImageStat

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.sample_bits import WORD_BITS

_BYTE: Final = 255
_WORD: Final = 65_535
# Larger whole numbers use all of their bits; counts and measurements stay below it.
_COUNTS_TO: Final = 2**24
_SIGNS_TO: Final = 2**14
_SPARE: Final = 1 / 16
# 2**32 - 1 becomes 2**32 as a 32-bit floating-point number.
_ROUNDED: Final = 2**-20
# L, a and b in floating point, in the units of CIE: libvips 8.18 writes them so, and ImageMagick 6.9 as fractions of 1.
# TIFF 6.0, section 23, defines only integers.
LAB_RANGES: Final = ((0.0, 100.0), (-128.0, 127.0), (-128.0, 127.0))
# Larger values are not measurements but mark missing ones, such as -3.4e38.
_MEASURED_WITHIN: Final = 1e30


def measured(image: Image.Image) -> tuple[float, float, float]:
    """The lowest, highest and mean number, without those that mark missing values."""
    low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
    (mean,) = array("f", image.resize((1, 1), Image.Resampling.BOX).tobytes())
    # Pillow's extrema are useless where one number is NaN, and so is the mean.
    if low > -_MEASURED_WITHIN and high < _MEASURED_WITHIN and math.isfinite(mean):
        return low, high, mean
    numbers = [each for each in array("f", image.tobytes()) if -_MEASURED_WITHIN < each < _MEASURED_WITHIN]
    return (min(numbers), max(numbers), sum(numbers) / len(numbers)) if numbers else (math.inf, -math.inf, 0.0)


def differences(image: Image.Image) -> float:
    """The sum of the differences between neighbours, in rows and in columns, of a picture of mode L."""
    width, height = image.size
    pairs = (
        (image.crop((1, 0, width, height)), image.crop((0, 0, width - 1, height))),
        (image.crop((0, 1, width, height)), image.crop((0, 0, width, height - 1))),
    )
    return math.fsum(ImageStat.Stat(ImageChops.difference(*pair)).sum[0] for pair in pairs if 0 not in pair[0].size)


def is_in_lab_units(layout: Layout, low: float, high: float) -> bool:
    """Whether numbers in floating point are Lab in the units of CIE; otherwise they are fractions of 1."""
    is_lab = layout.sample_format == kinds.FLOAT and layout.photometric in {kinds.CIE_LAB, kinds.ICC_LAB}
    return is_lab and not (low >= -_SPARE and high <= 1 + _SPARE)


def black_and_white(layout: Layout, low: float, high: float, mean: float) -> tuple[float, float]:
    """The range that is shown, from black to white.

    No tag defines it for floating-point and 32-bit numbers. Pictures follow a convention; measurements, such as
    heights, do not, and their whole range is shown.

    Args:
        layout: layout of the samples.
        low: the lowest number.
        high: the highest number.
        mean: the mean of all numbers.
    """
    coloured = layout.colours > 1
    full = 2 ** (layout.bits - (layout.sample_format == kinds.SIGNED)) - 1
    wide = high > _COUNTS_TO or coloured or layout.bits == 24
    usual: tuple[int, ...] = (_BYTE, _WORD, full) if wide else (_BYTE, _WORD)
    if layout.sample_format == kinds.FLOAT:
        # Highlights above white, and colours outside any screen's gamut, are clipped.
        if coloured and not 1 < mean <= _WORD:
            return 0.0, 1.0
        usual = (1, _BYTE, *[_WORD] * (high > _SIGNS_TO)) if coloured else (1, _BYTE)
    elif layout.photometric in {kinds.CIE_LAB, kinds.ICC_LAB, kinds.CMYK}:
        usual = (full,)
    elif layout.bits <= WORD_BITS:
        usual = (_BYTE, full) if high > _SIGNS_TO else (_BYTE,)
    # Sharpening and rounding leave values a little beyond the ends.
    spare = _SPARE if layout.sample_format == kinds.FLOAT else _ROUNDED
    white = next((white for white in usual if low >= -white * _SPARE and high <= white * (1 + spare)), None)
    return (low, high) if white is None else (0.0, float(white))
