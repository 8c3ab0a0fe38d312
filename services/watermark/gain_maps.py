"""What resize left of an HDR picture: its pixels, and the gain map that goes behind its JPEG. No Pillow, no AWS."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from shared.messages import ResizedRendition

if TYPE_CHECKING:
    from services.watermark.encoding.files import Encoded

# XMP, index and announcements take some 900 bytes.
_METADATA_BYTES: Final = 1_024


def pixels_of(rendition: ResizedRendition) -> str:
    """The member with its pixels: in the source's own colours where its gain map needs these."""
    return (rendition.gain_map.base if rendition.gain_map is not None else None) or rendition.member


def members_of(rendition: ResizedRendition) -> Iterator[str]:
    """Every member that it takes."""
    yield pixels_of(rendition)
    if rendition.original is not None:
        yield rendition.original
    if rendition.gain_map is not None:
        yield from rendition.gain_map.names
    if rendition.hdr is not None:
        yield rendition.hdr.member


def reserved_bytes(rendition: ResizedRendition, members: Mapping[str, bytes]) -> int:
    """How many bytes its gain map adds to its file, at most.

    Args:
        rendition: the rendition.
        members: what resize left, by name.
    """
    kept = rendition.gain_map
    if kept is None:
        return 0
    return _METADATA_BYTES + sum(len(members[name]) for name in (kept.jpeg, kept.profile) if name is not None)


def added(encoded: "Encoded", rendition: ResizedRendition, members: Mapping[str, bytes]) -> bytes:
    """The file; of a JPEG that is HDR, with its gain map and the profile of its colours.

    Args:
        encoded: the picture.
        rendition: the rendition.
        members: what resize left, by name.
    """
    kept = rendition.gain_map
    if kept is None or encoded.form != "jpeg":
        return encoded.data
    # Imported only here: few pipelines keep HDR.
    from services.watermark.encoding.gain_map import with_gain_map  # noqa: PLC0415

    return with_gain_map(encoded.data, members[kept.jpeg], None if kept.profile is None else members[kept.profile])
