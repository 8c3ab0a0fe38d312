"""BMP. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.resize.deadline import Deadline
from services.resize.formats.pillow import PillowSource, opened_image
from services.resize.formats.source import Source
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a BMP; see opening.opened."""
    with opened_image(data, "BMP", "PIL.BmpImagePlugin", limits, deadline) as image:
        yield PillowSource(image, "BMP", limits, deadline, lossless=True)
