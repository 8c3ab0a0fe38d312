"""The EXIF item of an AVIF or HEIC, made harmless where a decoder cannot read it. No Pillow, no AWS."""

import struct
from collections.abc import Iterator
from typing import Final

_TIFF_HEADERS: Final = (b"II*\0", b"MM\0*")
# Readers ignore items of an unknown type: ISO/IEC 23008-12, 10.2.1.
_UNKNOWN_TYPE: Final = b"skip"
# Real files have few items and boxes.
_MAX_BOXES: Final = 4096

Span = tuple[int, int]


def with_readable_exif(data: bytes) -> Iterator[bytes]:
    """Yield the file with an EXIF item that begins with its TIFF header, then without one; nothing without an item.

    The header may be anywhere in the item: exif_tiff_header_offset, ISO/IEC 23008-12, A.2.1. Pillow 13 does not open a
    file whose header is elsewhere than at the beginning, nor one whose header is damaged.
    """
    meta = next((span for name, span in boxes(data, 0, len(data)) if name == b"meta"), None)
    if meta is None:
        return
    inner = dict(boxes(data, meta[0] + 4, meta[1]))
    moved, without = bytearray(data), bytearray(data)
    for number, type_at in _exif_items(data, inner.get(b"iinf")):
        without[type_at : type_at + 4] = _UNKNOWN_TYPE
        place = _place(data, inner.get(b"iloc"), number)
        if place is None:
            continue
        item = data[place[0] + 4 : place[1]]
        headers = [at for at in map(item.find, _TIFF_HEADERS) if at >= 0]
        if headers:
            moved[place[0] : place[1]] = (bytes(4) + item[min(headers) :]).ljust(place[1] - place[0], b"\0")
    if moved != data:
        yield bytes(moved)
    if without != data:
        yield bytes(without)


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, Span]]:
    """Yield name and body of each box between two offsets: ISO/IEC 14496-12, 4.2."""
    at = start
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        length, name = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if length == 1 and at + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, body)
            body += 8
        stop = end if length == 0 else at + length
        if stop < body or stop > end:
            return
        yield name, (body, stop)
        at = stop


def _exif_items(data: bytes, items: Span | None) -> Iterator[tuple[int, int]]:
    """Yield the number of each EXIF item, and the offset of its type: ISO/IEC 14496-12, 8.11.6."""
    if items is None:
        return
    start = items[0] + (6 if data[items[0] : items[0] + 1] == b"\0" else 8)
    for name, (body, end) in boxes(data, start, items[1]):
        wide = data[body : body + 1] == b"\3"
        number_bytes = 4 if wide else 2
        type_at = body + 4 + number_bytes + 2
        if name == b"infe" and type_at + 4 <= end and data[type_at : type_at + 4] == b"Exif":
            yield int.from_bytes(data[body + 4 : body + 4 + number_bytes], "big"), type_at


def _place(data: bytes, places: Span | None, number: int) -> Span | None:
    """Span in the file of an item with a single extent; None for any other: ISO/IEC 14496-12, 8.11.3."""
    if places is None:
        return None
    reader = _Numbers(data[places[0] : places[1]])
    version = reader.take(1)
    reader.take(3)
    sizes = reader.take(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    number_bytes = 2 if version < 2 else 4  # noqa: PLR2004 - version 2 has wide numbers
    for _ in range(min(reader.take(number_bytes), _MAX_BOXES)):
        item = reader.take(number_bytes)
        method = reader.take(2) & 15 if version else 0
        reader.take(2)
        base = reader.take(base_bytes)
        extents = reader.take(2)
        for _ in range(min(extents, _MAX_BOXES)):
            if version:
                reader.take(index_bytes)
            start = base + reader.take(offset_bytes)
            length = reader.take(length_bytes)
            if item == number:
                fits = method == 0 and extents == 1 and length > 4 and start + length <= len(data)  # noqa: PLR2004
                return (start, start + length) if fits else None
    return None


class _Numbers:
    """Big-endian numbers, read one after the other; zeros beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at], "big")
