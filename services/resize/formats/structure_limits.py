"""Counts the parts of a file, block by block, before any decoder is started. No Pillow, no AWS."""

import re
import struct
from typing import Final

from services.resize.bounds import check_frames, check_size
from services.resize.formats.memory_cost import check_memory, cost
from services.resize.settings import Limits
from shared.deadline import NEVER, Deadline
from shared.errors import ImageTooLarge

# Decoders keep every block that they read, or take time for it, so a file of tiny ones costs minutes and gigabytes:
# measured 16 s for 12 million empty JPEG segments, 2.1 GB for a GIF's comment in blocks of one byte, 29 s and 1.6 GB
# for a TIFF of six million strips. Real files of 50 MB stay far below: 800 segments, 6,400 chunks, 206,000 blocks.
MAX_SEGMENTS: Final = 4096
MAX_EXIF_SEGMENTS: Final = 16
MAX_CHUNKS: Final = 100_000
MAX_GIF_BLOCKS: Final = 1_000_000
# Reading the clock takes about as long as a block.
GIF_BLOCKS_A_CHECK: Final = 1024
# Enough for a 16-bit palette (196,608) and for 50 megapixels in tiles of 16 x 16 (195,313).
MAX_TAG_VALUES: Final = 262_144
MAX_TAG_COUNT: Final = 65_535
# A block of EXIF has one header. Its thumbnail, a preview and maker notes may have more.
MAX_TIFF_HEADERS: Final = 64
# Pillow reads a run-length encoded BMP in Python, run by run: 16 MB of shortest runs took 6 s.
MAX_RLE_BYTES: Final = 16 * 1024**2
_BMP_RLE: Final = frozenset({1, 2})
# Bytes between segments, which decoders skip one by one.
MAX_FILLING: Final = 1024**2

# The end of entropy-coded data, or a segment after fill bytes: 0xff is followed by 0 or a restart marker inside the
# data, by another 0xff in fill bytes, and 0x01 and SOI have no body. ITU-T T.81, B.1.1.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_FILLING: Final = 0xFF
# Shorter runs after the last scan cost the decoder nothing. A long one is read again with each block of the file: 40 MB
# took 21 s, and 20 MB in runs of 4,095 bytes took none (Pillow 13).
_LONG_FILLING: Final = bytes([_FILLING]) * 4096
# Of every so many bytes two neighbours are within a long run, wherever that begins, and so is all between them.
_SAMPLED: Final = len(_LONG_FILLING) // 2
_BETWEEN: Final = _LONG_FILLING[: _SAMPLED + 1]
_NEIGHBOURS: Final = re.compile(rb"\xff(?=\xff)")
# Baseline and extended sequential with Huffman codes: ITU-T T.81, table B.1.
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
_COMPONENTS_AT: Final = 9
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_APP1: Final = 0xE1

_TIFF_HEADER: Final = re.compile(rb"II\*\x00|MM\x00\*")
# Bytes of a value by its TIFF type: TIFF 6.0, page 15; types 16 to 18 are BigTIFF's.
_TAG_BYTES: Final = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_BIG_TIFF: Final = 43


def check_jpeg(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Count scans, segments and fill bytes: 58 kB with 1,000 scans keep a decoder busy for seconds.

    Raises:
        ImageTooLarge: there are too many.
    """
    scans = segments = exif_segments = filling = components = 0
    at = 2
    while at < len(data):
        deadline.check()
        found = _NEXT_MARKER.search(data, at)
        start = len(data) if found is None else found.start()
        filling += start - at if scans == 0 else _filling_before(data, start)
        if start + 4 > len(data) or data[start + 1] == _END_OF_IMAGE:
            break
        marker = data[start + 1]
        segments += 1
        exif_segments += marker == _APP1 and data.startswith(b"Exif\0\0", start + 4)
        scans += marker == _START_OF_SCAN
        if scans > limits.jpeg_scans:
            raise ImageTooLarge(
                f"the JPEG has more than {limits.jpeg_scans} scans, which is the limit (limits.jpeg_scans)"
            )
        _check_most(segments, MAX_SEGMENTS, "the JPEG", "segments")
        _check_most(exif_segments, MAX_EXIF_SEGMENTS, "the JPEG", "EXIF segments")
        at = start + 2 + struct.unpack_from(">H", data, start + 2)[0]
        if marker in _SEQUENTIAL:
            components = data[start + _COMPONENTS_AT] if start + _COMPONENTS_AT < len(data) else 0
        elif scans == 1 and marker == _START_OF_SCAN and _is_only_scan(data, start, components):
            break
    _check_most(filling, MAX_FILLING, "the JPEG", "bytes between its segments")


def _is_only_scan(data: bytes, start: int, components: int) -> bool:
    """Whether the decoder stops after a scan, so that the rest of the file need not be looked at.

    A sequential scan of all components is a whole picture: libjpeg stops there, and refuses another scan (jdinput.c,
    has_multiple_scans). What follows cost it nothing, 5 million segments or 20 MB of zeros, but for long filling. To
    look for markers in 6 MB of entropy-coded data takes 4 ms. To look for that takes 0.02 ms, since one of 2,048 bytes
    is enough in most files.

    Args:
        data: the file.
        start: offset of the scan's marker.
        components: number of components of a sequential frame; 0 for another.
    """
    if components == 0 or data[start + 4 : start + 5] != bytes([components]):
        return False
    places = (start + found.start() * _SAMPLED for found in _NEIGHBOURS.finditer(data[start::_SAMPLED]))
    return not any(data.startswith(_BETWEEN, at) for at in places) or data.find(_LONG_FILLING, start) < 0


def _filling_before(data: bytes, end: int) -> int:
    """Number of the bytes before a marker that are 0xff, which decoders skip one by one: 40 MB of them took 8 s."""
    if data[end - 1] != _FILLING:
        return 0
    last = data[max(0, end - MAX_FILLING - 1) : end]
    return len(last) - len(last.rstrip(bytes([_FILLING])))


def check_png(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Count chunks, and the frames of an APNG.

    Raises:
        ImageTooLarge: there are too many.
    """
    chunks = frames = 0
    width = height = 0
    animated = False
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunks += 1
        deadline.check()
        _check_most(chunks, MAX_CHUNKS, "the PNG", "chunks")
        if kind == b"IHDR" and at + 16 <= len(data):
            width, height = struct.unpack_from(">II", data, at + 8)
        animated = animated or kind == b"acTL"
        if kind == b"fcTL" and animated:
            frames += 1
            check_frames(frames, width, height, limits)
        at += 12 + length


def check_gif(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Count frames and blocks.

    Raises:
        ImageTooLarge: there are too many.
    """
    if len(data) < 13:  # noqa: PLR2004 - the header; a shorter file is left to the decoder
        return
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    blocks = frames = 0
    at = 13 + _gif_table_bytes(flags)
    while at + 10 < len(data):
        if data[at : at + 1] == b";":
            return
        blocks += 1
        deadline.check()
        _check_most(blocks, MAX_GIF_BLOCKS, "the GIF", "blocks")
        if data[at : at + 1] == b",":
            frames += 1
            check_frames(frames, width, height, limits)
            at += 11 + _gif_table_bytes(data[at + 9])
        elif data[at : at + 1] == b"!":
            at += 2
        else:  # a decoder continues at the next byte
            at += 1
            continue
        while at < len(data) and data[at] and blocks <= MAX_GIF_BLOCKS:
            at += 1 + data[at]
            blocks += 1
            if not blocks % GIF_BLOCKS_A_CHECK:
                deadline.check()
        at += 1


def check_webp(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Read the canvas, which the decoder allocates twice as soon as the file is opened, and count frames.

    Raises:
        ImageTooLarge: it is too large, or there are too many.
    """
    size = _webp_canvas(data)
    if size is None:
        return
    check_size(*size, limits)
    check_memory(cost("WEBP", size, "RGBA"), limits)
    chunks = frames = 0
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        chunks += 1
        deadline.check()
        _check_most(chunks, MAX_CHUNKS, "the WebP", "chunks")
        if kind == b"ANMF":
            frames += 1
            check_frames(frames, *size, limits)
        at += 8 + length + length % 2


def check_bmp(data: bytes, _: Limits, __: Deadline = NEVER) -> None:
    """Refuse too many bytes of run-length encoding.

    Raises:
        ImageTooLarge: there is too much.
    """
    # BITMAPINFOHEADER and its successors have biCompression at offset 16, after the file's header of 14 bytes.
    if int.from_bytes(data[30:34], "little") in _BMP_RLE:
        _check_most(len(data), MAX_RLE_BYTES, "the BMP", "bytes of run-length encoding")


def check_tiff(data: bytes, _: Limits, __: Deadline = NEVER) -> None:
    """Count the values of the first picture's tags: strips above all.

    Raises:
        ImageTooLarge: there are too many.
    """
    check_tags(data, 0, "the TIFF")


def check_heic(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Walk the boxes, and count the values of the EXIF that the decoder reads whole as it opens a file.

    Raises:
        UnsupportedImage: the kind is not supported.
        UnreadableImage: the boxes are damaged.
        ImageTooLarge: something exceeds a limit.
        ImageTooSlow: the deadline is exceeded.
    """
    _check_heif(data, "HEIC", limits, deadline)


def check_avif(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> None:
    """Like check_heic, for an AVIF."""
    _check_heif(data, "AVIF", limits, deadline)


def _check_heif(data: bytes, form: str, limits: Limits, deadline: Deadline) -> None:
    from services.resize.formats import heif_reader  # noqa: PLC0415 - not needed for the cold start of a JPEG

    for exif in heif_reader.read(data, form, limits, deadline).exif_blocks:
        check_embedded_tags(exif, deadline)


def check_embedded_tags(exif: bytes, deadline: Deadline = NEVER) -> None:
    """Count the values of the tags of every TIFF header in a block of EXIF: decoders differ in which one they use.

    Raises:
        ImageTooLarge: there are too many.
    """
    for headers, found in enumerate(_TIFF_HEADER.finditer(exif), 1):
        deadline.check()
        _check_most(headers, MAX_TIFF_HEADERS, "the EXIF", "TIFF headers")
        check_tags(exif, found.start(), "the EXIF")


def check_tags(data: bytes, start: int, what: str) -> None:
    """Count the values of the tags in a TIFF header's first directory; damage is left to the decoder.

    Args:
        data: the file.
        start: offset of the header in the file.
        what: name for errors.

    Raises:
        ImageTooLarge: a tag has too many values, or there are too many tags.
    """
    order = "<" if data[start : start + 2] == b"II" else ">"
    try:
        (version,) = struct.unpack_from(order + "H", data, start + 2)
        header, first, entry = ("HQ", "Q", "HHQ8x") if version == _BIG_TIFF else ("I", "H", "HHI4x")
        directory = start + struct.unpack_from(order + header, data, start + (6 if version == _BIG_TIFF else 4))[-1]
        (tags,) = struct.unpack_from(order + first, data[directory : directory + 8])
    except struct.error:
        return
    _check_most(tags, MAX_TAG_COUNT, what, "tags")
    begin = directory + struct.calcsize(order + first)
    size = struct.calcsize(order + entry)
    whole = data[begin : begin + min(tags, (len(data) - begin) // size) * size]
    for tag, kind, count in struct.iter_unpack(order + entry, whole):
        # The decoder skips a tag with more values than the file has bytes for, and text is one value.
        if kind in _TAG_BYTES and count * _TAG_BYTES[kind] <= len(data):
            _check_most(count, MAX_TAG_VALUES, what, f"values of tag {tag}")


def _check_most(count: int, most: int, what: str, things: str) -> None:
    if count > most:
        raise ImageTooLarge(f"{what} has more than {most:,} {things}, which no honest file needs")


def _gif_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp_canvas(data: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels; None for a kind that is left to the decoder."""
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:  # noqa: PLR2004 - 24-bit sizes less one, at offset 24
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L" and len(data) >= 25:  # noqa: PLR2004 - 14-bit sizes less one, at offset 21
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(data) >= 30:  # noqa: PLR2004 - 14-bit sizes at offset 26
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
