"""The format of a file by its first bytes, found without the product's own code."""

from pathlib import Path
from typing import Final

# ISO/IEC 14496-12: brands of the file type box. Image sequences have their own brands.
_AVIF: Final = {b"avif", b"avis"}
_HEIC: Final = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_HEAD_BYTES: Final = 64 * 1024
_BRAND_BYTES: Final = 4
_BRANDS_BEGIN: Final = 8

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    # TIFF and BigTIFF, of either byte order.
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"BM", "bmp"),
)

FORMATS: Final = ("jpeg", "png", "apng", "gif", "webp", "avif", "heic", "tiff", "bmp")


def format_of(path: Path) -> str | None:
    """One of FORMATS; None for anything else."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for begin, form in _BEGINNINGS:
        if head.startswith(begin):
            return form
    if head.startswith(_PNG):
        return "apng" if b"acTL" in head.partition(b"IDAT")[0] else "png"
    if head.startswith(b"RIFF"):
        return "webp" if head[8:12] == b"WEBP" else None
    return _iso(head) if head[4:8] == b"ftyp" else None


def _iso(head: bytes) -> str | None:
    length = int.from_bytes(head[:4], "big")
    brands = [head[at : at + _BRAND_BYTES] for at in range(_BRANDS_BEGIN, min(length, len(head)), _BRAND_BYTES)]
    if not _AVIF.isdisjoint(brands):
        return "avif"
    return None if _HEIC.isdisjoint(brands) else "heic"
