"""Repairs of a WebP: sizes as its chunks really have them, and no damaged metadata. No Pillow, no AWS."""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Final

# Chunks of the picture and of VP8X: RFC 9649, 2.7.
_PICTURE: Final = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"})
_METADATA: Final = frozenset({b"EXIF", b"XMP "})
_KNOWN: Final = _PICTURE | _METADATA
_HEADER_BYTES: Final = 12
_MAX_CHUNKS: Final = 100_000
_FRAME_HEAD_BYTES: Final = 16
_MAX_CHECKED: Final = 4_096
_MAX_IN_FRAME: Final = 8
# Of the flags of a frame.
_DISPOSE: Final = 0x01
# Flags of VP8X: RFC 9649, 2.7.1.
_ANIMATION: Final = 0x02
_ALPHA: Final = 0x10
_FLAGS: Final = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}


def with_right_sizes(data: bytes) -> Iterator[bytes]:
    """Yield the file with corrected sizes, then also without its profile and metadata.

    A RIFF size that is too small hides the end of the picture from the decoder; one that is too large makes it wait
    for more data. A chunk of odd length may lack its padding byte. A chunk of the picture that is truncated stays as it
    is: the decoder reports it.
    """
    chunks = list(_chunks(data))
    everything = _written(chunks)
    if everything != data:
        yield everything
    picture = _written([chunk for chunk in chunks if chunk[0] in _PICTURE and chunk[0] != b"ICCP"])
    if picture != everything:
        yield picture


def is_lossless(data: bytes) -> bool:
    """Whether all its pictures are lossless (VP8L); in an animation, the first few thousand frames are checked."""
    kinds: set[bytes] = set()
    for name, _, body in islice(_chunks(data), _MAX_CHECKED):
        if name == b"ANMF":
            # What follows the position, duration and flags of a frame is as in a still: RFC 9649, 2.7.1.
            kinds |= {each for each, _, _ in islice(_chunks(body, _FRAME_HEAD_BYTES), _MAX_IN_FRAME)}
        kinds.add(name)
    return b"VP8L" in kinds and b"VP8 " not in kinds


def with_clear_canvas(data: bytes) -> bytes:
    """The file as one with alpha, if it is an animation whose frames may leave parts of the canvas transparent.

    libwebp sets the flag of alpha by the frames' own pixels alone, and Pillow shows the canvas in black then, where
    browsers show what is beneath.
    """
    chunks = islice(_chunks(data), _MAX_CHECKED)
    name, _, canvas = next(chunks, (b"", b"", b""))
    if name != b"VP8X" or not canvas or canvas[0] & (_ANIMATION | _ALPHA) != _ANIMATION:
        return data
    heads = [body[:_FRAME_HEAD_BYTES] for each, _, body in chunks if each == b"ANMF" and len(body) > _FRAME_HEAD_BYTES]
    covered = bool(heads) and heads[0][:12] == bytes(6) + canvas[4:10]
    if not heads or (covered and not any(head[15] & _DISPOSE for head in heads)):
        return data
    flags = _HEADER_BYTES + 8
    return data[:flags] + bytes([data[flags] | _ALPHA]) + data[flags + 1 :]


def picture_chunk(data: bytes, name: bytes) -> bytes | None:
    """The body of the one chunk of this name; None where it is missing, truncated or not the only one.

    Args:
        data: the file, a still.
        name: a name such as b"VP8L".
    """
    found = [(header, body) for each, header, body in islice(_chunks(data), _MAX_CHECKED) if each == name]
    if len(found) != 1 or len(found[0][1]) != int.from_bytes(found[0][0][4:], "little"):
        return None
    return found[0][1]


def _chunks(data: bytes, at: int = _HEADER_BYTES) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, header and body of each chunk that a decoder knows; truncated metadata is skipped."""
    for _ in range(_MAX_CHUNKS):
        header = data[at : at + 8]
        name = header[:4]
        if len(header) < 8:  # noqa: PLR2004 - name and length
            return
        (length,) = struct.unpack("<I", header[4:])
        end = at + 8 + length
        if name in _PICTURE or (name in _METADATA and end <= len(data)):
            yield name, header, data[at + 8 : end]
        at = end
        # The padding byte of an odd length is missing where a known chunk begins in its place.
        if length % 2 and data[at : at + 4] not in _KNOWN:
            at += 1


def _written(chunks: list[tuple[bytes, bytes, bytes]]) -> bytes:
    """A file of these chunks, with their flags in VP8X."""
    names = {name for name, _, _ in chunks}
    missing = sum(flag for name, flag in _FLAGS.items() if name not in names)
    parts = []
    for name, header, whole in chunks:
        body = whole
        if name == b"VP8X" and body:
            body = bytes([body[0] & ~missing]) + body[1:]
        # A truncated body is not padded: the padding would be decoded as pixels.
        parts += [header, body, b"\0" if len(body) % 2 and len(body) == int.from_bytes(header[4:], "little") else b""]
    content = b"".join(parts)
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + b"WEBP" + content
