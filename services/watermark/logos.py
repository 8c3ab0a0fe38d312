"""The picture of an image watermark: read within limits, upright, in sRGB, trimmed to its visible part. No AWS."""

import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageOps

from shared.errors import BadSetting

FORMATS: Final = ("PNG", "WEBP", "JPEG")

# A watermark is a quarter of an image wide: more pixels would never be visible, and would only enlarge the zip.
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_PIXELS: Final = 4_000_000

# Eight bits per channel. Pillow would clip 16-bit grey to white.
_MODES: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"})

# A profile that moves no colour of the logo by more than this leaves it as it is.
_SRGB_WITHIN: Final = 1


def load(path: Path, name: str) -> Image.Image:
    """Load the picture as RGBA in sRGB.

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
            upright = _to_srgb(ImageOps.exif_transpose(picture), picture.info.get("icc_profile"))
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


def _to_srgb(picture: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """The picture as RGBA, its colours converted to sRGB by the ICC profile.

    A profile that is damaged or of another colour space is ignored, as services/resize/colour.py does for images.
    """
    plain = picture.convert("RGBA")
    if not icc_profile:
        return plain
    from PIL import ImageCms  # noqa: PLC0415 - few logos have a profile

    mode = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    # As there: relative colorimetric, and inks with black-point compensation.
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if mode == "CMYK" else ImageCms.Flags.NONE
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.ImageCmsTransform(profile, srgb, mode, "RGB", intent, flags=flags)
    except (OSError, ValueError):
        return plain
    colour = transform.apply(picture if mode == "CMYK" else plain.convert(mode))
    moved = ImageChops.difference(colour, plain.convert("RGB")).point(lambda by: by if by > _SRGB_WITHIN else 0)
    if moved.getbbox() is None:
        return plain
    colour.putalpha(plain.getchannel("A"))
    return colour


def _bad(name: str, what: str, allowed: str) -> BadSetting:
    return BadSetting(f"watermark.image is {name!r}, which is {what}; allowed: {allowed}")
