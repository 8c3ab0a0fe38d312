"""AVIF. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.resize.deadline import Deadline
from services.resize.formats.heif_exif import with_readable_exif
from services.resize.formats.pillow import PillowSource, exif_orientation, opened_or_repaired, without_exif_bomb
from services.resize.formats.source import Source
from services.resize.formats.structure_limits import check_avif
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open an AVIF; see opening.opened."""

    def repaired(damaged: bytes) -> Iterator[bytes]:
        # An EXIF item may lie where the boxes do, so what is written over it is walked again before a decoder sees it.
        for candidate in with_readable_exif(damaged):
            check_avif(candidate, limits, deadline)
            yield candidate

    with opened_or_repaired(data, "AVIF", "PIL.AvifImagePlugin", limits, deadline, repair=repaired) as image:
        yield PillowSource(image, "AVIF", limits, deadline, orientation=exif_orientation(without_exif_bomb(image)))
