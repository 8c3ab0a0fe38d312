"""Strips decoded by Pillow's libtiff, in a small TIFF that is built for the decompressor. No AWS."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image


def image_of(
    parts: list[bytes], sizes: list[int], tags: dict[int, tuple[int, tuple[int, ...]]], order: str
) -> Image.Image:
    """Decode these parts as consecutive strips.

    Args:
        parts: the compressed strips.
        sizes: rows of each; all but the last are equal.
        tags: tags of the directory as (type, values), without those of its rows.
        order: byte order of samples, "<" or ">".
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
    """Let Pillow decode an image of bytes, which has several bytes for each pixel of a picture within the limits."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max(limit or 0, pixels)
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
