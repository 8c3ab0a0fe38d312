"""The values of a gain map as ISO 21496-1 has them in a JPEG: fractions in an APP2 segment. No Pillow, no AWS."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from services.resize.gain_map.values import CHANNELS, GainMapError, GainMapValues, channels

# What the segment begins with: the gain map's has all values, that of the base has the versions alone.
PREFIX: Final = b"urn:iso:std:iso:ts:21496:-1\0"
VERSIONS: Final = struct.Struct(">HH")

_FLAGS: Final = struct.Struct(">B")
_MULTICHANNEL: Final = 0x80
_IN_BASE_SPACE: Final = 0x40
# Drafts had two more, which libultrahdr 1.4 still reads and writes.
_ONE_DENOMINATOR: Final = 0x08
_BACKWARD: Final = 0x04
# Of each channel: minimum, maximum, gamma, offset of the base, offset of the alternate.
_SIGNS: Final = "iiIii"
_HEADROOMS: Final = "II"
_MAX_SIGNED: Final = 2**31 - 1


def values_in(block: bytes) -> GainMapValues:
    """The values in the segment of a gain map.

    Args:
        block: the segment's body after PREFIX.

    Raises:
        GainMapError: it is truncated, of another version, or a value is out of bounds.
    """
    try:
        return _values(block)
    except (struct.error, ZeroDivisionError) as error:
        raise GainMapError("its ISO 21496-1 values are damaged") from error


def _values(block: bytes) -> GainMapValues:
    least_version, _ = VERSIONS.unpack_from(block)
    if least_version != 0:
        raise GainMapError(f"its ISO 21496-1 values are of version {least_version}")
    (flags,) = _FLAGS.unpack_from(block, VERSIONS.size)
    if flags & _BACKWARD:
        raise GainMapError("its base is the HDR picture")
    count = CHANNELS if flags & _MULTICHANNEL else 1
    formats = [*_HEADROOMS, *_SIGNS * count]
    numbers = _shared(block, formats) if flags & _ONE_DENOMINATOR else _own(block, formats)
    base_headroom, alternate_headroom, *rest = numbers
    minimum, maximum, gamma, base_offset, alternate_offset = (channels(rest[at :: len(_SIGNS)]) for at in range(5))
    return GainMapValues(
        minimum=minimum,
        maximum=maximum,
        gamma=gamma,
        base_offset=base_offset,
        alternate_offset=alternate_offset,
        base_headroom=base_headroom,
        alternate_headroom=alternate_headroom,
        in_base_space=bool(flags & _IN_BASE_SPACE),
    )


def _own(block: bytes, formats: Sequence[str]) -> Iterator[float]:
    """Fractions, each with its denominator."""
    numbers = struct.unpack_from(">" + "".join(f"{each}I" for each in formats), block, VERSIONS.size + _FLAGS.size)
    return (over / under for over, under in zip(numbers[::2], numbers[1::2], strict=True))


def _shared(block: bytes, formats: Sequence[str]) -> Iterator[float]:
    """Numerators of one denominator, which comes first."""
    under, *numbers = struct.unpack_from(">I" + "".join(formats), block, VERSIONS.size + _FLAGS.size)
    return (number / under for number in numbers)


def block_of(values: GainMapValues) -> bytes:
    """The segment's body for these values, after PREFIX."""
    once = values.same_in_all_channels
    flags = (0 if once else _MULTICHANNEL) | (_IN_BASE_SPACE if values.in_base_space else 0)
    numbers = [values.base_headroom, values.alternate_headroom]
    for channel in range(1 if once else CHANNELS):
        numbers += [values.minimum[channel], values.maximum[channel], values.gamma[channel]]
        numbers += [values.base_offset[channel], values.alternate_offset[channel]]
    formats = "".join(f"{each}I" for each in (*_HEADROOMS, *_SIGNS * (1 if once else CHANNELS)))
    return VERSIONS.pack(0, 0) + _FLAGS.pack(flags) + struct.pack(f">{formats}", *_fractions(numbers))


def _fractions(numbers: Sequence[float]) -> Iterator[int]:
    """Numerator and denominator of each, as exact as 31 bits are."""
    for number in numbers:
        most = _MAX_SIGNED if abs(number) <= 1 else int(_MAX_SIGNED / abs(number))
        fraction = Fraction(number).limit_denominator(most)
        yield fraction.numerator
        yield fraction.denominator
