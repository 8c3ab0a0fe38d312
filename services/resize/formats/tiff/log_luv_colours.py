"""Codes of LogLuv as luminance and as shares of red, green and blue. Arithmetic only: no Pillow, no AWS.

G. Ward Larson, "The LogLuv Encoding for Full-Gamut, High-Dynamic Range Images", Journal of Graphics Tools 3(1), 1998.
"""

import math
from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

# The 14 bits of colour index rows in steps of 0.0035 of v', each of which has steps of u' of the same size.
# Start of each row, in millionths of u', and its number of steps: measured through libtiff 4.5, code by code.
_STEP: Final = 0.0035
_FIRST_V: Final = 0.01694
_ROW_STARTS: Final = (
    247663, 243779, 241684, 237874, 235906, 232153, 228352, 226259, 222371, 220410, 214710, 212714, 210721, 204976,
    202986, 199245, 195525, 193560, 189878, 186216, 186216, 182592, 179003, 175466, 172001, 172001, 168612, 168612,
    163575, 158642, 158642, 158642, 153815, 153815, 149097, 149097, 142746, 142746, 142746, 138270, 138270, 138270,
    132166, 132166, 126204, 126204, 126204, 120381, 120381, 120381, 120381, 112962, 112962, 112962, 107450, 107450,
    107450, 107450, 100343, 100343, 100343, 95126, 95126, 95126, 95126, 88276, 88276, 88276, 88276, 81523, 81523,
    81523, 81523, 74861, 74861, 74861, 74861, 68290, 68290, 68290, 68290, 63573, 63573, 63573, 63573, 57219, 57219,
    57219, 57219, 50985, 50985, 50985, 50985, 50985, 44859, 44859, 44859, 44859, 40571, 40571, 40571, 40571, 36339,
    36339, 36339, 36339, 32139, 32139, 32139, 32139, 27947, 27947, 27947, 23739, 23739, 23739, 23739, 19504, 19504,
    19504, 16976, 16976, 16976, 16976, 12639, 12639, 12639, 9991, 9991, 9991, 9016, 9016, 9016, 6217, 6217, 5097,
    5097, 5097, 3909, 3909, 2340, 2389, 1068, 1653, 717, 1614, 270, 484, 1103, 1242, 1188, 1011, 709, 301, 2416,
    3251, 3246, 4141, 5963, 8839, 10490, 16994, 23659,
)  # fmt: skip
_ROW_STEPS: Final = (
    4, 6, 7, 9, 10, 12, 14, 15, 17, 18, 21, 22, 23, 26, 27, 29, 31, 32, 34, 36, 36, 38, 40, 42, 44, 44, 46, 46, 49,
    52, 52, 52, 55, 55, 58, 58, 62, 62, 62, 65, 65, 65, 69, 69, 73, 73, 73, 77, 77, 77, 77, 82, 82, 82, 86, 86, 86,
    86, 91, 91, 91, 95, 95, 95, 95, 100, 100, 100, 100, 105, 105, 105, 105, 110, 110, 110, 110, 115, 115, 115, 115,
    119, 119, 119, 119, 124, 124, 124, 124, 129, 129, 129, 129, 129, 134, 134, 134, 134, 138, 138, 138, 138, 142,
    142, 142, 142, 146, 146, 146, 146, 150, 150, 150, 154, 154, 154, 154, 158, 158, 158, 161, 161, 161, 161, 165,
    165, 165, 168, 168, 168, 170, 170, 170, 173, 173, 175, 175, 175, 177, 177, 177, 170, 164, 157, 150, 143, 136,
    129, 123, 115, 109, 103, 97, 89, 82, 76, 69, 62, 55, 47, 40, 31, 21,
)  # fmt: skip
# Codes beyond the last row have equal energy: libtiff 4.5.
_NEUTRAL: Final = (4 / 19, 9 / 19)
_CODES: Final = 1 << 14
# Steps of u' and v' where each has a byte.
_BYTE_STEPS: Final = 410

# X, Y and Z to red, green and blue of ITU-R BT.709, with equal energy as white, which is LogLuv's neutral.
_RGB: Final = (
    (2.6896552, -1.2758621, -0.4137931),
    (-1.0221082, 1.9782866, 0.0438216),
    (0.0612245, -0.2244898, 1.1632653),
)


@cache
def lights_16() -> "array[float]":
    """Square root of the luminance of a 16-bit code: a sign, and 15 bits of its logarithm in steps of 1/256."""
    above = [0.0, *(2 ** ((code + 0.5) / 512 - 32) for code in range(1, 1 << 15))]
    return array("f", above + [0.0] * (1 << 15))


@cache
def lights_10() -> "array[float]":
    """Square root of the luminance of a 10-bit code: its logarithm in steps of 1/64."""
    return array("f", [0.0, *(2 ** ((code + 0.5) / 128 - 6) for code in range(1, 1 << 10))])


@cache
def shares_16() -> "tuple[array[float], ...]":
    """Square roots of red, green and blue at a luminance of 1, by u' in the higher of two bytes and v' in the lower."""
    return _shares(((u + 0.5) / _BYTE_STEPS, (v + 0.5) / _BYTE_STEPS) for u in range(256) for v in range(256))


@cache
def shares_14() -> "tuple[array[float], ...]":
    """Square roots of red, green and blue at a luminance of 1, by a code of 14 bits."""
    return _shares(_rows())


def _rows() -> Iterator[tuple[float, float]]:
    count = 0
    for row, (start, steps) in enumerate(zip(_ROW_STARTS, _ROW_STEPS, strict=True)):
        v = _FIRST_V + (row + 0.5) * _STEP
        for step in range(steps):
            count += 1
            yield start / 1e6 + (step + 0.5) * _STEP, v
    for _ in range(count, _CODES):
        yield _NEUTRAL


def _shares(chromaticities: Iterable[tuple[float, float]]) -> "tuple[array[float], ...]":
    shares = tuple(array("f") for _ in _RGB)
    for u, v in chromaticities:
        x, z = 9 * u / (4 * v), (12 - 3 * u - 20 * v) / (4 * v)
        for share, (by_x, by_y, by_z) in zip(shares, _RGB, strict=True):
            share.append(math.sqrt(max(0.0, by_x * x + by_y + by_z * z)))
    return shares
