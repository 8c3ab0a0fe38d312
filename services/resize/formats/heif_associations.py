"""Makes an AVIF with several boxes of property associations readable to libavif. No Pillow, no AWS."""

from collections.abc import Iterator
from typing import Final

from services.resize.formats.heif_exif import boxes

_FULL_BOX_BYTES: Final = 4
# The lowest flag sets the length of a property's index; the others have no meaning.
_MAX_BOXES: Final = 127


def with_distinct_associations(data: bytes) -> bytes:
    """The file with different flags in each of its `ipma` boxes; unchanged where it has at most one.

    One box of each version and flags is allowed (ISO/IEC 23008-12, 9.3.1); libavif 1.4 opens no file with two alike.
    Encoders of 2020 wrote one for the picture and one for its alpha; Chromium 156 and libheif 1.23 read them.
    """
    bodies = list(_associations(data))
    if len(bodies) < 2 or len(bodies) > _MAX_BOXES:  # noqa: PLR2004 - two of them
        return data
    changed = bytearray(data)
    for index, body in enumerate(bodies):
        changed[body + 3] = data[body + 3] & 1 | index << 1
    return bytes(changed)


def _associations(data: bytes) -> Iterator[int]:
    """Yield the offset of the body of each `ipma`."""
    for meta, (start, end) in boxes(data, 0, len(data)):
        if meta != b"meta":
            continue
        for properties, (first, last) in boxes(data, start + _FULL_BOX_BYTES, end):
            if properties != b"iprp":
                continue
            for name, (body, stop) in boxes(data, first, last):
                if name == b"ipma" and stop - body >= _FULL_BOX_BYTES:
                    yield body
