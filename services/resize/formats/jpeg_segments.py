"""The segments of a JPEG: which of them the picture needs, and whether all scans are complete. No Pillow, no AWS."""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

END_OF_IMAGE: Final = b"\xff\xd9"

_SOS: Final = 0xDA
_EOI: Final = 0xD9
_APP0: Final = 0xE0
_APP1: Final = 0xE1
_APP2: Final = 0xE2
_APP14: Final = 0xEE
_LAST_APP: Final = 0xEF
_COMMENT: Final = 0xFE
# Frames by ITU-T T.81, table B.1: 0xc0 to 0xcf except tables (0xc4, 0xcc) and 0xc8, which is reserved.
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_HUFFMAN: Final = frozenset({0xC0, 0xC1, 0xC2})
_COEFFICIENTS: Final = 64
# If a small picture is truncated and followed by EOI, browsers show what there is, and so does libjpeg. A header alone
# must not claim the memory and time of a large picture.
_MAX_UNBACKED_PIXELS: Final = 50_000_000

_NEEDED: Final = {_APP0: (b"JFIF\0", 14), _APP2: (b"ICC_PROFILE\0", 14), _APP14: (b"Adobe", 12)}

# As in structure_limits: within entropy-coded data 0xff is followed by 0 or a restart marker. ITU-T T.81, B.1.1.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")

# A decoder that expects data reads these as coefficients; one that is finished skips them. No 0xff: it would end them.
_NOT_PIXELS: Final = bytes(range(1, 255)) * 8
# Blocks of a disk that were never written: a genuine end has no such run.
_MIN_UNWRITTEN_BYTES: Final = 16


class Segment(NamedTuple):
    """Where a segment is: marker, and offsets of its 0xff, its body and its end."""

    marker: int
    start: int
    body: int
    end: int


class Frame(NamedTuple):
    """How a JPEG describes its picture.

    Args:
        size: (width, height) in pixels.
        samples: samples of all channels per pixel: 1.5 for 4:2:0.
        channels: number of channels.
        buffered: whether the decoder keeps all coefficients, because one scan is not the whole picture.
        marker: marker of its kind.
    """

    size: tuple[int, int]
    samples: float
    channels: int
    buffered: bool
    marker: int

    def is_backed_by(self, size_bytes: int) -> bool:
        """Whether a file of this many bytes can contain the picture, if that is a large one.

        Every block of 64 samples takes two Huffman codes in a baseline JPEG (T.81, F.1.2), and one in a progressive one
        (G.1.2), of at least one bit each. Arithmetic coding has no such bound.
        """
        if self.marker not in _HUFFMAN or self.size[0] * self.size[1] <= _MAX_UNBACKED_PIXELS:
            return True
        blocks = self.size[0] * self.size[1] * self.samples / _COEFFICIENTS
        return size_bytes * 8 >= blocks * (1 if self.marker in _PROGRESSIVE else 2)


class Scans(NamedTuple):
    """Whether the scans of a file are complete.

    Args:
        end: offset at which EOI is, or belongs where it is missing.
        terminated: whether EOI is there.
        complete: whether every component has all its coefficients, according to the scan headers.
    """

    end: int
    terminated: bool
    complete: bool


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment that fits into the file, EOI included; bytes between them are skipped."""
    at = 2
    while (found := _NEXT_MARKER.search(data, at)) is not None:
        start = found.start()
        marker = data[start + 1]
        if marker == _EOI:
            yield Segment(marker, start, start + 2, start + 2)
            return
        if start + 4 > len(data):
            return
        end = start + 2 + max(2, struct.unpack_from(">H", data, start + 2)[0])
        if end > len(data):
            return
        yield Segment(marker, start, start + 4, end)
        at = end


def head_bytes(data: bytes) -> int:
    """The number of bytes before the first scan, in which all metadata are."""
    return next((segment.start for segment in segments(data) if segment.marker == _SOS), len(data))


def without_metadata(data: bytes) -> Iterator[bytes]:
    """The file without the segments that the picture does not need, then without EXIF as well.

    Well-formed JFIF and Adobe segments, which define what the numbers mean, and profiles are kept. The lengths are
    libjpeg's: it accepts shorter ones for unknown segments (jdmarker.c, APP0_DATA_LEN and APP14_DATA_LEN).
    """
    pieces, bare = [data[:2]], [data[:2]]
    for segment in segments(data):
        if segment.marker in {_SOS, _EOI}:
            pieces.append(data[segment.start :])
            bare.append(pieces[-1])
            break
        body = data[segment.body : segment.end]
        if segment.marker == _APP1 and body.startswith((b"Exif\0\0II*\0", b"Exif\0\0MM\0*")):
            pieces.append(data[segment.start : segment.end])
        elif not _is_metadata(segment.marker) or _is_needed(segment.marker, body):
            pieces.append(data[segment.start : segment.end])
            bare.append(pieces[-1])
    if len(pieces) == len(bare):
        bare = []
    for each in (pieces, bare):
        if each and sum(map(len, each)) < len(data):
            yield b"".join(each)


def _is_metadata(marker: int) -> bool:
    return _APP0 <= marker <= _LAST_APP or marker == _COMMENT


def _is_needed(marker: int, body: bytes) -> bool:
    """Whether a segment defines what the numbers mean, and is well-formed."""
    begins, min_bytes = _NEEDED.get(marker, (b"", 0))
    return min_bytes > 0 and body.startswith(begins) and len(body) >= min_bytes


def frame_of(data: bytes) -> Frame | None:
    """The frame header before the first scan; None where there is none."""
    found = None
    for segment in segments(data):
        body = data[segment.body : segment.end]
        if segment.marker in FRAMES and len(body) >= 6 + 3 * body[5]:
            height, width = struct.unpack_from(">HH", body, 1)
            factors = [(each >> 4, each & 15) for each in body[7 : 6 + 3 * body[5] : 3]]
            blocks = max((across for across, _ in factors), default=1) * max((down for _, down in factors), default=1)
            samples = sum(across * down for across, down in factors) / max(1, blocks)
            found = Frame((width, height), samples, body[5], segment.marker in _PROGRESSIVE, segment.marker)
        elif segment.marker == _SOS and body:
            # Baseline JPEGs may have a scan for each channel.
            return found and found._replace(buffered=found.buffered or body[0] < found.channels)
        elif segment.marker == _EOI:
            break
    return found


def scans(data: bytes) -> Scans:
    """Whether a file ends as it should, by its markers."""
    progressive = False
    precisions: dict[int, list[int | None]] = {}
    end = 2
    for segment in segments(data):
        body = data[segment.body : segment.end]
        if segment.marker == _EOI:
            return Scans(segment.start, terminated=True, complete=_is_complete(precisions))
        if segment.marker in FRAMES and len(body) >= 6:  # noqa: PLR2004 - up to the number of components
            progressive = segment.marker in _PROGRESSIVE
            precisions = {number: [None] * _COEFFICIENTS for number in body[6 : 6 + 3 * body[5] : 3]}
        elif segment.marker == _SOS:
            _note_scan(body, precisions, progressive=progressive)
        end = segment.end
    # The rest belongs to the last scan, up to a truncated segment.
    cut = _NEXT_MARKER.search(data, end)
    rest = data if cut is None else data[: cut.start()]
    return Scans(len(rest.rstrip(b"\xff")), terminated=False, complete=_is_complete(precisions))


def _note_scan(body: bytes, precisions: dict[int, list[int | None]], *, progressive: bool) -> None:
    """Update which bits of which coefficients are still missing after a scan; for its header see ITU-T T.81, B.2.3."""
    if not body or len(body) < 4 + 2 * body[0]:
        return
    first, last, bits = body[1 + 2 * body[0] :][:3]
    low = bits & 15 if progressive else 0
    if not progressive:
        first, last = 0, _COEFFICIENTS - 1
    for number in body[1 : 1 + 2 * body[0] : 2]:
        for index in range(first, min(last + 1, _COEFFICIENTS) if number in precisions else first):
            precisions[number][index] = low


def _is_complete(precisions: dict[int, list[int | None]]) -> bool:
    return bool(precisions) and all(missing == 0 for each in precisions.values() for missing in each)


def with_end(data: bytes, end: int) -> tuple[bytes, bytes]:
    """Two files with an EOI, which decode to the same pixels only if all pixels are there.

    libjpeg fills missing data with zeros and only warns. So the second file continues with bytes that change any pixel
    that is still to come.

    Args:
        data: a JPEG without EOI.
        end: offset at which it belongs.
    """
    scanned = data[:end]
    written = scanned.rstrip(b"\0")
    if end - len(written) >= _MIN_UNWRITTEN_BYTES:
        return scanned + END_OF_IMAGE, written + b"\0\0" + _NOT_PIXELS + END_OF_IMAGE
    return scanned + END_OF_IMAGE, scanned + _NOT_PIXELS + END_OF_IMAGE
