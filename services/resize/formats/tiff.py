"""TIFF, of several pages the first. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.deadline import Deadline
from services.resize.formats.pillow import PillowSource, opened_image, without_exif_bomb
from services.resize.formats.source import Source
from services.resize.settings import Limits

_BYTE_BITS: Final = 8
_BITS_TAG: Final = 0x0102


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a TIFF; see opening.opened."""
    with opened_image(data, "TIFF", "PIL.TiffImagePlugin", limits, deadline) as image:
        # Pillow's mode does not tell 12 from 16 bits, or 4 from 8.
        bits = image.tag_v2.get(_BITS_TAG, (_BYTE_BITS,))  # type: ignore[attr-defined]  # a TiffImageFile has it
        # Pillow turns a TIFF upright by itself, and gives its size so.
        yield PillowSource(without_exif_bomb(image), "TIFF", limits, deadline, bits=int(bits[0]), lossless=True)
