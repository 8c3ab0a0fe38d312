"""The values of Apple's own gain map, of iPhones before ISO 21496-1: its headroom, and what its samples mean.

https://developer.apple.com/documentation/appkit/applying-apple-hdr-effect-to-your-photos
"""

import re
import struct
from collections.abc import Iterator
from math import log2
from typing import Final

from services.resize.gain_map.values import GainMapError, GainMapValues

# What the XMP of such a gain map contains.
KIND: Final = b"urn:com:apple:photo:2020:aux:hdrgainmap"

_HEADROOM: Final = re.compile(rb"HDRGainMapHeadroom(?:>|=\")\s{0,20}(\d{1,6}(?:\.\d{1,12})?)\s{0,20}[<\"]")
_EXIF_DIRECTORY: Final = 0x8769
_MAKER_NOTE: Final = 0x927C
_APPLE: Final = b"Apple iOS\0\0\1MM"
# Of the maker note: signed fractions, whose offsets count from its own begin.
_SIGNED_FRACTION: Final = 10
_OVERALL: Final = 33
_LOCAL: Final = 48
_SMALL: Final = 0.01
_TAG_BYTES: Final = 12
_MAX_TAGS: Final = 200
_BYTE: Final = 255


def values_in(packet: bytes, exif: bytes) -> GainMapValues:
    """The values of a gain map of Apple's, once its samples are those of `levels`.

    Args:
        packet: XMP of the gain map.
        exif: EXIF of its picture, from the TIFF header on; empty for none.

    Raises:
        GainMapError: neither says how bright it is, or a value is out of bounds.
    """
    stops = _stops(packet, exif)
    return GainMapValues(
        maximum=(stops, stops, stops), base_offset=(0, 0, 0), alternate_offset=(0, 0, 0), alternate_headroom=stops
    )


def _stops(packet: bytes, exif: bytes) -> float:
    """The headroom in stops: iOS 17 has it as a factor in XMP, older ones in two numbers of the maker note."""
    found = _HEADROOM.search(packet)
    if found is not None:
        return log2(max(1.0, float(found[1])))
    try:
        numbers = dict(_maker_numbers(exif))
    except (struct.error, ZeroDivisionError) as error:
        raise GainMapError("its headroom is damaged") from error
    if not numbers:
        raise GainMapError("it has no headroom (Apple)")
    # Skia and libavif take the one that is missing as 0, too.
    overall, local = numbers.get(_OVERALL, 0.0), numbers.get(_LOCAL, 0.0)
    if overall < 1:
        stops = 1.8 - 20 * local if local <= _SMALL else 1.601 - 0.101 * local
    else:
        stops = 3.0 - 70 * local if local <= _SMALL else 2.303 - 0.303 * local
    return max(0.0, stops)


def _maker_numbers(exif: bytes) -> Iterator[tuple[int, float]]:
    """The fractions of an Apple maker note."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return
    (at,) = struct.unpack_from(order + "I", exif, 4)
    for wanted in (_EXIF_DIRECTORY, _MAKER_NOTE):
        at = next((value for tag, _, value in _tags(exif, at, order) if tag == wanted), 0)
        if at == 0:
            return
    if not exif.startswith(_APPLE, at):
        return
    for tag, kind, offset in _tags(exif, at + len(_APPLE), ">"):
        if tag in {_OVERALL, _LOCAL} and kind == _SIGNED_FRACTION:
            over, under = struct.unpack_from(">ii", exif, at + offset)
            yield tag, over / under


def _tags(exif: bytes, at: int, order: str) -> Iterator[tuple[int, int, int]]:
    """(tag, type, value or its offset) of each tag of a directory."""
    (count,) = struct.unpack_from(order + "H", exif, at)
    for number in range(min(count, _MAX_TAGS)):
        tag, kind, _, value = struct.unpack_from(order + "HHII", exif, at + 2 + number * _TAG_BYTES)
        yield tag, kind, value


def levels(values: GainMapValues) -> list[int]:
    """Each sample of Apple's as the one that has the same gain in stops.

    Apple's is HDR = base * (1 + (headroom - 1) * linear), of a sample that Rec. 709 encodes.

    Args:
        values: what values_in gave.
    """
    stops = values.alternate_headroom
    return [round(_BYTE * log2(1 + (2**stops - 1) * _linear(sample / _BYTE)) / stops) for sample in range(_BYTE + 1)]


def _linear(share: float) -> float:
    """The inverse of Rec. 709's transfer function: ITU-R BT.709-6, 1.2."""
    return share / 4.5 if share < 0.081 else ((share + 0.099) / 1.099) ** (1 / 0.45)  # noqa: PLR2004
