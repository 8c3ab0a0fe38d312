"""Puts a gain map behind a JPEG: an HDR picture that every other viewer shows as before. No Pillow, no AWS."""

import struct
from typing import Final

_SOI: Final = 2
_APP0: Final = 0xE0
_APP1: Final = 0xE1
_APP2: Final = 0xE2
_LAST_APP: Final = 0xEF
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_HDRGM: Final = b"http://ns.adobe.com/hdr-gain-map/1.0/"
_PROFILE: Final = b"ICC_PROFILE\0\1\1"
# The base states the versions alone: least version of a reader, and the writer's.
_ISO_21496: Final = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"

# The multi-picture index of CIPA DC-007, 5.2: big-endian, three tags (version, number of pictures, entries).
_INDEX: Final = b"MPF\0"
_HEADER: Final = struct.pack(">2sHIH", b"MM", 42, 8, 3)
_VERSION: Final = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
_COUNT: Final = struct.pack(">HHII", 0xB001, 4, 1, 2)
_TAG_BYTES: Final = 12
_ENTRY: Final = struct.Struct(">IIIHH")
_ENTRIES_AT: Final = len(_HEADER) + 3 * _TAG_BYTES + 4
_ENTRIES: Final = struct.pack(">HHII", 0xB002, 7, 2 * _ENTRY.size, _ENTRIES_AT)
_NO_MORE_TAGS: Final = bytes(4)
_PRIMARY: Final = 0x030000
_UNDEFINED: Final = 0
_SEGMENT_BYTES: Final = 4
_INDEX_BYTES: Final = _SEGMENT_BYTES + len(_INDEX) + _ENTRIES_AT + 2 * _ENTRY.size

# https://developer.android.com/media/platform/hdr-image-format, "GContainer"
_CONTAINER: Final = (
    '<rdf:Description rdf:about="" xmlns:Container="http://ns.google.com/photos/1.0/container/"'
    ' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
    ' xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"><Container:Directory><rdf:Seq>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg"'
    ' Item:Length="{length}"/></rdf:li>'
    "</rdf:Seq></Container:Directory></rdf:Description>"
)
_END_OF_XMP: Final = b"</rdf:RDF>"
_EMPTY_XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b"</rdf:RDF></x:xmpmeta>"
)


def with_gain_map(base: bytes, gain_map: bytes, profile: bytes | None = None) -> bytes:
    """A JPEG with a gain map behind it, which its XMP, its multi-picture index and ISO 21496-1 announce.

    Args:
        base: a JPEG as watermark encodes it, with or without EXIF and XMP, and without a profile.
        gain_map: a JPEG with its own values; without XMP where XMP cannot state them.
        profile: the ICC profile of the base, which fits into one segment; None for sRGB.
    """
    base, at, packet = _without_xmp(base)
    if _HDRGM in gain_map:
        container = _CONTAINER.format(length=len(gain_map)).encode()
        packet = (packet or _EMPTY_XMP).replace(_END_OF_XMP, container + _END_OF_XMP, 1)
    segments = _segment(_APP1, _XMP + packet) if packet else b""
    if profile is not None:
        segments += _segment(_APP2, _PROFILE + profile)
    segments += _segment(_APP2, _ISO_21496)
    before = at + len(segments)
    length = len(base) + len(segments) + _INDEX_BYTES
    # Offsets count from the byte order of the index; that of the first picture is 0.
    offset = length - (before + _SEGMENT_BYTES + len(_INDEX))
    index = _HEADER + _VERSION + _COUNT + _ENTRIES + _NO_MORE_TAGS
    index += _ENTRY.pack(_PRIMARY, length, 0, 0, 0) + _ENTRY.pack(_UNDEFINED, len(gain_map), offset, 0, 0)
    return base[:at] + segments + _segment(_APP2, _INDEX + index) + base[at:] + gain_map


def _without_xmp(base: bytes) -> tuple[bytes, int, bytes]:
    """The file without its XMP, the offset after JFIF and EXIF, which come first, and the XMP; empty for none."""
    at = front = _SOI
    while _APP0 <= base[at + 1] <= _LAST_APP:
        body = at + _SEGMENT_BYTES
        end = at + 2 + int.from_bytes(base[at + 2 : body], "big")
        if base.startswith(_XMP, body):
            return base[:at] + base[end:], front, base[body + len(_XMP) : end]
        if at == front and base[at + 1] in {_APP0, _APP1}:
            front = end
        at = end
    return base, front, b""


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
