"""Bytes to an opened image, within limits: the reader of each format. No AWS."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from services.resize.formats import avif, bmp, gif, heic, jpeg, jpeg2000, png, raw, webp
from services.resize.formats.pillow import decoder_errors
from services.resize.formats.sniffing import probe
from services.resize.formats.source import OpenedImage
from services.resize.formats.tiff import reader as tiff
from services.resize.settings import INPUT_FORMATS, Limits
from shared.deadline import NEVER, Deadline

# The reader of each format of sniffing.READABLE, and of camera raw files. A reader imports its decoder when the first
# image needs it.
_READERS: Final[dict[str, Callable[[bytes, Limits, Deadline], AbstractContextManager[OpenedImage]]]] = {
    "JPEG": jpeg.open_source,
    "PNG": png.open_source,
    "GIF": gif.open_source,
    "WebP": webp.open_source,
    "AVIF": avif.open_source,
    "HEIC": heic.open_source,
    "TIFF": tiff.open_source,
    "BMP": bmp.open_source,
    "JPEG 2000": jpeg2000.open_source,
    "RAW": raw.open_source,
}


@contextmanager
def opened(
    data: bytes, limits: Limits, deadline: Deadline = NEVER, formats: Collection[str] = INPUT_FORMATS
) -> Iterator[OpenedImage]:
    """Open an image by its bytes, within limits.

    Args:
        data: the file.
        limits: the limits to stay within.
        deadline: a decoder that reads past it is stopped.
        formats: the accepted formats, as in `formats` of pipeline.yaml.

    Raises:
        UnsupportedImage: not a supported format, or one that is switched off.
        UnreadableImage: damaged or truncated.
        ImageTooLarge: a limit is exceeded.
        ImageTooSlow: the deadline is.
    """
    reader = _READERS[probe(data, limits, deadline, formats)]
    # An error that our readers do not foresee is permanent as well: the same bytes give the same error again.
    with decoder_errors(limits), reader(data, limits, deadline) as source:
        yield source
