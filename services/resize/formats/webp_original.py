"""The encoded pixels of a lossless WebP as a clean file: the chunk VP8L alone. No AWS."""

import struct
from typing import Final

from PIL import Image

from services.resize.formats.webp_chunks import picture_chunk
from shared.deadline import Deadline, WatchedBytes

_NAME: Final = b"VP8L"
# Encoders end at the byte where the pixels end, or one to three later: of 71 real files 11 one later and 1 two.
_MAX_SLACK_BYTES: Final = 3


def original(data: bytes, deadline: Deadline) -> bytes | None:
    """A WebP with the same encoded pixels and no metadata; None where they cannot be taken as they are.

    Nothing says where the pixels end within the chunk. So a chunk that decodes without its last four bytes hides
    something behind them, and is not taken.

    Args:
        data: the file, a still.
        deadline: checked while it is decoded.

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
