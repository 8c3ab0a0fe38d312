"""AVIF. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.resize.deadline import Deadline
from services.resize.formats import avif_sequence, heif_boxes
from services.resize.formats.heif_exif import with_readable_exif
from services.resize.formats.pillow import exif_orientation, is_animated, opened_or_repaired, without_exif_bomb
from services.resize.formats.source import Source
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open an AVIF; see opening.opened."""
    with opened_or_repaired(data, "AVIF", "PIL.AvifImagePlugin", limits, deadline, repair=with_readable_exif) as image:
        track = heif_boxes.read(data, "AVIF", limits, deadline).sequence if is_animated(image) else None
        source = avif_sequence.AvifSource(
            image,
            "AVIF",
            limits,
            deadline,
            orientation=exif_orientation(without_exif_bomb(image)),
            animated=track is not None,
            plays=0 if track is None else avif_sequence.plays(track),
        )
        source.sequence = track
        yield source
