"""What the first bytes say: the format, and what must be refused before any decoder allocates. No Pillow, no AWS."""

import re
import struct
from collections.abc import Callable
from typing import Final

from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnsupportedImage

# What people call the formats that we read, in the order of the README.
READABLE: Final = ("JPEG", "PNG", "GIF", "WebP", "AVIF", "HEIC", "TIFF", "BMP")

# Brands of ISO base media files: AVIF 1.1, section 6; HEIF (ISO/IEC 23008-12), annex B.
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})

_MAGIC: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
)

# Formats that people try and we refuse by name.
_KNOWN: Final = (
    (b"%!PS", "an EPS or PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "an EPS file"),
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x02\x00", "a cursor"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"qoif", "a QOI image"),
    (b"DDS ", "a DDS texture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"<svg", "an SVG"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)

# In entropy-coded data 0xff is followed by 0 or a restart marker, so the next other marker ends the scan.
# ITU-T T.81, B.1.1.5.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MARKER: Final = 0xFF
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def probe(data: bytes, limits: Limits) -> str:
    """The format of a file by its bytes, never by its name: one of READABLE.

    Raises:
        UnsupportedImage: no format that we read.
        ImageTooLarge: a limit is exceeded, as far as it can be told before a decoder is started.
    """
    check_bytes(len(data), limits)
    found = _format(data)
    check = _CHECKS.get(found)
    if check is not None:
        check(data, limits)
    return found


def check_bytes(size_bytes: int, limits: Limits) -> None:
    """Refuse a file that is empty or too large.

    Raises:
        UnsupportedImage: it has no bytes.
        ImageTooLarge: it has too many.
    """
    if size_bytes == 0:
        raise UnsupportedImage("the file is empty (0 bytes)")
    if size_bytes > limits.bytes:
        raise ImageTooLarge(f"the file has {size_bytes:,} bytes; the limit is {limits.bytes:,} (limits.bytes)")


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture with too many pixels or too long a side.

    Raises:
        ImageTooLarge: names the limit.
    """
    if width * height > limits.pixels:
        raise ImageTooLarge(
            f"{width} x {height} px is {width * height:,} pixels; the limit is {limits.pixels:,} (limits.pixels)"
        )
    if max(width, height) > limits.side_px:
        raise ImageTooLarge(f"{width} x {height} px; a side may have {limits.side_px:,} px (limits.side_px)")


def _format(data: bytes) -> str:
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIC"
    known = next((name for magic, name in _KNOWN if data.lstrip()[: len(magic)] == magic), "no image that we know")
    raise UnsupportedImage(f"the bytes are {known}; allowed: {', '.join(READABLE)}")


def _brands(data: bytes) -> frozenset[bytes]:
    (length,) = struct.unpack(">I", data[:4])
    box = data[8 : min(length, len(data), 256)]
    # Major brand, a version, then the compatible brands.
    return frozenset([box[:4], *(box[start : start + 4] for start in range(8, len(box), 4))])


def _check_jpeg(data: bytes, limits: Limits) -> None:
    """Count scans: 58 kB with 1,000 of them keep a decoder busy for seconds."""
    scans = 0
    at = 2
    while at + 4 <= len(data):
        if data[at] != _MARKER:  # damaged, or fill bytes: go on at the next marker
            found = _NEXT_MARKER.search(data, at)
            if found is None:
                return
            at = found.start()
        marker = data[at + 1]
        if marker == _END_OF_IMAGE:
            return
        if marker == _MARKER:
            at += 1
            continue
        if marker in _STANDALONE or marker == 0:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + length
        if marker == _START_OF_SCAN:
            scans += 1
            if scans > limits.jpeg_scans:
                raise ImageTooLarge(
                    f"the JPEG has more than {limits.jpeg_scans} scans, which is the limit (limits.jpeg_scans)"
                )
            found = _NEXT_MARKER.search(data, at)
            if found is None:
                return
            at = found.start()


def _check_webp(data: bytes, limits: Limits) -> None:
    """Read the canvas from the header: the decoder allocates it twice as soon as the file is opened."""
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:  # noqa: PLR2004 - 24-bit sizes less one, at offset 24
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif chunk == b"VP8L" and len(data) >= 25:  # noqa: PLR2004 - 14-bit sizes less one, at offset 21
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 " and len(data) >= 30:  # noqa: PLR2004 - 14-bit sizes at offset 26
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    else:
        return
    check_size(width, height, limits)


_CHECKS: Final[dict[str, Callable[[bytes, Limits], None]]] = {"JPEG": _check_jpeg, "WebP": _check_webp}
