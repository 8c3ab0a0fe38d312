"""Strips decoded by Pillow's libtiff, in a small TIFF made of them that says what the decompressor needs. No AWS."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image


def image_of(
    parts: list[bytes], sizes: list[int], tags: dict[int, tuple[int, tuple[int, ...]]], order: str
) -> Image.Image:
    """These parts as strips below each other, decoded.

    Args:
        parts: packed.
        sizes: rows of each; all but the last are alike.
        tags: of the directory, (type, values), without those of its rows.
        order: of the bytes of samples, "<" or ">".
    """
    places, at = [], 8
    for part in parts:
        places.append(at)
        at += len(part)
    height = sum(sizes)
    tags = tags | {257: (4, (height,)), 273: (4, tuple(places)), 279: (4, tuple(map(len, parts)))}
    later = at + at % 2
    after = later + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        raw = struct.pack(f"{order}{len(numbers)}{ {3: 'H', 4: 'I', 7: 'B'}[kind] }", *numbers)
        if len(raw) > 4:
            values += b"\0" * (len(values) % 2)
            raw, values = struct.pack(order + "I", after + len(values)), values + raw
        entries += struct.pack(order + "HHI", tag, kind, len(numbers)) + raw.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, later)
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4) + values
    whole = b"".join((head, *parts, b"\0" * (at % 2), directory))
    with _limit_of(tags[256][1][0] * height), Image.open(io.BytesIO(whole), formats=("TIFF",)) as image:
        image.load()
        return image


@contextmanager
def _limit_of(pixels: int) -> Iterator[None]:
    """Let Pillow make an image of bytes, of which a picture that is within the limits has several a pixel."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max(limit or 0, pixels)
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
