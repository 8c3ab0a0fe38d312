"""What an sRGB colour is in an HDR picture (PQ or HLG). Arithmetic only: no Pillow, no AWS."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from shared.choices import HLG
from shared.light_dataclass import dataclass

# The luminance of diffuse white in HDR, in cd/m2: ITU-R BT.2408-7, 2.1.
WHITE_NITS: Final = 203.0
# Maximum of PQ, and of HLG on its nominal display: ITU-R BT.2100-2, tables 4 and 5.
PQ_NITS: Final = 10_000.0
HLG_NITS: Final = 1_000.0
HLG_SYSTEM_GAMMA: Final = 1.2

# About the curve of sRGB.
_ROOT: Final = 2.2

_BYTE: Final = 255
WORD: Final = 65_535

Matrix = tuple[tuple[float, float, float], ...]

# From linear light in sRGB to that of other primaries, by ColourPrimaries of H.273: those of sRGB, BT.2020 and P3.
# BT.2020: ITU-R BT.2087-0, annex 2. P3 likewise, from the chromaticities in H.273, table 2.
_FROM_SRGB: Final[Mapping[int, Matrix]] = {
    1: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    9: ((0.62740, 0.32928, 0.04331), (0.06910, 0.91954, 0.01136), (0.01639, 0.08801, 0.89560)),
    12: ((0.82246, 0.17754, 0.0), (0.03319, 0.96681, 0.0), (0.01708, 0.07240, 0.91052)),
}
# How much each channel adds to the luminance.
_LUMINANCE: Final[Mapping[int, tuple[float, float, float]]] = {
    1: (0.21264, 0.71517, 0.07219),
    9: (0.26270, 0.67800, 0.05930),
    12: (0.22897, 0.69174, 0.07929),
}


@dataclass(frozen=True, kw_only=True)
class Signals:
    """The signals of an HDR picture.

    Args:
        primaries: ColourPrimaries of H.273, one of HDR_PRIMARIES.
        transfer: TransferCharacteristics of H.273, one of HDR_TRANSFERS.
    """

    primaries: int
    transfer: int

    @property
    def from_srgb(self) -> Matrix:
        """From linear light in sRGB to that of these primaries, a row for each of red, green and blue."""
        return _FROM_SRGB[self.primaries]

    @property
    def luminance(self) -> tuple[float, float, float]:
        """How much each channel adds to the luminance, for a transfer that bends light by it; PQ does not."""
        return _LUMINANCE[self.primaries]

    @property
    def exponent(self) -> float:
        """The exponent of the luminance by which HLG's light is bent for the screen; 0 for PQ. BT.2100-2, table 5."""
        return (1 - HLG_SYSTEM_GAMMA) / HLG_SYSTEM_GAMMA if self.transfer == HLG else 0.0

    @property
    def white(self) -> float:
        """What white is in units of the transfer's maximum, before HLG's light is bent."""
        return WHITE_NITS / (HLG_NITS if self.transfer == HLG else PQ_NITS)

    def of_colour(self, colour: tuple[int, int, int]) -> tuple[int, int, int]:
        """The signals of a colour, of 16 bits each.

        Args:
            colour: red, green and blue in sRGB, 0 to 255 each.
        """
        lights = [linear(each) for each in colour]
        wide = [self.white * sum(map(float.__mul__, row, lights)) for row in self.from_srgb]
        luminance = sum(map(float.__mul__, self.luminance, wide))
        bent = luminance**self.exponent if luminance > 0 else 1.0
        red, green, blue = (round(WORD * self.signal(light * bent)) for light in wide)
        return red, green, blue

    def signal(self, light: float) -> float:
        """The signal, 0 to 1, of one channel's light: the inverse EOTF of PQ, the OETF of HLG; BT.2100-2.

        Args:
            light: 0 to 1 of the transfer's maximum; of the scene for HLG.
        """
        return _hlg(light) if self.transfer == HLG else _pq(light)

    @property
    def brightest(self) -> float:
        """A bound of the light of one channel that an sRGB colour has."""
        return 1.0 if self.transfer == HLG else self.white

    def table(self) -> tuple[int, ...]:
        """The signals, of 16 bits each, of lights from 0 to `brightest`, in 65,535 equal steps of the light's root.

        So the darkest tones, where signals grow fastest, have steps of their own.
        """
        return _table(self)

    def blending(self) -> tuple[tuple[float, ...], tuple[int, ...], float]:
        """Where a half transparent colour is mixed as in sRGB: the root of PQ's light, and HLG's own signals.

        PQ's signals of a mean would be far too dark: half of white over black would be a twentieth of white's light,
        where sRGB shows a fifth.

        Returns:
            The value of each signal of 16 bits; the signal of each value from 0 to the greatest, in 65,535 equal steps;
            the greatest.
        """
        return _blending(self)


def linear(value: int) -> float:
    """The linear light, 0 to 1, of a byte of sRGB: IEC 61966-2-1."""
    signal = value / _BYTE
    return signal / 12.92 if signal <= 0.04045 else ((signal + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - its bend


@lru_cache(maxsize=4)
def _table(signals: Signals) -> tuple[int, ...]:
    return tuple(round(WORD * signals.signal(signals.brightest * (index / WORD) ** 2)) for index in range(WORD + 1))


@lru_cache(maxsize=4)
def _blending(signals: Signals) -> tuple[tuple[float, ...], tuple[int, ...], float]:
    words = range(WORD + 1)
    if signals.transfer == HLG:
        return tuple(word / WORD for word in words), tuple(words), 1.0
    most = (1 / signals.white) ** (1 / _ROOT)
    values = tuple(most * _pq_light(word / WORD) ** (1 / _ROOT) for word in words)
    return values, tuple(round(WORD * _pq((word / WORD) ** _ROOT)) for word in words), most


def _pq_light(signal: float) -> float:
    power = math.pow(signal, 1 / 78.84375)
    return float(math.pow(max(0.0, power - 0.8359375) / (18.8515625 - 18.6875 * power), 1 / 0.1593017578125))


def _pq(light: float) -> float:
    power = math.pow(min(max(light, 0.0), 1.0), 0.1593017578125)
    return math.pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375)


def _hlg(light: float) -> float:
    light = min(max(light, 0.0), 1.0)
    return math.sqrt(3 * light) if light <= 1 / 12 else 0.17883277 * math.log(12 * light - 0.28466892) + 0.55991073
