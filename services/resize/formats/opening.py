"""Bytes to an opened image, within limits: the reader of each format. No AWS."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.deadline import NEVER, Deadline
from services.resize.formats.sniffing import probe
from services.resize.formats.source import Source
from services.resize.settings import Limits

# The module of each format of sniffing.READABLE; its `open_source` is imported when the first image needs it.
_READERS: Final = {
    "JPEG": "services.resize.formats.jpeg",
    "PNG": "services.resize.formats.png",
    "GIF": "services.resize.formats.gif",
    "WebP": "services.resize.formats.webp",
    "AVIF": "services.resize.formats.avif",
    "HEIC": "services.resize.formats.heic",
    "TIFF": "services.resize.formats.tiff",
    "BMP": "services.resize.formats.bmp",
}


@contextmanager
def opened(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> Iterator[Source]:
    """Open an image by its bytes, within limits.

    Args:
        data: the file.
        limits: to keep.
        deadline: a decoder that reads past it is stopped.

    Raises:
        UnsupportedImage: not a format that we read.
        UnreadableImage: damaged or truncated.
        ImageTooLarge: a limit is exceeded.
        ImageTooSlow: the deadline is.
    """
    reader = importlib.import_module(_READERS[probe(data, limits)])
    with reader.open_source(data, limits, deadline) as source:
        yield source
