"""JPEG, of an MPO the first picture. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Final

from services.resize.deadline import Deadline
from services.resize.formats.exif import orientation_of
from services.resize.formats.pillow import PillowSource, opened_image, without_exif_bomb
from services.resize.formats.source import Source
from services.resize.scaling import Size, swapped
from services.resize.settings import Limits

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

# A JPEG is decoded at a fraction that is larger than what is needed by this much: closer, the decoder's own shrinking,
# which is a plain average, would be most of what is seen.
DECODED_AT_LEAST: Final = 1.3


class JpegSource(PillowSource):
    """A JPEG, which decodes at 1/2, 1/4 or 1/8 for less."""

    def reduce(self, size: Size) -> None:
        """Let it decode at a fraction that is still somewhat larger than this size; see Source."""
        image: JpegImageFile = self._image  # type: ignore[assignment]  # an MPO is one as well
        width, height = swapped(size, self.orientation)
        image.draft(None, (ceil(width * DECODED_AT_LEAST), ceil(height * DECODED_AT_LEAST)))


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a JPEG; see opening.opened."""
    with opened_image(data, "JPEG", "PIL.JpegImagePlugin", limits, deadline) as image:
        name = "MPO" if image.format == "MPO" else "JPEG"
        orientation = orientation_of(without_exif_bomb(image).info.get("exif"))
        yield JpegSource(image, name, limits, deadline, orientation=orientation)
