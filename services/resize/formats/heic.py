"""HEIC. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.formats.heif_brands import with_major_brand
from services.resize.formats.heif_facts import HeifFacts
from services.resize.formats.heif_picture import encoding_of
from services.resize.formats.heif_reader import read
from services.resize.formats.pillow import PillowSource, opened_image, without_exif_bomb
from services.resize.formats.source import OpenedImage
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnreadableImage

# The decoder scales 10 and 12 bits of grey to 16, and colours to 8.
_WORD_BITS: Final = 16
_BYTE_BITS: Final = 8


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a HEIC; its decoder crops and rotates it by clap, irot and imir. See opener.opened."""
    facts = read(data, "HEIC", limits, deadline)
    if facts.primary is not None and facts.primary.size is None:
        raise UnreadableImage("the HEIC is damaged: its picture has no size (ispe)")
    with opened_image(with_major_brand(data, "HEIC"), "HEIF", "pi_heif", limits, deadline) as image:
        yield PillowSource(
            without_exif_bomb(image),
            "HEIC",
            limits,
            deadline,
            encoding=encoding_of(facts, data, has_profile="icc_profile" in image.info),
            bits=_WORD_BITS if image.mode.startswith("I;16") else _BYTE_BITS,
            warnings=_first_of(facts),
        )


def _first_of(facts: HeifFacts) -> tuple[str, ...]:
    """The warning for a burst, or for a file whose track is an animation: only one picture of it is used."""
    if facts.sequence is not None and facts.sequence.samples > 1:
        return (f"the still picture of a sequence of {facts.sequence.samples:,} frames",)
    return (f"first of {facts.images:,} pictures",) if facts.images > 1 else ()
