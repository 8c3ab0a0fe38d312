"""What the numbers of a gain map mean: bounded and checked. No Pillow, no AWS."""

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from typing import Final

from shared.light_dataclass import dataclass

Channels = tuple[float, float, float]

CHANNELS: Final = 3
# Stops: a factor of 2 each. A file of MONOGRID/gainmap-js has 16, and the sun is some 17 stops above paper.
_MAX_STOPS: Final = 32.0
# Adobe's files have offsets of up to 10.4 and gammas from 0.25.
_MAX_OFFSET: Final = 1_000.0
_MIN_GAMMA: Final = 0.01
_MAX_GAMMA: Final = 100.0
_BYTE: Final = 255


class GainMapError(ValueError):
    """A gain map that is not used; its text says why, and is for people."""


@dataclass(frozen=True, kw_only=True)
class GainMapValues:
    """How a gain map is applied: HDR = (base + base_offset) * 2 ** (gain * weight) - alternate_offset, in linear light.

    gain = minimum + (maximum - minimum) * sample ** (1 / gamma), of a sample from 0 to 1. ISO 21496-1:2025, and
    https://developer.android.com/media/platform/hdr-image-format, "Gain map metadata".

    Args:
        minimum: smallest gain of each channel, in stops.
        maximum: greatest gain of each channel, in stops.
        gamma: exponent by which the samples are encoded.
        base_offset: added to the base before it is multiplied.
        alternate_offset: subtracted afterwards.
        base_headroom: headroom of a screen up to which the base is shown, in stops above SDR white.
        alternate_headroom: headroom from which the gain is applied in full.
        in_base_space: whether the gain applies to the base's own primaries; else to those of the gain map's profile.

    Raises:
        GainMapError: a value is out of bounds.
    """

    minimum: Channels = (0.0, 0.0, 0.0)
    maximum: Channels
    gamma: Channels = (1.0, 1.0, 1.0)
    base_offset: Channels = (1 / 64, 1 / 64, 1 / 64)
    alternate_offset: Channels = (1 / 64, 1 / 64, 1 / 64)
    base_headroom: float = 0.0
    alternate_headroom: float
    in_base_space: bool = True

    def __post_init__(self) -> None:
        """Check the bounds."""
        _check("gains", (*self.minimum, *self.maximum), -_MAX_STOPS, _MAX_STOPS)
        _check("gammas", self.gamma, _MIN_GAMMA, _MAX_GAMMA)
        _check("offsets", (*self.base_offset, *self.alternate_offset), -_MAX_OFFSET, _MAX_OFFSET)
        _check("headrooms", (self.base_headroom, self.alternate_headroom), 0.0, _MAX_STOPS)
        if any(low > high for low, high in zip(self.minimum, self.maximum, strict=True)):
            raise GainMapError("its minimum is above its maximum")
        if self.base_headroom > self.alternate_headroom:
            raise GainMapError("its base is the HDR picture")
        if self.base_headroom == self.alternate_headroom:
            raise GainMapError("its headrooms are the same")

    @property
    def same_in_all_channels(self) -> bool:
        """Whether one set of values applies to all channels."""
        channels = (getattr(self, field.name) for field in fields(self))
        return all(len(set(each)) == 1 for each in channels if isinstance(each, tuple))

    @property
    def neutral(self) -> tuple[int, int, int]:
        """The sample of each channel that changes the base least, 0 to 255: its gain is 0 stops, or next to it."""
        red, green, blue = (
            round(_BYTE * _share(-low, high - low) ** gamma)
            for low, high, gamma in zip(self.minimum, self.maximum, self.gamma, strict=True)
        )
        return red, green, blue


def channels(numbers: Sequence[float]) -> Channels:
    """The values of three channels from one number for all of them, or three.

    Raises:
        GainMapError: there are neither one nor three.
    """
    if len(numbers) not in {1, CHANNELS}:
        raise GainMapError("a value of it has neither one nor three channels")
    red, green, blue = numbers if len(numbers) == CHANNELS else (*numbers, *numbers, *numbers)
    return red, green, blue


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _check(name: str, numbers: Sequence[float], least: float, most: float) -> None:
    if not all(isfinite(number) and least <= number <= most for number in numbers):
        raise GainMapError(f"its {name} are not from {least:g} to {most:g}")
