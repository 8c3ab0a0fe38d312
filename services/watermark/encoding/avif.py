"""What Pillow's encoder gets wrong in the container of an animated AVIF: number of plays and times. No AWS."""

import struct
from collections.abc import Iterator
from typing import Final

_FULL_BOX: Final = 4
# Offsets in boxes of version 1, after version, flags and two times:
# https://github.com/AOMediaCodec/libavif/blob/main/src/write.c
_TIMES: Final = 16
_MVHD_DURATION: Final = _FULL_BOX + 20
_TKHD_DURATION: Final = _FULL_BOX + 24
_ELST_FLAGS: Final = 3
_ELST_SEGMENT: Final = _FULL_BOX + 4
_REPEATS: Final = 1
_HEAD: Final = 8
_MAX_DURATION: Final = 2**64 - 2


def with_plays(data: bytes, plays: int) -> bytes:
    """Set the number of plays of an animation.

    An edit list with flag 1 is repeated until the end of the track's duration; otherwise it is played once
    (ISO/IEC 23008-12, 9.6.1); an indefinite duration is forever.

    Args:
        data: a file from libavif, whose headers are of version 1.
        plays: how often it is shown; 0 is forever.
    """
    if plays == 0:
        return data
    patched = bytearray(data)
    for kind, start, end in boxes(data, 0, len(data)):
        if kind != b"moov":
            continue
        lists = [body for track in _within(data, start, end, b"trak") for body in _edit_lists(data, *track)]
        segment = max((struct.unpack_from(">Q", data, body + _ELST_SEGMENT)[0] for body in lists), default=0)
        if segment == 0:
            return data
        duration = struct.pack(">Q", min(segment * plays, _MAX_DURATION))
        for body in lists:
            patched[body + _ELST_FLAGS] = _REPEATS if plays > 1 else 0
        for at, _ in _within(data, start, end, b"mvhd"):
            patched[at + _MVHD_DURATION : at + _MVHD_DURATION + 8] = duration
        for track in _within(data, start, end, b"trak"):
            for at, _ in _within(data, *track, b"tkhd"):
                patched[at + _TKHD_DURATION : at + _TKHD_DURATION + 8] = duration
    return bytes(patched)


def without_times(data: bytes) -> bytes:
    """Set the times of creation and modification of an animation to zero.

    libavif writes the time of the encoding. A redelivery would make another file, and with {digest} another key.

    Args:
        data: a file from libavif, whose headers are of version 1.
    """
    patched = bytearray(data)
    for kind, start, end in boxes(data, 0, len(data)):
        if kind != b"moov":
            continue
        heads = list(_within(data, start, end, b"mvhd"))
        for track in _within(data, start, end, b"trak"):
            heads += _within(data, *track, b"tkhd")
            heads += (head for media in _within(data, *track, b"mdia") for head in _within(data, *media, b"mdhd"))
        for at, _ in heads:
            patched[at + _FULL_BOX : at + _FULL_BOX + _TIMES] = bytes(_TIMES)
    return bytes(patched)


def _edit_lists(data: bytes, start: int, end: int) -> Iterator[int]:
    for edits in _within(data, start, end, b"edts"):
        for body, _ in _within(data, *edits, b"elst"):
            yield body


def _within(data: bytes, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    return ((body, last) for kind, body, last in boxes(data, start, end) if kind == wanted)


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start of the body, end of the body) of each box of a file that an encoder wrote here.

    Args:
        data: the file.
        start: where the first box begins.
        end: where the last one ends.
    """
    while start + _HEAD <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        if length < _HEAD:  # 0 and 1 have other meanings, which libavif does not use here
            return
        yield kind, start + _HEAD, start + length
        start += length
