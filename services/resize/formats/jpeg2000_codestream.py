"""The headers of a JPEG 2000 codestream, which decide how it can be decoded. No Pillow, no AWS."""

import struct
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.errors import UnreadableImage, UnsupportedImage

# Markers: ISO/IEC 15444-1, table A.2.
_COD: Final = 0xFF52
_COC: Final = 0xFF53
_SOT: Final = 0xFF90
_SOD: Final = 0xFF93
# Each part of a tile has a header with at least one segment, and few have a second.
_MAX_SEGMENTS: Final = 262_144
_MAX_LEVELS: Final = 32
_MANY_CHANNELS: Final = 257

# SIZ from the beginning of the codestream: ISO/IEC 15444-1, A.5.1.
_GRID: Final = struct.Struct(">8IH")
_GRID_AT: Final = 8
_CHANNELS_AT: Final = 42
_CHANNEL_BYTES: Final = 3
# The box of a file with its height and width, which is always this long: I.5.3.1.
_IMAGE_HEADER: Final = b"\0\0\0\x16ihdr"
_IMAGE_SIZE: Final = struct.Struct(">II")


# SOT: the tile's index, the length of its part, the index of the part, and the number of its parts. A.4.2.
_PART: Final = struct.Struct(">HIBB")
_MAX_COUNT: Final = 255


class Codestream(NamedTuple):
    """What the headers of a codestream say.

    Args:
        tiles: number of tiles.
        depths: bits of a sample of each channel.
        levels: how often every tile of every channel can be halved.
        at_origin: whether the picture begins at the origin of its reference grid.
    """

    tiles: int
    depths: tuple[int, ...]
    levels: int
    at_origin: bool


def with_samples_on_grid(data: bytes, start: int) -> bytes:
    """The file with one sample of each channel at each point of its grid; unchanged where it has them.

    Pillow 13 decodes a picture of an odd size to noise, without an error, where samples are two points apart.

    Args:
        data: the file.
        start: offset of its codestream.

    Raises:
        UnreadableImage: the header is damaged.
        UnsupportedImage: channels have samples of their own size, or samples that are not square.
    """
    right, bottom, left, top, width, height, tile_left, tile_top, channels = _grid(data, start)
    begin = start + _CHANNELS_AT
    steps = {bytes(data[at + 1 : at + 3]) for at in range(begin, begin + channels * _CHANNEL_BYTES, _CHANNEL_BYTES)}
    ((across, down), *others) = steps
    if others or across != down:
        raise UnsupportedImage("JPEG 2000 with subsampled channels, or samples that are not square, is not supported")
    if across == 1:
        return data
    sides = [_side(*each, across) for each in ((right, left, width, tile_left), (bottom, top, height, tile_top))]
    out = bytearray(data)
    _GRID.pack_into(out, start + _GRID_AT, *(value for pair in zip(*sides, strict=True) for value in pair), channels)
    for at in range(begin, begin + channels * _CHANNEL_BYTES, _CHANNEL_BYTES):
        out[at + 1 : at + 3] = b"\x01\x01"
    header = data.find(_IMAGE_HEADER, 0, start)
    if header >= 0:
        _IMAGE_SIZE.pack_into(out, header + len(_IMAGE_HEADER), *(last - first for last, first, *_ in reversed(sides)))
    return bytes(out)


def _side(end: int, begin: int, tile: int, tile_begin: int, step: int) -> tuple[int, int, int, int]:
    """One axis of a grid, in samples: a channel's bounds are those of the grid, divided and rounded up (B.5)."""
    last, first = -(-end // step), -(-begin // step)
    if tile_begin + tile >= end:
        return last, first, last - first, first
    if tile % step or tile_begin % step:
        raise UnsupportedImage("JPEG 2000 with tiles that begin between two samples is not supported")
    return last, first, tile // step, tile_begin // step


def with_counted_parts(data: bytes, start: int) -> bytes:
    """The file with the number of each tile's parts in their headers; unchanged where none has too low a number.

    Adobe's writers state one part too few, and OpenJPEG 2.5.4 as Pillow calls it then misses the last.

    Args:
        data: the file.
        start: offset of its codestream.
    """
    parts = [at + 4 for at, marker in _markers(data, start) if marker == _SOT and at + 12 <= len(data)]
    counts = Counter(_PART.unpack_from(data, at)[0] for at in parts)
    out: bytearray | None = None
    for at in parts:
        tile, length, number, stated = _PART.unpack_from(data, at)
        if 0 < stated < counts[tile] <= _MAX_COUNT:
            out = out or bytearray(data)
            _PART.pack_into(out, at, tile, length, number, counts[tile])
    return data if out is None else bytes(out)


def read(data: bytes, start: int) -> Codestream:
    """What the headers of a codestream say.

    Args:
        data: the file.
        start: offset of its codestream.

    Raises:
        UnreadableImage: the header is damaged.
    """
    right, bottom, left, top, width, height, tile_left, tile_top, channels = _grid(data, start)
    begin = start + _CHANNELS_AT
    return Codestream(
        tiles=-(-(right - tile_left) // width) * -(-(bottom - tile_top) // height),
        depths=tuple((data[begin + _CHANNEL_BYTES * channel] & 0x7F) + 1 for channel in range(channels)),
        levels=_levels(data, start, many=channels >= _MANY_CHANNELS),
        at_origin=left == top == 0,
    )


def _grid(data: bytes, start: int) -> tuple[int, ...]:
    try:
        grid: tuple[int, ...] = _GRID.unpack_from(data, start + _GRID_AT)
    except struct.error:
        raise UnreadableImage("the JPEG 2000 is damaged: its header is cut off") from None
    right, bottom, left, top, width, height, _, _, channels = grid
    begin = start + _CHANNELS_AT
    end = begin + channels * _CHANNEL_BYTES
    if end > len(data):
        raise UnreadableImage("the JPEG 2000 is damaged: its header is cut off")
    if not (left < right and top < bottom and width and height and channels):
        raise UnreadableImage("the JPEG 2000 is damaged: its size is not valid")
    if 0 in data[begin + 1 : end : _CHANNEL_BYTES] or 0 in data[begin + 2 : end : _CHANNEL_BYTES]:
        raise UnreadableImage("the JPEG 2000 is damaged: its samples have no size")
    return grid


def _levels(data: bytes, start: int, *, many: bool) -> int:
    """The least of the levels that the main header and the headers of tiles state for all channels, or for one."""
    found = [
        _level(data, at, marker, many=many)
        for at, marker in _markers(data, start)
        if marker in {_COD, _COC} and at + 10 <= len(data)
    ]
    return min((*found, _MAX_LEVELS)) if found else 0


def _level(data: bytes, at: int, marker: int, *, many: bool) -> int:
    # ISO/IEC 15444-1, A.6.1 and A.6.2: after COC come a channel of one or two bytes and its style.
    if marker == _COD:
        return data[at + 9]
    return data[at + (7 if many else 6)]


def _markers(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Offset and code of each marker segment of the main header, and of the header of each part of a tile."""
    at, next_part = start + 2, None
    for _ in range(_MAX_SEGMENTS):
        if at + 4 > len(data):
            return
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == _SOD:
            if next_part is None:
                return
            at, next_part = max(at + 2, next_part), None
            continue
        if marker == _SOT:
            size = int.from_bytes(data[at + 6 : at + 10], "big")
            next_part = at + size if size else len(data)
        if length < 2:  # noqa: PLR2004 - the length counts itself
            return
        yield at, marker
        at += 2 + length
