"""Old-style JPEG in TIFF (compression 6), of which each program had its own idea. No AWS."""

import importlib
import io
import struct
from typing import Final

from PIL import Image

from services.resize.deadline import Deadline, WatchedBytes
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout

_JPEG_AT: Final = 513
_START: Final = b"\xff\xd8"


def picture(layout: Layout, directory: Directory, deadline: Deadline) -> Image.Image:
    """The picture as it is stored.

    Most files hold a whole JPEG, at JPEGInterchangeFormat or as their only strip; of the others libtiff knows more than
    anybody.

    Args:
        layout: of its samples.
        directory: with its tags.
        deadline: every read past it stops the decoder.
    """
    data = directory.data
    places = [directory.integer(_JPEG_AT, 0)]
    if len(layout.offsets) == 1:
        places.append(layout.offsets[0])
    for at in places:
        if at and data[at : at + 2] == _START:
            image = _whole_jpeg(data[at:], (layout.width, layout.height), deadline)
            if image is not None:
                return image
    return _by_libtiff(directory, deadline)


def _whole_jpeg(data: bytes, size: tuple[int, int], deadline: Deadline) -> Image.Image | None:
    importlib.import_module("PIL.JpegImagePlugin")
    try:
        with Image.open(WatchedBytes(data, deadline), formats=("JPEG",)) as image:
            if image.size != size:
                return None
            image.load()
            return image.copy()
    except (OSError, SyntaxError, ValueError):
        return None


def _by_libtiff(directory: Directory, deadline: Deadline) -> Image.Image:
    """The file with its header pointing to this directory: its tags hold places all over the file."""
    deadline.check()
    order = directory.order
    data = directory.data
    if data[2:4] != struct.pack(order + "H", 42):
        whole = data
    else:
        whole = data[:4] + struct.pack(order + "I", directory.at) + data[8:]
    with Image.open(io.BytesIO(whole), formats=("TIFF",)) as image:
        image.load()
        return image.copy()
