"""What libavif leaves out of pictures of 10 and 12 bits that it makes 8 bits of. Arithmetic only: no Pillow, no AWS.

libavif 1.4.2 lets libyuv convert them, which cuts the lower bits of both chroma channels, and in limited range rounds
down. So grey becomes greenish: red and blue lack one level of 255 (`findings/libavif-ten-bits-turn-green.sh`). In SDR
nobody sees that. In PQ a level near white is worth three of sRGB once it is tone-mapped.
"""

from collections.abc import Mapping
from typing import Final

from services.resize.formats.heif_facts import Nclx

_BYTE: Final = 255
_BYTE_BITS: Final = 8

# Shares of red and blue in luma, by MatrixCoefficients of H.273: those that libyuv converts. 2 is unspecified, which
# libavif takes for BT.601.
_LUMA: Final[Mapping[int, tuple[float, float]]] = {
    1: (0.2126, 0.0722),
    2: (0.299, 0.114),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    9: (0.2627, 0.0593),
}
# Levels of 255 that are cut besides, measured with pictures of both ranges.
_ROUNDED_DOWN: Final = {True: 0.05, False: 0.5}
# Chroma has 224 steps in limited range: ITU-R BT.709-6, 4.6.
_SCALE: Final = {True: 1.0, False: 255 / 224}


def missing(bits: int, codes: Nclx) -> tuple[float, float, float]:
    """What red, green and blue lack on average, in signals of 0 to 1.

    Args:
        bits: bits of a sample in the file.
        codes: matrix and range of its samples.
    """
    if bits <= _BYTE_BITS or codes.matrix not in _LUMA:
        return 0.0, 0.0, 0.0
    red, blue = _LUMA[codes.matrix]
    green = 1 - red - blue
    # Of the lower bits, which are as often one value as another.
    cut = (1 - 2.0 ** (_BYTE_BITS - bits)) / 2 * _SCALE[codes.full_range]
    floor = _ROUNDED_DOWN[codes.full_range]
    of_red, of_blue = 2 * (1 - red) * cut, 2 * (1 - blue) * cut
    return (
        (of_red + floor) / _BYTE,
        (floor - (of_red * red + of_blue * blue) / green) / _BYTE,
        (of_blue + floor) / _BYTE,
    )
