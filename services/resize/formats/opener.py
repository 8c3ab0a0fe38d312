"""Opens the bytes of an image, within limits, with the reader of its format. No AWS."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Final

from services.resize.formats.pillow import decoder_errors
from services.resize.formats.sniffing import probe
from services.resize.formats.source import OpenedImage
from services.resize.settings import INPUT_FORMATS, Limits
from shared.deadline import NEVER, Deadline
from shared.errors import UnreadableImage

# The module that reads each format of sniffing.READABLE, camera raw files and JPEG XL. It is imported with its decoder
# when the first image needs it: ten together are an eighth of resize's cold start.
READERS: Final = {
    "JPEG": "services.resize.formats.jpeg",
    "PNG": "services.resize.formats.png",
    "GIF": "services.resize.formats.gif",
    "WebP": "services.resize.formats.webp",
    "AVIF": "services.resize.formats.avif",
    "HEIC": "services.resize.formats.heic",
    "TIFF": "services.resize.formats.tiff.reader",
    "BMP": "services.resize.formats.bmp",
    "JPEG 2000": "services.resize.formats.jpeg2000",
    "RAW": "services.resize.formats.raw",
    "JPEG XL": "services.resize.formats.jxl",
}


@contextmanager
def opened(
    data: bytes, limits: Limits, deadline: Deadline = NEVER, formats: Collection[str] = INPUT_FORMATS
) -> Iterator[OpenedImage]:
    """Open an image by its bytes, within limits.

    Args:
        data: the file.
        limits: the limits to stay within.
        deadline: checked at every read; stops the decoder.
        formats: the accepted formats, as in `formats` of pipeline.yaml.

    Raises:
        UnsupportedImage: not a supported format, or one that is switched off.
        UnreadableImage: damaged or truncated.
        ImageTooLarge: a limit is exceeded.
        ImageTooSlow: the deadline is exceeded.
    """
    open_source = _reader(probe(data, limits, deadline, formats))
    try:
        # An error that the readers do not foresee is permanent as well: the same bytes give the same error again.
        with decoder_errors(limits), open_source(data, limits, deadline) as source:
            yield source
    except UnreadableImage:
        # OpenJPEG 2.5 reports a read that the deadline stopped as damage.
        deadline.check()
        raise


def _reader(name: str) -> Callable[[bytes, Limits, Deadline], AbstractContextManager[OpenedImage]]:
    """The function that opens images of a format."""
    reader: Callable[[bytes, Limits, Deadline], AbstractContextManager[OpenedImage]]
    reader = import_module(READERS[name]).open_source
    return reader
