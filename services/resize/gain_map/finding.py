"""Finds the gain map in a JPEG: its second picture, and the values that say how it is applied. No Pillow, no AWS."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.resize.formats.jpeg_segments import FRAMES, scans, segments
from services.resize.gain_map import adobe_xmp, apple, iso_21496, multi_picture
from services.resize.gain_map.values import CHANNELS, GainMapError, GainMapValues
from shared.light_dataclass import dataclass

_APP1: Final = 0xE1
_APP2: Final = 0xE2
_SOS: Final = 0xDA
_START: Final = b"\xff\xd8\xff"
_EXIF: Final = b"Exif\0\0"
_MAX_HEADER_SEGMENTS: Final = 200
# ITU-T T.81, B.2.2
_CHANNELS_AT: Final = 5


@dataclass(frozen=True, kw_only=True)
class FoundGainMap:
    """A gain map that has not been decoded.

    Args:
        file: the gain map's file: a JPEG, or a PNG.
        values: how it is applied.
        has_colours: whether its channels may differ, so that it depends on the primaries it applies to.
        levels: what each sample becomes, 0 to 255, so that the values apply to it; None where it stays.
    """

    file: bytes
    values: GainMapValues
    has_colours: bool
    levels: Sequence[int] | None = None


def gain_map_of(data: bytes) -> FoundGainMap | None:
    """The gain map in a JPEG; None where it has none.

    It is the first further picture that has values: of ISO 21496-1, of Adobe's XMP or of Apple's. ISO's count before
    others, as in libultrahdr.

    Args:
        data: the file.

    Raises:
        GainMapError: there is one that cannot be used.
    """
    unused: GainMapError | None = None
    for begin, end in _further_pictures(data):
        try:
            found = _found(data[begin : min(end, len(data))], data)
        except GainMapError as error:
            unused = unused or error
            continue
        if found is not None:
            return found
    if unused is not None:
        raise unused
    return None


def _found(jpeg: bytes, data: bytes) -> FoundGainMap | None:
    """The gain map in a further picture of a file; None where it is not one.

    Raises:
        GainMapError: it is one that cannot be used.
    """
    levels = None
    block, packet = _metadata(jpeg)
    if block is not None:
        values: GainMapValues | None = iso_21496.values_in(block)
    elif apple.KIND in packet:
        values = apple.values_in(packet, _exif(data))
        levels = apple.levels(values)
    else:
        values = adobe_xmp.values_in(packet)
    if values is None:
        return None
    # Only its header: nobody has counted its segments yet.
    channels = next(
        (body[_CHANNELS_AT] for marker, _, body in _header(jpeg) if marker in FRAMES and len(body) > _CHANNELS_AT), 0
    )
    if channels not in {1, CHANNELS}:
        raise GainMapError("it is neither grey nor RGB")
    has_colours = channels > 1 or not values.same_in_all_channels
    return FoundGainMap(file=jpeg, values=values, has_colours=has_colours, levels=levels)


def _further_pictures(data: bytes) -> Iterator[tuple[int, int]]:
    """Where further pictures may be: by the index, then after the first one's end, as editors leave wrong offsets."""
    for marker, begin, body in _header(data):
        if marker == _APP2 and body.startswith(multi_picture.PREFIX):
            at = len(multi_picture.PREFIX)
            for place in multi_picture.pictures(body[at:], begin + at):
                if data.startswith(_START, place[0]):
                    yield place
    after = scans(data).end + 2
    if data.startswith(_START, after):
        yield after, len(data)


def _metadata(jpeg: bytes) -> tuple[bytes | None, bytes]:
    """The values of ISO 21496-1 and the XMP in a picture; None, and empty, where there are none."""
    packet = b""
    for marker, _, body in _header(jpeg):
        if marker == _APP2 and body.startswith(iso_21496.PREFIX):
            block = body[len(iso_21496.PREFIX) :]
            if len(block) > iso_21496.VERSIONS.size:
                return block, packet
        if marker == _APP1 and body.startswith(adobe_xmp.PREFIX) and not packet:
            packet = body[len(adobe_xmp.PREFIX) :]
    return None, packet


def _exif(data: bytes) -> bytes:
    """The EXIF of a file, from its TIFF header on; empty where there is none."""
    bodies = (body for marker, _, body in _header(data) if marker == _APP1)
    return next((body[len(_EXIF) :] for body in bodies if body.startswith(_EXIF)), b"")


def _header(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(marker, offset of the body, body) of each segment before the first scan."""
    for count, segment in enumerate(segments(data)):
        if segment.marker == _SOS or count >= _MAX_HEADER_SEGMENTS:
            return
        yield segment.marker, segment.body, data[segment.body : segment.end]
