"""HEIC. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.resize.deadline import Deadline
from services.resize.formats import heif_boxes
from services.resize.formats.pillow import PillowSource, exif_orientation, opened_image, without_exif_bomb
from services.resize.formats.source import Source
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a HEIC; see opening.opened."""
    with opened_image(data, "HEIF", "pi_heif", limits, deadline) as image:
        orientation = exif_orientation(without_exif_bomb(image))
        said = _first_of(data, limits, deadline)
        yield PillowSource(image, "HEIC", limits, deadline, orientation=orientation, warnings=said)


def _first_of(data: bytes, limits: Limits, deadline: Deadline) -> tuple[str, ...]:
    """What is said of a burst, or of a file whose track is an animation: one picture of it is taken."""
    facts = heif_boxes.read(data, "HEIC", limits, deadline)
    if facts.sequence is not None and facts.sequence.samples > 1:
        return (f"the still picture of a sequence of {facts.sequence.samples:,} frames",)
    return (f"first of {facts.images:,} pictures",) if facts.images > 1 else ()
