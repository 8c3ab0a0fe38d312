"""The table of tags of an ICC profile, and the colour codes in it. No Pillow, no AWS."""

from typing import Final

from services.resize.colour_codes import ColourEncoding, of_png

# The table of tags: number of tags, then signature, offset and size of each. ICC.1:2022, 7.3
_TAGS_AT: Final = 128
_TAG_BYTES: Final = 12
_MAX_TAGS: Final = 100

# Where a profile's header names its colour space. ICC.1:2022, 7.2.8
COLOUR_SPACE: Final = slice(16, 20)

# The signature, four zeros, ColourPrimaries, TransferCharacteristics, MatrixCoefficients, and 1 for full range.
# ICC.1:2022, cicpTag and cicpType
_CICP: Final = b"cicp"
_CICP_BYTES: Final = 12
_FULL_RGB: Final = b"\x00\x01"


def places(profile: bytes) -> dict[bytes, int]:
    """Where each tag's entry is in the table of tags.

    Args:
        profile: an ICC profile.
    """
    count = int.from_bytes(profile[_TAGS_AT : _TAGS_AT + 4], "big")
    begin = _TAGS_AT + 4
    entries = range(begin, begin + min(count, _MAX_TAGS) * _TAG_BYTES, _TAG_BYTES)
    return {profile[at : at + 4]: at for at in entries}


def encoding_of(profile: bytes) -> ColourEncoding | None:
    """The encoding by the colour codes of a profile, as in Chromium 156: they count more than its curves and tables.

    None where it has none, or codes that are not of RGB in full range, or that Chromium ignores.

    Args:
        profile: an ICC profile.
    """
    entry = places(profile).get(_CICP)
    if entry is None or profile[COLOUR_SPACE] != b"RGB ":
        return None
    at = int.from_bytes(profile[entry + 4 : entry + 8], "big")
    tag = profile[at : at + _CICP_BYTES]
    if len(tag) < _CICP_BYTES or not tag.startswith(_CICP) or tag[10:] != _FULL_RGB:
        return None
    return of_png(tag[8], tag[9])
