"""Which directory of a TIFF is the picture, and whether it is a camera's raw file. No Pillow, no AWS."""

import struct
from collections.abc import Callable
from typing import Final

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.directories import Directory, TiffFile
from shared.light_dataclass import dataclass

_NEW_SUBFILE_TYPE: Final = 254
_SUBFILE_TYPE: Final = 255
_REDUCED_BIT: Final = 1
_MASK_BIT: Final = 4
_OLD_REDUCED: Final = 2

_MAKE: Final = 271
_DNG_VERSION: Final = 50706
_CR2_SLICES: Final = 50752
# Compressions of mosaics, which only cameras write: Sony, "packed raw", Samsung, Nikon, lossy DNG, Kodak, Pentax.
_RAW_COMPRESSIONS: Final = frozenset({32767, 32769, 32770, 34713, 34892, 65000, 65535})
_RAW_PHOTOMETRICS: Final = frozenset({kinds.CFA, kinds.LINEAR_RAW})

# Names of raw files by the beginning of Make.
_RAW_NAMES: Final = (
    ("NIKON", "Nikon NEF"), ("CANON", "Canon CR2"), ("SONY", "Sony ARW"), ("PENTAX", "Pentax PEF"),
    ("RICOH", "Pentax PEF"), ("SAMSUNG", "Samsung SRW"), ("SEIKO EPSON", "Epson ERF"), ("MAMIYA", "Mamiya MEF"),
    ("HASSELBLAD", "Hasselblad 3FR"), ("PHASE ONE", "Phase One IIQ"), ("LEAF", "Leaf MOS"),
    ("EASTMAN KODAK", "Kodak KDC or DCR"), ("KODAK", "Kodak KDC or DCR"), ("OLYMPUS", "Olympus ORF"),
    ("OM DIGITAL", "Olympus ORF"), ("PANASONIC", "Panasonic RW2"), ("LEICA", "Leica RWL"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The directories of a file, by what they contain.

    Args:
        first: first directory, whose tags apply where a picture's are missing.
        pictures: each page at full size; for a raw file, the directories that are not a mosaic.
        raw: name of the raw format, such as "Nikon NEF"; empty where the file is not raw.
        raw_size: (width, height) of the raw file's picture in pixels; (0, 0) where it is not known.
        mosaics: offsets of the parts of a raw file's mosaics; a JPEG there is not a preview.
    """

    first: Directory
    pictures: tuple[Directory, ...]
    raw: str
    raw_size: tuple[int, int]
    mosaics: frozenset[int] = frozenset()


def pages_of(data: bytes, check: Callable[[], None]) -> Pages:
    """Find the pages of a file.

    Args:
        data: the file.
        check: called before each directory; may raise, as a deadline does.

    Raises:
        UnreadableImage: there is no directory.
        ImageTooLarge: see TiffFile.chain.
    """
    file = TiffFile(data, check)
    chain = file.chain()
    first = chain[0]
    # SubIFDs are the picture of thumbnail-first files, and reduced copies in others; those of later pages never matter.
    below = file.below(first)
    everything = [*chain, *below]
    raw = _raw_name(first, everything, data)
    if raw:
        mosaics = [each for each in everything if _is_mosaic(each)]
        sizes = [size_of(each) if _area(each) else _lossless_size(each) for each in mosaics]
        return Pages(
            first=first,
            pictures=tuple(filter(_is_preview, everything)),
            raw=raw,
            raw_size=max(sizes, key=lambda size: size[0] * size[1], default=(0, 0)),
            mosaics=frozenset(at for each in mosaics for tag in (273, 324) for at in each.integers(tag)),
        )
    full = [each for each in chain if not _is_reduced(each)]
    if not full:
        full = [each for each in below if not _is_reduced(each) and _area(each) > _area(first)][:1]
    return Pages(first=first, pictures=tuple(full) or (max(chain, key=_area),), raw="", raw_size=(0, 0))


def size_of(directory: Directory) -> tuple[int, int]:
    """(width, height) in pixels, from the tags."""
    return directory.integer(256, 0), directory.integer(257, 0)


def _area(directory: Directory) -> int:
    width, height = size_of(directory)
    return width * height


def _is_reduced(directory: Directory) -> bool:
    """Whether it is a smaller copy of another picture, or its mask. TIFF 6.0, NewSubfileType and SubfileType."""
    if _NEW_SUBFILE_TYPE in directory:
        return bool(directory.integer(_NEW_SUBFILE_TYPE, 0) & (_REDUCED_BIT | _MASK_BIT))
    return directory.integer(_SUBFILE_TYPE, 0) == _OLD_REDUCED


def _is_mosaic(directory: Directory) -> bool:
    return (
        directory.integer(262, -1) in _RAW_PHOTOMETRICS
        or directory.integer(259, 1) in _RAW_COMPRESSIONS
        or _CR2_SLICES in directory
    )


def _is_preview(directory: Directory) -> bool:
    """Whether it is a picture of a raw file that is not a mosaic, mask or depth map."""
    meant = directory.integer(262, -1) in {kinds.BLACK_IS_ZERO, kinds.RGB, kinds.YCBCR}
    return meant and not _is_mosaic(directory) and not directory.integer(_NEW_SUBFILE_TYPE, 0) & _MASK_BIT


def _lossless_size(directory: Directory) -> tuple[int, int]:
    """(width, height) of a mosaic in a lossless JPEG, as in Canon's files; (0, 0) where there is none.

    Its components are neighbours in one row. ITU-T T.81, B.2.2
    """
    at = directory.integer(273, 0)
    found = directory.data.find(b"\xff\xc3", at, at + 4096)
    if found < 0 or found + 10 > len(directory.data):
        return 0, 0
    height, width, components = struct.unpack_from(">HHB", directory.data, found + 5)
    return width * components, height


def _raw_name(first: Directory, everything: list[Directory], data: bytes) -> str:
    """Name of the raw format; empty where the file is not raw."""
    if data[8:10] == b"CR":
        return "Canon CR2"
    if data[8:12] in {b"IIII", b"MMMM"}:
        return "Phase One IIQ"
    if not any(map(_is_mosaic, everything)):
        return ""
    make = first.text(_MAKE)
    if _DNG_VERSION in first:
        return f"{make.title()} DNG".strip()
    upper = make.upper()
    return next((name for start, name in _RAW_NAMES if upper.startswith(start)), make.title() or "of an unknown camera")
