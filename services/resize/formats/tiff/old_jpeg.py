"""Old-style JPEG in TIFF (compression 6), which every program wrote differently. No AWS."""

import importlib
import io
import struct
from collections.abc import Iterator
from typing import Final

from PIL import Image

from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.ycbcr import matrix_of
from shared.deadline import Deadline, WatchedBytes

_JPEG_AT: Final = 513
_RESTART_INTERVAL: Final = 515
_QUANTIZATION, _DC, _AC = 519, 520, 521
_ORIENTATION: Final = 274
_REFERENCE_BLACK_WHITE: Final = 532
_FULL_RANGE: Final = (0, 255, 128, 255, 128, 255)

# Markers of ITU-T T.81, table B.1.
_START, _END, _SCAN_HEADER = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_DQT, _DHT, _DRI, _SOS = 0xDB, 0xC4, 0xDD, 0xDA
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_MAX_SEGMENTS: Final = 64


def picture(layout: Layout, directory: Directory, deadline: Deadline) -> Image.Image:
    """The picture as it is stored.

    Most files are a whole JPEG at JPEGInterchangeFormat or as their only strip. Others have tables there, or at the
    offsets of other tags, and only the coded rows in each strip. Everything else is left to libtiff.

    Args:
        layout: layout of the samples.
        directory: directory with the tags.
        deadline: checked at every read; stops the decoder.
    """
    data = directory.data
    head = directory.integer(_JPEG_AT, 0)
    strips = [data[at : at + count] for at, count in zip(layout.offsets, layout.counts, strict=False)]
    candidates = []
    restarts = directory.integer(_RESTART_INTERVAL, 0) or any(
        marker == _DRI and any(body) for marker, body in _segments(data, head)
    )
    if len(strips) > 1 and not layout.tiled and not restarts:
        candidates.append(_joined(layout, directory, strips))
    candidates += [data[at:] for at in (head, *layout.offsets[:1]) if at and data[at : at + 2] == _START]
    if strips and not layout.tiled:
        candidates.append(_joined(layout, directory, strips))
    for candidate in candidates:
        deadline.check()
        image = _decoded(candidate, (layout.width, layout.height), deadline)
        if image is not None:
            return _between_black_and_white(image, directory)
    return _by_libtiff(directory, deadline)


def _between_black_and_white(image: Image.Image, directory: Directory) -> Image.Image:
    """The picture scaled to the black and white of ReferenceBlackWhite; those of JPEG itself are 0 and 255.

    libtiff does the same: TIFF 6.0, section 20.
    """
    reference = directory.values(_REFERENCE_BLACK_WHITE)
    if image.mode != "RGB" or len(reference) != len(_FULL_RANGE) or reference == _FULL_RANGE:
        return image
    return image.convert("YCbCr").convert("RGB", matrix_of(directory))


def _segments(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Markers of the JPEG at this offset with their bodies, up to and including the scan header."""
    if not at or data[at : at + 2] != _START:
        return
    at += 2
    for _ in range(_MAX_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], data[at + 4 : at + 2 + length]
        if data[at + 1] == _SOS:
            return
        at += 2 + length


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _joined(layout: Layout, directory: Directory, strips: list[bytes]) -> bytes:
    """One JPEG of all strips, each of which starts afresh, as after a restart marker."""
    found = list(_segments(directory.data, directory.integer(_JPEG_AT, 0)))
    tables = [_segment(marker, body) for marker, body in found if marker in {_DQT, _DHT}]
    frame = next((body for marker, body in found if marker in _FRAMES), b"")
    scan = next((body for marker, body in found if marker == _SOS), b"")
    if tables and len(frame) >= 9:
        across, down = frame[7] >> 4, frame[7] & 15
        components = frame[5:]
    else:
        across, down = layout.subsampling
        tables, components, scan = _from_tags(layout, directory)
    if not scan:
        count = components[0]
        ids = [components[1 + 3 * at] for at in range(count)]
        scan = bytes([count, *(part for at, each in enumerate(ids) for part in (each, 0x11 * min(at, 1))), 0, 63, 0])
    header = struct.pack(">BHH", 8, layout.height, layout.width) + components
    across, down = (max(1, across), max(1, down)) if layout.samples > 1 else (1, 1)
    blocks = -(-layout.width // (8 * across)) * -(-layout.part_height // (8 * down))
    coded = b"".join(
        _rows(strip) + (bytes([0xFF, 0xD0 + index % 8]) if index + 1 < len(strips) else b"")
        for index, strip in enumerate(strips)
    )
    return b"".join(
        (
            _START,
            *tables,
            _segment(0xC1, header),
            _segment(_DRI, struct.pack(">H", blocks & 0xFFFF)),
            _segment(_SOS, scan),
            coded,
            _END,
        )
    )


def _rows(strip: bytes) -> bytes:
    """The coded rows of a strip, without the header before and the markers after them."""
    if strip.startswith(_START):
        head = 2
        for _, body in _segments(b"\0" + strip, 1):
            head += 4 + len(body)
        strip = strip[head:]
    elif strip.startswith(_SCAN_HEADER):
        # Wang's programs begin the first strip with a scan header, whose component ids may differ from the frame's.
        strip = strip[2 + int.from_bytes(strip[2:4], "big") :]
    while len(strip) >= 2 and strip[-2] == 0xFF and strip[-1] >= 0xD0:
        strip = strip[:-2]
    return strip


def _from_tags(layout: Layout, directory: Directory) -> tuple[list[bytes], bytes, bytes]:
    """Tables, components and scan from the tags with the offset of each table: TIFF 6.0, section 22."""
    data, tables = directory.data, []
    numbers: dict[int, list[int]] = {}
    for tag, high in ((_QUANTIZATION, 0x00), (_DC, 0x00), (_AC, 0x10)):
        places = list(directory.integers(tag))[:3]
        unlike = list(dict.fromkeys(places))
        numbers[tag] = [unlike.index(at) for at in places] or [0]
        for number, at in enumerate(unlike):
            if tag == _QUANTIZATION:
                tables.append(_segment(_DQT, bytes([number]) + data[at : at + 64]))
            else:
                counts = data[at : at + 16]
                tables.append(_segment(_DHT, bytes([high | number]) + counts + data[at + 16 : at + 16 + sum(counts)]))
    components, scan = bytes([layout.samples]), bytes([layout.samples])
    for each in range(layout.samples):
        quantization, dc, ac = (numbers[tag][min(each, len(numbers[tag]) - 1)] for tag in (_QUANTIZATION, _DC, _AC))
        across, down = layout.subsampling if each == 0 else (1, 1)
        components += bytes([each + 1, across << 4 | down, quantization])
        scan += bytes([each + 1, dc << 4 | ac])
    return tables, components, scan + bytes([0, 63, 0])


def _decoded(data: bytes, size: tuple[int, int], deadline: Deadline) -> Image.Image | None:
    """The JPEG as Pillow decodes it; None where it is not a JPEG of this size."""
    importlib.import_module("PIL.JpegImagePlugin")
    try:
        with Image.open(WatchedBytes(data, deadline), formats=("JPEG",)) as image:
            if image.size != size:
                return None
            image.load()
            return image.copy()
    except (OSError, SyntaxError, ValueError, struct.error):
        return None


def _by_libtiff(directory: Directory, deadline: Deadline) -> Image.Image:
    """The file with its header pointing to this directory, because the tags refer to offsets in the whole file."""
    deadline.check()
    data, order = bytearray(directory.data), directory.order
    if data[2:4] == struct.pack(order + "H", 42):
        struct.pack_into(order + "I", data, 4, directory.at)
    at = directory.place(_ORIENTATION)
    if at is not None:  # else Pillow rotates it, and so would resize
        struct.pack_into(order + "H", data, at, 1)
    with Image.open(io.BytesIO(bytes(data)), formats=("TIFF",)) as image:
        image.load()
        return image.copy()
