"""The encoded pixels of a lossless WebP as a clean file with only the VP8L chunk. No AWS."""

import struct
from typing import Final

from PIL import Image

from services.resize.formats.webp_chunks import picture_chunk
from shared.deadline import Deadline, WatchedBytes

_NAME: Final = b"VP8L"
# Encoders end the chunk at the last byte of the pixels, or up to three bytes later: of 71 real files, 11 one byte
# later and 1 two.
_MAX_SLACK_BYTES: Final = 3


def original(data: bytes, deadline: Deadline) -> bytes | None:
    """A WebP with the same encoded pixels and no metadata; None where they cannot be copied.

    The chunk does not state where its pixels end. A chunk that still decodes without its last four bytes has
    something hidden after the pixels, and is refused.

    Args:
        data: the file, which is a still.
        deadline: checked while the pixels are decoded.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    pixels = picture_chunk(data, _NAME)
    if pixels is None or _decodes(_file(pixels[: -_MAX_SLACK_BYTES - 1]), deadline):
        return None
    return _file(pixels)


def _decodes(data: bytes, deadline: Deadline) -> bool:
    try:
        with Image.open(WatchedBytes(data, deadline), formats=("WEBP",)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _file(pixels: bytes) -> bytes:
    chunk = struct.pack("<4sI", _NAME, len(pixels)) + pixels + bytes(len(pixels) % 2)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunk), b"WEBP") + chunk
