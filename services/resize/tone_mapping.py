"""High dynamic range (PQ, HLG) as Chromium shows it on an SDR display. Arithmetic only: no Pillow, no AWS."""

import math
import struct
from functools import lru_cache
from typing import Final

from services.resize.colour_codes import (
    BT_2020,
    ColourEncoding,
    Hlg,
    adaptation,
    apply,
    between,
    encoded,
    fixed,
    icc_profile,
    times,
    to_xyz,
)
from shared.hdr_signals import HLG_NITS, HLG_SYSTEM_GAMMA, PQ_NITS, WHITE_NITS

# Reference white tone mapping, SMPTE ST 2094-50, annex C: where the peak is 1,000 cd/m2 or more, white is halved, all
# darker tones are scaled by the same factor, and all brighter ones follow a quadratic Bezier curve to the display's
# white. The largest of red, green and blue of BT.2020 determines the factor, so hues stay. Chromium 156 does the same:
# over 1,024 greys of PQ at peaks of 400 and 1,000 cd/m2 it differs by less than 0.6 of 255, over 4,096 colours by 0.1
# on average.
_KAPPA: Final = 0.65
_FULL_HEADROOM: Final = math.log2(1000 / WHITE_NITS)

# Between its points lcms interpolates in tetrahedra, so greys stay exact: with 33 a side, random colours differ from
# the formula by 0.4 of 255 on average. Pillow's own table interpolates between all eight corners: near white it was off
# by 13.
_POINTS: Final = 33
_BYTE: Final = 255
_WORD: Final = 65_535
_PCS_ONE: Final = 32_768
# A table takes about 100 ms to build; the pictures of a batch come from few cameras.
_KEPT_TABLES: Final = 4


@lru_cache(maxsize=_KEPT_TABLES)
def table_profile(encoding: ColourEncoding) -> bytes:
    """An ICC profile with a table from PQ or HLG to what an SDR display shows.

    Args:
        encoding: an encoding whose transfer is PQ or HLG.
    """
    mapped = _Map(encoding)
    to_d50 = times(adaptation(BT_2020[3]), to_xyz(BT_2020))
    reds, greens, blues = (
        [mapped.light(min(1.0, max(0.0, index / (_POINTS - 1) + more))) for index in range(_POINTS)]
        for more in encoding.missing
    )
    values = [
        # PCSXYZ encodes 1.0 as 32,768 (ICC.1:2022, 6.3.4.2); no shown colour exceeds white.
        min(_WORD, max(0, round(value * _PCS_ONE)))
        for red in reds
        for green in greens
        for blue in blues
        for value in apply(to_d50, mapped.shown(red, green, blue))
    ]
    straight = struct.pack(">2H", 0, _WORD) * 3
    table = struct.pack(">4s4x4B", b"mft2", 3, 3, _POINTS, 0) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)  # lut16Type, 10.12
    table += struct.pack(">2H", 2, 2) + straight + struct.pack(f">{len(values)}H", *values) + straight
    return icc_profile({b"A2B0": table})


@lru_cache(maxsize=_KEPT_TABLES)
def grey_levels(encoding: ColourEncoding) -> list[int]:
    """The sRGB byte of each byte of grey: all primaries in use share their white.

    Args:
        encoding: an encoding whose transfer is PQ or HLG.
    """
    mapped = _Map(encoding)
    lights = (mapped.light(value / _BYTE) for value in range(_BYTE + 1))
    return [min(_BYTE, round(_BYTE * encoded(mapped.shown(light, light, light)[1]))) for light in lights]


class _Map:
    """Maps signals of 0 to 1 to linear BT.2020 of 0 to 1, as it is shown."""

    def __init__(self, encoding: ColourEncoding) -> None:
        self._hlg = isinstance(encoding.transfer, Hlg)
        self._luminances = to_xyz(encoding.primaries)[1]
        self._to_wide = between(encoding.primaries, BT_2020)
        headroom = math.log2(max(encoding.peak_nits, WHITE_NITS) / WHITE_NITS)
        self._white = 1 - 0.5 * min(headroom / _FULL_HEADROOM, 1.0)
        self._peak = 2.0**headroom
        middle = (1 - _KAPPA) + _KAPPA / self._white
        middle_out = (1 - _KAPPA) * self._white + _KAPPA
        self._in = 1 - 2 * middle + self._peak, 2 * (middle - 1)
        self._out = self._white - 2 * middle_out + 1, 2 * (middle_out - self._white)

    def light(self, signal: float) -> float:
        """Linear light of one channel, where white is 1; for HLG, scene light."""
        return _hlg(signal) if self._hlg else _pq(signal)

    def shown(self, red: float, green: float, blue: float) -> tuple[float, float, float]:
        """Tone-map the linear light of three channels; returns linear BT.2020."""
        lights: tuple[float, float, float] = (red, green, blue)
        if self._hlg:
            by_red, by_green, by_blue = self._luminances
            luminance = by_red * red + by_green * green + by_blue * blue
            screen = luminance ** (HLG_SYSTEM_GAMMA - 1) * (HLG_NITS / WHITE_NITS) if luminance > 0 else 0.0
            lights = (red * screen, green * screen, blue * screen)
        wide = apply(self._to_wide, lights)
        most = max(wide)
        by = self._mapped(most) / most if most > 0 else 0.0
        return wide[0] * by, wide[1] * by, wide[2] * by

    def _mapped(self, light: float) -> float:
        if light <= 1:
            return light * self._white
        if light >= self._peak:
            return 1.0
        square, linear = self._in
        # Position of this light along the curve: root of a quadratic equation, in the form that is stable near a line.
        root = 2 * (light - 1) / (linear + math.sqrt(linear * linear + 4 * square * (light - 1)))
        return self._white + root * (self._out[1] + root * self._out[0])


def _pq(signal: float) -> float:
    """The EOTF of PQ, where 1 is white: ITU-R BT.2100-2, table 4."""
    power = math.pow(signal, 1 / 78.84375)
    light = max(0.0, power - 0.8359375) / (18.8515625 - 18.6875 * power)
    return math.pow(light, 1 / 0.1593017578125) * (PQ_NITS / WHITE_NITS)


def _hlg(signal: float) -> float:
    """The inverse OETF of HLG, scene light of 0 to 1: ITU-R BT.2100-2, table 5."""
    if signal <= 0.5:  # noqa: PLR2004 - where the curve changes from a root to a logarithm
        return signal * signal / 3
    return (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
