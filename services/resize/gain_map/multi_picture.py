"""Where the further pictures of a multi-picture JPEG are: the MP index, by CIPA DC-007. No Pillow, no AWS."""

import struct
from collections.abc import Iterator
from typing import Final

# What the APP2 segment begins with. https://www.cipa.jp/std/documents/e/DC-007_E.pdf, 5.2
PREFIX: Final = b"MPF\0"

_ENTRIES: Final = 0xB002
_ENTRY_BYTES: Final = 16
_MAX_TAGS: Final = 64
_MAX_PICTURES: Final = 16
_TAG_BYTES: Final = 12


def pictures(body: bytes, begin: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of each picture after the first in the file; what is damaged is left out.

    Args:
        body: the segment's body after PREFIX: a TIFF header and its directory.
        begin: offset of this in the file, from which the index counts.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(body[:4])
    if order is None:
        return
    try:
        (directory,) = struct.unpack_from(order + "I", body, 4)
        (tags,) = struct.unpack_from(order + "H", body, directory)
        for number in range(min(tags, _MAX_TAGS)):
            at = directory + 2 + number * _TAG_BYTES
            tag, _, size, offset = struct.unpack_from(order + "HHII", body, at)
            if tag == _ENTRIES:
                for entry in range(1, min(size // _ENTRY_BYTES, _MAX_PICTURES)):
                    _, length, place = struct.unpack_from(order + "III", body, offset + entry * _ENTRY_BYTES)
                    if place > 0:
                        yield begin + place, begin + place + length
    except struct.error:
        return
