"""JPEG, and the first picture of an MPO. No AWS."""

import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from math import ceil
from typing import Final

from PIL import Image

from services.resize.formats.exif import orientation_of
from services.resize.formats.jpeg_segments import END_OF_IMAGE, frame_of, scans, with_end, without_metadata
from services.resize.formats.jpeg_segments import Frame as JpegFrame
from services.resize.formats.memory_cost import check_memory, jpeg_cost
from services.resize.formats.pillow import (
    WHOLE,
    PillowSource,
    opened_or_repaired,
    without_exif_bomb,
    without_grey_profile,
)
from services.resize.formats.source import Frame, OpenedImage
from services.resize.scaling import Size, swapped
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnreadableImage
from shared.messages import Copyright

# A JPEG is decoded at a fraction that is larger than needed by this factor: any closer, the decoder's own shrinking,
# which is a plain average, would dominate the result.
DECODED_AT_LEAST: Final = 1.3

_MAX_BAND_PX: Final = 256
# The tag of an MPO that lists its pictures: CIPA DC-007-2009, 5.2.3.
_MP_ENTRIES: Final = 0xB002


class JpegSource(PillowSource):
    """A JPEG, which can be decoded cheaply at 1/2, 1/4 or 1/8."""

    # The same file with other bytes after its scans, where it lacks its end; see jpeg_segments.with_end.
    twin: Image.Image | None = None
    # Its header, for the cost of decoding.
    header: JpegFrame | None = None
    # Those of the file that it is the preview of; previews of most cameras have none.
    outer_copyright: Copyright | None = None

    def copyright_fields(self) -> Copyright | None:
        """Artist and copyright by its own metadata, or by that of the file that it is in."""
        return super().copyright_fields() or self.outer_copyright

    def reduce(self, size: Size) -> None:
        """Let it decode at a fraction that is still somewhat larger than this size; see OpenedImage."""
        width, height = swapped(size, self.orientation)
        for image in (self._image, self.twin):
            if image is not None:
                image.draft(None, (ceil(width * DECODED_AT_LEAST), ceil(height * DECODED_AT_LEAST)))

    def frames(self) -> Iterator[Frame]:
        """The picture; see OpenedImage."""
        if self.header is not None:
            _check_memory(self.header, self._image.size, self._limits)
            if not self.header.buffered:
                # One pass over a number of pixels that is within limits: nothing that a deadline has to end.
                self._image.decodermaxblock = WHOLE  # type: ignore[attr-defined]  # of an ImageFile
        if self.twin is not None:
            checksum = _checksum(self.twin)
            # One after the other: two decoded pictures at once would cost twice the memory.
            self.twin.close()
            if checksum != _checksum(self._image):
                raise UnreadableImage("the JPEG is truncated: its last pixels are missing")
        yield from super().frames()


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a JPEG; see opener.opened."""
    twin = None
    # Most files end with EOI. One that is cut off within its EXIF may end with that of a preview: it has no scan.
    if not data.endswith(END_OF_IMAGE):
        found = scans(data)
        if not found.terminated:
            if not found.complete:
                raise UnreadableImage("the JPEG is truncated: its last scans are missing")
            data, twin = with_end(data, found.end)
    with ExitStack() as stack:
        image = stack.enter_context(_opened(data, limits, deadline))
        if image.mode == "RGB":
            without_grey_profile(image)
        name = "MPO" if image.format == "MPO" else "JPEG"
        orientation = orientation_of(without_exif_bomb(image).info.get("exif"))
        header = frame_of(data)
        if header is not None:
            if not header.is_backed_by(len(data)):
                raise UnreadableImage(
                    f"the JPEG is truncated: {len(data):,} bytes cannot hold {header.size[0]} x {header.size[1]} px"
                )
            # At an eighth, the cheapest: the fraction that it will be decoded at is not known yet.
            _check_memory(header, (header.size[0] // 8, header.size[1] // 8), limits)
        source = JpegSource(image, name, limits, deadline, orientation=orientation, warnings=_first_of(image))
        source.header = header
        source.reopened = partial(open_source, data, limits, deadline)
        if twin is not None:
            source.twin = stack.enter_context(_opened(twin, limits, deadline))
        yield source


def _first_of(image: Image.Image) -> tuple[str, ...]:
    """The warning for an MPO of which only the first picture is used; previews do not count as pictures."""
    entries = getattr(image, "mpinfo", {}).get(_MP_ENTRIES) or ()
    count = sum(not entry["Attribute"]["MPType"].startswith("Large Thumbnail") for entry in entries)
    return (f"first of {count} pictures",) if count > 1 else ()


def _check_memory(header: JpegFrame, decoded: Size, limits: Limits) -> None:
    needed = jpeg_cost(header.size, decoded, samples=header.samples, channels=header.channels, buffered=header.buffered)
    check_memory(needed, limits)


def _opened(data: bytes, limits: Limits, deadline: Deadline) -> AbstractContextManager[Image.Image]:
    return opened_or_repaired(data, "JPEG", "PIL.JpegImagePlugin", limits, deadline, repair=without_metadata)


def _checksum(image: Image.Image) -> int:
    """A checksum of all its pixels, a band at a time, so that they are not in memory twice."""
    image.load()
    checksum = 0
    for top in range(0, image.height, _MAX_BAND_PX):
        band = image.crop((0, top, image.width, min(top + _MAX_BAND_PX, image.height)))
        checksum = zlib.crc32(band.tobytes(), checksum)
    return checksum
