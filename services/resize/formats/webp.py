"""WebP, still and animated. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.resize.deadline import Deadline
from services.resize.formats.exif import orientation_of
from services.resize.formats.pillow import (
    PillowSource,
    is_animated,
    opened_or_repaired,
    without_exif_bomb,
)
from services.resize.formats.source import Source
from services.resize.formats.webp_chunks import is_lossless, with_right_sizes
from services.resize.settings import Limits


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a WebP; see opening.opened."""
    with opened_or_repaired(data, "WEBP", "PIL.WebPImagePlugin", limits, deadline, repair=with_right_sizes) as image:
        animated = is_animated(image)
        yield PillowSource(
            image,
            "WebP",
            limits,
            deadline,
            # EXIF turns a still and not an animation: Chromium 156, libvips 8.18, ImageMagick 6.9.
            orientation=1 if animated else orientation_of(without_exif_bomb(image).info.get("exif")),
            animated=animated,
            plays=int(image.info.get("loop") or 0),
            lossless=is_lossless(data),
        )
