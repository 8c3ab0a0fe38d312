"""WebP, still and animated. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from services.resize.formats.exif import orientation_of
from services.resize.formats.pillow import (
    PillowSource,
    is_animated,
    opened_or_repaired,
    without_exif_bomb,
    without_grey_profile,
)
from services.resize.formats.source import OpenedImage
from services.resize.formats.webp_chunks import is_lossless, with_clear_canvas, with_right_sizes
from services.resize.formats.webp_original import original
from services.resize.settings import Limits
from shared.deadline import Deadline


class WebpSource(PillowSource):
    """A WebP that Pillow has opened.

    Args:
        data: the file.
        image: the image as Pillow opened it.
        limits: the limits that its frames must stay within.
        deadline: checked at every frame.
    """

    def __init__(self, data: bytes, image: Image.Image, limits: Limits, deadline: Deadline) -> None:
        animated = is_animated(image)
        super().__init__(
            image,
            "WebP",
            limits,
            deadline,
            # EXIF rotates a still but not an animation: Chromium 156, libvips 8.18, ImageMagick 6.9.
            orientation=1 if animated else orientation_of(without_exif_bomb(image).info.get("exif")),
            animated=animated,
            plays=int(image.info.get("loop") or 0),
            lossless=is_lossless(data),
        )
        self._data = data

    def originals(self, rendition: Image.Image) -> Iterator[bytes]:  # noqa: ARG002 - its colours are in its pixels
        """The encoded pixels of a lossless still; see OpenedImage."""
        found = original(self._data, self._deadline)
        if found is not None:
            yield found


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a WebP; see opener.opened."""
    data = with_clear_canvas(data)
    with opened_or_repaired(data, "WEBP", "PIL.WebPImagePlugin", limits, deadline, repair=with_right_sizes) as image:
        yield WebpSource(data, without_grey_profile(image), limits, deadline)
