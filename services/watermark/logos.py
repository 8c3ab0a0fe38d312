"""The picture of an image watermark: read within limits, upright, and trimmed to its visible part. No AWS."""

import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from shared.errors import BadSetting

FORMATS: Final = ("PNG", "WEBP", "JPEG")

# A watermark is a quarter of an image wide: more pixels would never be visible, and would only enlarge the zip.
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_PIXELS: Final = 4_000_000

# Eight bits per channel. Pillow would clip 16-bit grey to white.
_MODES: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"})


def load(path: Path, name: str) -> Image.Image:
    """Load the picture as RGBA.

    Args:
        path: path of the file.
        name: name in pipeline.yaml, for errors.

    Raises:
        BadSetting: the picture is not usable; names the file and what is allowed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadSetting(f"watermark.image is {name!r}; it cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise _bad(name, "larger", f"at most {MAX_BYTES:,} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check(picture, name)
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _bad(name, "not a picture that can be decoded", "PNG, WebP or JPEG") from error
    # A transparent border would add to the margin, and reduce the watermark's visible width.
    seen = upright.getchannel("A").getbbox()
    if seen is None:
        raise _bad(name, "transparent everywhere", "a picture with visible pixels")
    return upright.crop(seen)


def _check(picture: Image.Image, name: str) -> None:
    """Check the header before anything is decoded."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _bad(name, f"{width:,} x {height:,} px", f"at most {MAX_PIXELS:,} px")
    if picture.mode not in _MODES:
        raise _bad(name, f"of mode {picture.mode}", "8 bits per channel")
    if getattr(picture, "n_frames", 1) > 1:
        raise _bad(name, "animated", "a still picture")


def _bad(name: str, what: str, allowed: str) -> BadSetting:
    return BadSetting(f"watermark.image is {name!r}, which is {what}; allowed: {allowed}")
