"""Camera raw files: the embedded preview, developed by the camera, is used if it is large enough. No AWS.

A sensor's mosaic is never developed here: how it should look is a matter of taste.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from services.resize.formats import jpeg, structure_limits
from services.resize.formats.pillow import decoder_errors
from services.resize.formats.source import OpenedImage
from services.resize.formats.tiff.directories import TiffFile
from services.resize.formats.tiff.pages import size_of
from services.resize.formats.tiff.reader import TiffSource, copyright_of, orientation_of
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, PipelineError, UnsupportedImage
from shared.light_dataclass import dataclass

if TYPE_CHECKING:
    from services.resize.formats.tiff.pages import Pages

# The first bytes of raw files that are not plain TIFF, and their common names.
MAGIC: Final = (
    (b"IIRO", "Olympus ORF"),
    (b"IIRS", "Olympus ORF"),
    (b"MMOR", "Olympus ORF"),
    (b"IIU\x00", "Panasonic RW2"),
    (b"FUJIFILMCCD-RAW", "Fujifilm RAF"),
    (b"FOVb", "Sigma X3F"),
    (b"\x00MRM", "Minolta MRW"),
    (b"II\x1a\x00\x00\x00HEAP", "Canon CRW"),
)
_CANON_CR3: Final = "Canon CR3"

# A preview is used as the picture if its longer side is at least this fraction of the raw picture's.
_MIN_PART: Final = 0.5
# The minimum where the size of the raw picture is not known.
_MIN_SIDE_PX: Final = 1000

# Offsets that look like the start of a JPEG. Mosaics have some by chance: three in 50 MB.
_MAX_STARTS: Final = 4096
_MAX_SEGMENTS: Final = 64
_JPEG_START: Final = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
# Baseline, extended and progressive; the others are lossless, which is how mosaics are packed. ITU-T T.81, table B.1
_FRAME_MARKERS: Final = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES: Final = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_SCAN: Final = 0xDA


@dataclass(frozen=True, kw_only=True)
class _Preview:
    """A picture within a raw file.

    Args:
        size: (width, height) as it is stored, in pixels.
        at: offset of its JPEG; None where it is a page.
        page: its number among the pages that are not mosaics.
    """

    size: Size
    at: int | None = None
    page: int = 0

    @property
    def area(self) -> int:
        """Its area in pixels."""
        return self.size[0] * self.size[1]


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a raw file that is not a plain TIFF; see opener.opened."""
    name = next((name for magic, name in MAGIC if data.startswith(magic)), _CANON_CR3)
    with decoder_errors(limits):
        size, orientation = _facts(data, name, deadline)
        file = _RawFile(data=data, name=name, size=size, orientation=orientation)
        with _opened(file, _jpegs(data, deadline), limits, deadline) as source:
            yield source


@contextmanager
def preview_of_tiff(data: bytes, pages: "Pages", limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open the preview of a raw file that is a TIFF.

    Args:
        data: the file.
        pages: the pages of the file.
        limits: the limits to stay within.
        deadline: checked at every read; stops the decoder.

    Raises:
        UnsupportedImage: no preview is large enough.
    """
    previews = [each for each in _jpegs(data, deadline) if each.at not in pages.mosaics]
    previews += [_Preview(size=size_of(each), page=number) for number, each in enumerate(pages.pictures)]
    orientation = orientation_of(pages.first)
    file = _RawFile(data=data, name=pages.raw, size=pages.raw_size, orientation=orientation, pages=pages)
    with _opened(file, previews, limits, deadline) as source:
        yield source


@dataclass(frozen=True, kw_only=True)
class _RawFile:
    """Facts about a raw file.

    Args:
        data: the file.
        name: a name such as "Nikon NEF".
        size: (width, height) of its picture in pixels; (0, 0) where it is not known.
        orientation: orientation of its picture, 1 to 8.
        pages: its directories, if it is a TIFF.
    """

    data: bytes
    name: str
    size: Size
    orientation: int
    pages: "Pages | None" = None


@contextmanager
def _opened(file: _RawFile, previews: list[_Preview], limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """The largest preview that opens and is large enough."""
    raw_size = file.size
    # Of two with the same size, prefer the JPEG, which can be decoded cheaply at a fraction of its size.
    previews = sorted(previews, key=lambda each: (each.area, each.at is not None), reverse=True)
    least = max(raw_size) * _MIN_PART if max(raw_size) else _MIN_SIDE_PX
    with ExitStack() as stack:
        for preview in previews:
            if max(preview.size) < least:
                break
            try:
                source = stack.enter_context(_source(file, preview, limits, deadline))
            except ImageTooLarge:
                raise
            except (PipelineError, OSError, ValueError, SyntaxError):
                continue
            if source.orientation == 1 and not (preview.at is not None and _has_orientation(file.data, preview.at)):
                # Some previews are stored upright although the mosaic is not.
                turned = (preview.size[0] < preview.size[1]) != (raw_size[0] < raw_size[1])
                source.orientation = 1 if turned and max(raw_size) else file.orientation
            whole = f", whose picture has {raw_size[0]}x{raw_size[1]}" if max(raw_size) else ""
            source.warnings = (
                *source.warnings,
                f"embedded preview {preview.size[0]}x{preview.size[1]} of a camera raw file ({file.name}){whole}",
            )
            source.page_count = 1
            yield source
            return
    best = previews[0].size if previews else (0, 0)
    largest = "it has no preview"
    if previews:
        largest = f"its largest preview has {best[0]}x{best[1]} px" + (" and is damaged" if max(best) >= least else "")
    of = f", its picture {raw_size[0]}x{raw_size[1]}" if max(raw_size) else ""
    raise UnsupportedImage(
        f"a camera raw file ({file.name}), which is not developed here: {largest}{of}; export it as JPEG or TIFF"
        " from the camera's software and upload that"
    )


@contextmanager
def _source(file: _RawFile, preview: _Preview, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    if preview.at is None and file.pages is not None:
        page = TiffSource(file.pages.pictures[preview.page], file.pages, preview.page, limits, deadline)
        page.image()  # a page that does not decode is not a preview
        yield page
        return
    whole = file.data[preview.at :]
    structure_limits.check_jpeg(whole, limits, deadline)
    with jpeg.open_source(whole, limits, deadline) as source:
        if file.pages is not None and isinstance(source, jpeg.JpegSource):
            source.outer_copyright = copyright_of(file.pages.first)
        yield source


def _jpegs(data: bytes, deadline: Deadline) -> list[_Preview]:
    """Every JPEG in a file, wherever a camera put it: the largest ones are in maker notes, which differ by maker."""
    found = []
    for count, start in enumerate(_JPEG_START.finditer(data)):
        if count >= _MAX_STARTS:
            break
        if count % 64 == 0:
            deadline.check()
        size = _jpeg_size(data, start.start())
        if size is not None:
            found.append(_Preview(size=size, at=start.start()))
    return found


def _jpeg_size(data: bytes, at: int) -> Size | None:
    """(width, height) of the JPEG at this offset; None if it is not a JPEG, or one that only raw developers read."""
    at += 2
    for _ in range(_MAX_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAME_MARKERS:
            bits, height, width = struct.unpack_from(">BHH", data, at + 4)
            return (width, height) if bits == 8 and width and height else None
        if marker in _OTHER_FRAMES or marker == _SCAN or length < 2:
            return None
        at += 2 + length
    return None


def _has_orientation(data: bytes, at: int) -> bool:
    """Whether the JPEG at this offset has an orientation of its own."""
    start = data.find(b"Exif\0\0", at, at + 64)
    if start < 0:
        return False
    try:
        return any(274 in each for each in TiffFile(data[start + 6 : start + 65_536], _unchecked).chain()[:1])
    except PipelineError:
        return False


def _unchecked() -> None:
    """A few kilobytes need no deadline."""


def _facts(data: bytes, name: str, deadline: Deadline) -> tuple[Size, int]:
    """(width, height) of the raw picture, (0, 0) where it is not known; and its orientation."""
    try:
        if name == "Fujifilm RAF":
            return _size_of_raf(data), 1
        if name == _CANON_CR3:
            return _facts_of_cr3(data, deadline)
        if data[:2] in {b"II", b"MM"}:
            first = TiffFile(data, deadline.check).chain()[0]
            # RW2 has its own tags for the sensor's borders: top, left, bottom, right.
            top, left, bottom, right = (first.integer(tag, 0) for tag in (4, 5, 6, 7))
            size = (right - left, bottom - top) if name == "Panasonic RW2" else size_of(first)
            return (size if min(size) > 0 else (0, 0)), orientation_of(first)
    except (struct.error, PipelineError):
        pass
    return (0, 0), 1


def _size_of_raf(data: bytes) -> Size:
    """(width, height) from the record 0x0100, in the list at the offset in the header."""
    (at,) = struct.unpack_from(">I", data, 92)
    (count,) = struct.unpack_from(">I", data, at)
    at += 4
    for _ in range(min(count, 256)):
        tag, length = struct.unpack_from(">HH", data, at)
        if tag == 0x0100:
            height, width = struct.unpack_from(">HH", data, at + 4)
            return width, height
        at += 4 + length
    return 0, 0


def _facts_of_cr3(data: bytes, deadline: Deadline) -> tuple[Size, int]:
    head = data[:1_000_000]
    sizes = [
        struct.unpack_from(">HH", head, found.start() + 28)
        for found in list(re.finditer(rb"CRAW\0\0\0\0\0\0", head))[:16]
        if found.start() + 32 <= len(head)
    ]
    size = max(sizes, key=lambda each: each[0] * each[1], default=(0, 0))
    at = head.find(b"CMT1")
    orientation = 1
    if at >= 0:
        orientation = orientation_of(TiffFile(head[at + 4 : at + 65_540], deadline.check).chain()[0])
    return size, orientation
