"""The format by the first bytes, and checks before any decoder allocates. No Pillow, no AWS."""

from collections.abc import Callable, Collection
from typing import Final

from services.resize.bounds import check_bytes
from services.resize.formats import structure_limits
from services.resize.formats.heif_brands import brands_of, form_of
from services.resize.formats.unsupported import name_of
from services.resize.settings import INPUT_FORMATS, Limits
from shared.deadline import NEVER, Deadline
from shared.errors import UnsupportedImage

# Common names of the supported formats, in the order of the README.
READABLE: Final = ("JPEG", "PNG", "GIF", "WebP", "AVIF", "HEIC", "TIFF", "BMP", "JPEG 2000")

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
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    # Raw files of cameras that are not plain TIFF; see raw.MAGIC.
    (b"IIRO", "RAW"),
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
    (b"IIU\x00", "RAW"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"FOVb", "RAW"),
    (b"\x00MRM", "RAW"),
    (b"II\x1a\x00\x00\x00HEAP", "RAW"),
)

# Read where its decoder is installed, which the settings say.
_JPEG_XL: Final = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")
_EXTRA: Final = "jxl"

# A chunk of Xcode, before IHDR: the file is not a PNG, although it begins like one.
_APPLE_PNG: Final = b"CgBI"


def probe(data: bytes, limits: Limits, deadline: Deadline = NEVER, formats: Collection[str] = INPUT_FORMATS) -> str:
    """The format of a file by its bytes, never by its name: one of READABLE.

    Args:
        data: the file.
        limits: the limits to stay within.
        deadline: checked while the parts of the file are counted.
        formats: the accepted formats, as in `formats` of pipeline.yaml.

    Raises:
        UnsupportedImage: not a supported format, or one that is switched off.
        ImageTooLarge: a limit is exceeded, as far as is known before a decoder starts.
    """
    check_bytes(len(data), limits)
    found = format_of(data, formats)
    if setting_of(found) not in formats:
        accepted = ", ".join(name for name in READABLE if setting_of(name) in formats) or "none"
        raise UnsupportedImage(f"{found} is switched off here (formats in pipeline.yaml); accepted: {accepted}")
    check = _CHECKS.get(found)
    if check is not None:
        check(data, limits, deadline)
    return found


def setting_of(name: str) -> str:
    """The word of `formats` in pipeline.yaml for one of READABLE; raw files count as TIFF, which most of them are."""
    return {"RAW": "tiff", "JPEG XL": _EXTRA}.get(name, name.lower().replace(" ", ""))


def format_of(data: bytes, formats: Collection[str]) -> str:
    """The common name of a file's format, such as "AVIF"; nothing is checked.

    Args:
        data: the file.
        formats: the accepted formats; jxl alone makes a difference.

    Raises:
        UnsupportedImage: not a supported format.
    """
    if data.startswith(_JPEG_XL) and _EXTRA in formats:
        return "JPEG XL"
    for magic, name in _MAGIC:
        if data.startswith(magic) and not data.startswith(_APPLE_PNG, 12):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        form = "RAW" if b"crx " in brands_of(data) else form_of(data)
        if form is not None:
            return form
    raise UnsupportedImage(f"not a supported image format (found: {name_of(data)}); supported: {', '.join(READABLE)}")


_CHECKS: Final[dict[str, Callable[[bytes, Limits, Deadline], None]]] = {
    "JPEG": structure_limits.check_jpeg,
    "PNG": structure_limits.check_png,
    "GIF": structure_limits.check_gif,
    "WebP": structure_limits.check_webp,
    "AVIF": structure_limits.check_avif,
    "HEIC": structure_limits.check_heic,
    "TIFF": structure_limits.check_tiff,
    "BMP": structure_limits.check_bmp,
}
