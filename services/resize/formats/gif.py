"""GIF, still and animated. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from services.resize.deadline import Deadline
from services.resize.formats.pillow import PillowSource, is_animated, opened_image
from services.resize.formats.source import Source
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a GIF; see opening.opened."""
    with opened_image(data, "GIF", "PIL.GifImagePlugin", limits, deadline) as image:
        yield PillowSource(
            image, "GIF", limits, deadline, animated=is_animated(image), plays=_plays(image), lossless=True
        )


def _plays(image: Image.Image) -> int:
    """A GIF without the extension is shown once; with it, so many times more."""
    loop = image.info.get("loop")
    return 1 if loop is None else (int(loop) + 1 if loop else 0)
