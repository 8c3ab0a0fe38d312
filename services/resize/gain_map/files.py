"""Writes the gain map of a rendition: a JPEG with the values that say how it is applied. No AWS."""

import io
import struct
from typing import Final

from PIL import Image, JpegImagePlugin

from services.resize.gain_map import adobe_xmp, iso_21496
from services.resize.gain_map.values import GainMapValues

_FORM: Final = JpegImagePlugin.JpegImageFile.format
# Measured on 13 pictures of three makers at 1024 px: a grey one of 90 has 0.05 to 0.12 of the picture's bytes. One of
# colours has 0.40 in the median (0.73 at most) at 75, and adds half of the error that a picture of quality 82 has
# itself; at 90 it has 0.74. At half the resolution it has 0.11, but bright edges get halos.
_QUALITY: Final = {"L": 90, "RGB": 75}

_APP1: Final = 0xE1
_APP2: Final = 0xE2
_START: Final = 2
_PROFILE: Final = b"ICC_PROFILE\0\1\1"
# Of the body of a segment, beside what precedes a profile in it.
MAX_PROFILE_BYTES: Final = 65_533 - len(_PROFILE)


def file_of(image: Image.Image, values: GainMapValues, profile: bytes | None) -> bytes:
    """The file of a gain map, with its values in both forms: Android 14 reads XMP alone, and others ISO 21496-1.

    Args:
        image: the gain map, of mode L or RGB.
        values: how it is applied.
        profile: ICC profile of the primaries that it applies to; None where these are the base's.
    """
    written = io.BytesIO()
    image.save(written, _FORM, quality=_QUALITY[image.mode], optimize=True)
    data = written.getvalue()
    metadata = b""
    if values.in_base_space:  # XMP has no word for other primaries
        metadata += _segment(_APP1, adobe_xmp.PREFIX + adobe_xmp.packet_of(values))
    if profile is not None:
        metadata += _segment(_APP2, _PROFILE + profile)
    metadata += _segment(_APP2, iso_21496.PREFIX + iso_21496.block_of(values))
    jfif = _START + 2 + int.from_bytes(data[_START + 2 : _START + 4], "big")
    return data[:jfif] + metadata + data[jfif:]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
