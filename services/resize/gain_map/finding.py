"""Finds the gain map in a JPEG: its second picture, and the values that say how it is applied. No Pillow, no AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.resize.formats.jpeg_segments import frame_of, scans, segments
from services.resize.gain_map import adobe_xmp, iso_21496, multi_picture
from services.resize.gain_map.values import CHANNELS, GainMapError, GainMapValues

_APP1: Final = 0xE1
_APP2: Final = 0xE2
_SOS: Final = 0xDA
_START: Final = b"\xff\xd8\xff"
_APPLE: Final = b"urn:com:apple:photo:2020:aux:hdrgainmap"
_MAX_HEADER_SEGMENTS: Final = 200


@dataclass(frozen=True, kw_only=True)
class FoundGainMap:
    """A gain map that has not been decoded.

    Args:
        jpeg: the gain map's file.
        values: how it is applied.
        has_colours: whether its channels may differ, so that it depends on the primaries it applies to.
    """

    jpeg: bytes
    values: GainMapValues
    has_colours: bool


def gain_map_of(data: bytes) -> FoundGainMap | None:
    """The gain map in a JPEG; None where it has none.

    It is the first further picture that has values: of ISO 21496-1, or of Adobe's XMP. ISO's count where both are
    there, as in libultrahdr.

    Args:
        data: the file.

    Raises:
        GainMapError: there is one that cannot be used.
    """
    unused: GainMapError | None = None
    for begin, end in _further_pictures(data):
        try:
            found = _found(data[begin : min(end, len(data))])
        except GainMapError as error:
            unused = unused or error
            continue
        if found is not None:
            return found
    if unused is not None:
        raise unused
    return None


def _found(jpeg: bytes) -> FoundGainMap | None:
    values = _values(jpeg)
    if values is None:
        return None
    frame = frame_of(jpeg)
    if frame is None or frame.channels not in {1, CHANNELS}:
        raise GainMapError("it is neither grey nor RGB")
    has_colours = frame.channels > 1 or not values.same_in_all_channels
    return FoundGainMap(jpeg=jpeg, values=values, has_colours=has_colours)


def _further_pictures(data: bytes) -> Iterator[tuple[int, int]]:
    """Where further pictures may be: by the index, else after the first one's end, as editors leave wrong offsets."""
    listed = False
    for marker, begin, body in _header(data):
        if marker == _APP2 and body.startswith(multi_picture.PREFIX):
            at = len(multi_picture.PREFIX)
            for place in multi_picture.pictures(body[at:], begin + at):
                if data.startswith(_START, place[0]):
                    listed = True
                    yield place
    if not listed:
        after = scans(data).end + 2
        if data.startswith(_START, after):
            yield after, len(data)


def _values(jpeg: bytes) -> GainMapValues | None:
    """The values in a picture's own metadata; None where it is not a gain map.

    Raises:
        GainMapError: it is one, but its values cannot be used.
    """
    from_xmp = None
    for marker, _, body in _header(jpeg):
        if marker == _APP2 and body.startswith(iso_21496.PREFIX):
            block = body[len(iso_21496.PREFIX) :]
            if len(block) > iso_21496.VERSIONS.size:
                return iso_21496.values_in(block)
        if marker == _APP1 and body.startswith(adobe_xmp.PREFIX) and from_xmp is None:
            from_xmp = body[len(adobe_xmp.PREFIX) :]
    if from_xmp is None:
        return None
    if _APPLE in from_xmp:
        raise GainMapError("it is of Apple's own kind")
    return adobe_xmp.values_in(from_xmp)


def _header(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(marker, offset of the body, body) of each segment before the first scan."""
    for count, segment in enumerate(segments(data)):
        if segment.marker == _SOS or count >= _MAX_HEADER_SEGMENTS:
            return
        yield segment.marker, segment.body, data[segment.body : segment.end]
