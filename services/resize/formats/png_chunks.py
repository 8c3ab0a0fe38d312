"""A PNG without its damaged ancillary chunks: no metadata may cost the picture. No Pillow, no AWS."""

import itertools
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

SIGNATURE_BYTES: Final = 8

# A deflate stream unpacks to 1,032 times its size at most, so a shorter one stays below _MAX_UNPACKED_BYTES.
# https://www.zlib.net/zlib_tech.html
_MIN_SUSPECT_BYTES: Final = 1000
# Pillow 13 refuses a file with a text or profile that unpacks to more (PngImagePlugin.MAX_TEXT_CHUNK).
_MAX_UNPACKED_BYTES: Final = 1024**2
# Press profiles, tables of four inks, have up to 3 MB.
MAX_PROFILE_BYTES: Final = 4 * 1024**2
# Total of all texts of a file; Pillow 13 refuses it beyond 64 MiB (PngImagePlugin.MAX_TEXT_MEMORY).
_MAX_TEXT_BYTES: Final = 16 * 1024**2

# Texts that are read: https://www.w3.org/TR/png-3/#11keywords; ImageMagick's names for EXIF.
_READ_TEXTS: Final = frozenset({b"Author", b"Copyright", b"Raw profile type exif", b"Raw profile type APP1"})
# Pillow keeps texts by keyword in the same dictionary as its own info, so these would replace an entry of it.
_NOTES: Final = frozenset(
    {
        *(b"aspect", b"background", b"bbox", b"blend", b"chromaticity", b"default_image", b"disposal", b"dpi"),
        *(b"duration", b"exif", b"gamma", b"icc_profile", b"interlace", b"loop", b"srgb", b"timestamp"),
        *(b"transparency", b"xmp"),
    }
)

_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
# Chunks that define what the pixels mean: one of each, before the first IDAT; the first of two counts, as in libpng.
# https://www.w3.org/TR/png-3/#5ChunkOrdering
_BEFORE_PIXELS: Final = frozenset({b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"tRNS", b"sBIT", b"acTL"})
_MIN_BYTES: Final = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"pHYs": 9, b"acTL": 8, b"tRNS": 1}
# Frames are checked one by one as they are decoded: a damaged one ends the animation there, not the picture.
_FRAMES: Final = frozenset({b"fcTL", b"fdAT"})
_GREY: Final = 0
_COLOURS: Final = 2
_COLOUR_TYPE_AT: Final = 25

_NAME: Final = re.compile(rb"[A-Za-z]{4}")
_RESUMES: Final = re.compile(rb"PLTE|IDAT")
# Each candidate costs a checksum of up to the whole file.
_MAX_RESUMES: Final = 8
_ANCILLARY: Final = 0x20


class Chunk(NamedTuple):
    """Where a chunk is: name, and offsets of its length field, its body and the end of its checksum."""

    name: bytes
    start: int
    body: int
    end: int


def chunks(data: bytes, start: int = SIGNATURE_BYTES) -> Iterator[Chunk]:
    """Every chunk from an offset until IEND, or until one that does not fit into the file."""
    at = start
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or not _NAME.fullmatch(name):
            return
        yield Chunk(name, at, at + 8, end)
        if name == b"IEND":
            return
        at = end


def without_damage(data: bytes) -> tuple[bytes, bytes | None]:
    """The file for the decoder, and a colour profile if it is too large for the decoder.

    Critical chunks are not changed: if one is damaged, the decoder reports it. A file without damage is returned
    itself, not as a copy.

    Args:
        data: a PNG, which may be damaged.
    """
    walk = _Walk(data)
    kept = [(0, SIGNATURE_BYTES)]
    at = SIGNATURE_BYTES
    for _ in range(_MAX_RESUMES):
        for chunk in chunks(data, at):
            if walk.keeps(chunk):
                kept.append((chunk.start, chunk.end))
            at = chunk.end
        resumed = None if walk.has_pixels else _next_critical(data, at)
        if resumed is None:
            break
        at = resumed
    # What follows is left to the decoder, such as anything after IEND.
    rest = _whole_chunk(data[at:]) if walk.has_pixels else data[at:]
    if sum(end - start for start, end in kept) + len(rest) == len(data):
        return data, walk.profile
    view = memoryview(data)
    return b"".join((*(view[start:end] for start, end in kept), rest)), walk.profile


def has_right_pixels(data: bytes) -> bool:
    """Whether the checksums of all IDATs are right."""
    return all(_has_right_checksum(data, chunk) for chunk in chunks(data) if chunk.name == b"IDAT")


def _whole_chunk(rest: bytes) -> bytes:
    """The last, truncated chunk of a file that has pixels, as far as its picture needs it.

    A truncated IDAT becomes a whole one, because the picture may end before it does. Truncated metadata is left out.

    Args:
        rest: what follows the last whole chunk.
    """
    name = rest[4:8]
    if name == b"IDAT" and len(rest) < 12 + int.from_bytes(rest[:4], "big"):
        body = rest[8 : 8 + int.from_bytes(rest[:4], "big")]
        return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
    is_metadata = _NAME.fullmatch(name) and name[0] & _ANCILLARY and name not in _FRAMES
    return b"" if is_metadata else rest


def _next_critical(data: bytes, start: int) -> int | None:
    """Offset of a good PLTE or IDAT after a chunk with a wrong length; None if there is none."""
    for found in itertools.islice(_RESUMES.finditer(data, start + 4), _MAX_RESUMES):
        at = found.start() - 4
        chunk = next(chunks(data, at), None)
        if at > start and chunk is not None and _has_right_checksum(data, chunk):
            return at
    return None


def _has_right_checksum(data: bytes, chunk: Chunk) -> bool:
    computed = zlib.crc32(memoryview(data)[chunk.body - 4 : chunk.end - 4])
    return computed == int.from_bytes(data[chunk.end - 4 : chunk.end], "big")


class _Walk:
    """Decides about each chunk, in the order of the file."""

    def __init__(self, data: bytes) -> None:
        self.has_pixels = False
        self.profile: bytes | None = None
        self._data = data
        self._seen: set[bytes] = set()
        self._text_bytes = 0

    def keeps(self, chunk: Chunk) -> bool:
        """Whether the decoder gets the chunk."""
        name = chunk.name
        if not name[0] & _ANCILLARY or name in _FRAMES:
            self.has_pixels = self.has_pixels or name == b"IDAT"
            return True
        if name in _BEFORE_PIXELS:
            if self.has_pixels or name in self._seen:
                return False
            self._seen.add(name)
        if chunk.end - 4 - chunk.body < self._min_bytes(name) or not _has_right_checksum(self._data, chunk):
            return False
        if name == b"iCCP":
            return self._keeps_profile(self._data[chunk.body : chunk.end - 4])
        if name in _TEXTS:
            return self._keeps_text(name, self._data[chunk.body : chunk.end - 4])
        return True

    def _min_bytes(self, name: bytes) -> int:
        if name == b"tRNS" and len(self._data) > _COLOUR_TYPE_AT:
            return {_GREY: 2, _COLOURS: 6}.get(self._data[_COLOUR_TYPE_AT], 1)
        return _MIN_BYTES.get(name, 0)

    def _keeps_profile(self, body: bytes) -> bool:
        _, zero, packed = body.partition(b"\0")
        if not zero or not packed.startswith(b"\0"):
            return False
        if len(packed) < _MIN_SUSPECT_BYTES:
            return True
        profile = _unpacked(packed[1:], MAX_PROFILE_BYTES)
        if profile is not None and len(profile) <= _MAX_UNPACKED_BYTES:
            return True
        self.profile = profile
        return False

    def _keeps_text(self, name: bytes, body: bytes) -> bool:
        keyword, _, text = body.partition(b"\0")
        if keyword in _NOTES:
            return False
        packed = name == b"zTXt" or (name == b"iTXt" and text[:1] == b"\1")
        if packed and name == b"zTXt" and text[:1] not in {b"", b"\0"}:
            return False
        if keyword not in _READ_TEXTS and packed and len(text) >= _MIN_SUSPECT_BYTES:
            return False
        self._text_bytes += len(text)
        if packed and len(text) >= _MIN_SUSPECT_BYTES:
            if self._text_bytes > _MAX_TEXT_BYTES:
                return False
            stream = text[1:] if name == b"zTXt" else text[2:].split(b"\0", 2)[-1]
            unpacked = _unpacked(stream, _MAX_UNPACKED_BYTES)
            self._text_bytes += _MAX_UNPACKED_BYTES if unpacked is None else len(unpacked)
            if unpacked is None:
                return False
        return self._text_bytes <= _MAX_TEXT_BYTES


def _unpacked(packed: bytes, max_bytes: int) -> bytes | None:
    """The content of a deflate stream; None where it is longer than this, or damaged."""
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(packed, max_bytes + 1)
    except zlib.error:
        return None
    return unpacked if len(unpacked) <= max_bytes else None
