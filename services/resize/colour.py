"""What the numbers of a frame mean: any mode to one that can be shrunk, any colour space to sRGB. No AWS."""

import io
from functools import cache, lru_cache
from itertools import chain, product
from math import isfinite
from operator import sub
from typing import Final

from PIL import Image, ImageCms

from services.resize import icc_tags
from services.resize.colour_codes import ColourEncoding, Curve, grey_table, matrix_profile

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))

_BYTE: Final = 255
_BYTE_BITS: Final = 8
_WORD: Final = 65_535
_WORD_BITS: Final = 16

# Relative colorimetric, Photoshop's default: colours within sRGB stay as they are. Inks also get black-point
# compensation, so that the darkest ink becomes black, not a dark grey. Other profiles do not, and the first of their
# tables counts, as in Chromium 156: its sRGB_v4_ICC_preference differed by 6.4 of 255 on average, and now by 0.3.
_INTENT: Final = ImageCms.Intent.RELATIVE_COLORIMETRIC
_INK_FLAGS: Final = ImageCms.Flags.BLACKPOINTCOMPENSATION
_FLAGS: Final = ImageCms.Flags.NONE

# Press profiles, tables of four inks, have up to 3 MB; the others under 10 kB.
_MAX_PROFILE_BYTES: Final = 4 * 1024**2
_KEPT_TRANSFORMS: Final = 4

# Where a profile's header names its device class. ICC.1:2022, 7.2.7
_DEVICE_CLASS: Final = slice(12, 16)
_PRINTER: Final = b"prtr"

# A profile that moves none of these colours by more than this is sRGB, whatever its name.
_SRGB_WITHIN: Final = 1
_STEPS: Final = (0, 8, 32, 64, 96, 128, 160, 192, 224, 255)
_PROBES: Final = {
    "L": Image.frombytes("L", (_BYTE + 1, 1), bytes(range(_BYTE + 1))),
    "RGB": Image.frombytes("RGB", (len(_STEPS) ** 3, 1), bytes(chain.from_iterable(product(_STEPS, repeat=3)))),
}


def workable(image: Image.Image, bits: int) -> Image.Image:
    """The frame in a mode that can be shrunk without loss: L, RGB, RGBA, CMYK or LAB.

    Palettes and masks become colours, transparency becomes alpha, more than eight bits are scaled and not clipped.

    Args:
        image: the image as decoded.
        bits: bits of a sample in the file.
    """
    if image.mode.startswith("I;16"):
        return _from_words(image, bits)
    if image.mode in {"I", "F"}:
        return _from_numbers(image)
    if image.mode == "LA" and _is_opaque(image):
        return image.getchannel("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else _with_alpha(image, bits)
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def to_srgb(image: Image.Image, icc_profile: bytes | None, encoding: ColourEncoding | None = None) -> Image.Image:
    """Convert to sRGB by the ICC profile or the encoding; a profile that is damaged or of another space is ignored.

    Args:
        image: image of mode L, RGB, RGBA, CMYK or LAB; grey stays grey.
        icc_profile: the ICC profile in the source; None where there is none.
        encoding: how the numbers are read where no profile applies.
    """
    if image.mode == "LAB":
        return _from_lab().apply(image)
    if encoding is not None and image.mode in {"L", "RGB", "RGBA"}:
        return _decoded(image, encoding)
    if not icc_profile or len(icc_profile) > _MAX_PROFILE_BYTES:
        return image
    return _profiled(image, icc_profile)


def _profiled(image: Image.Image, icc_profile: bytes) -> Image.Image:
    space = icc_profile[icc_tags.COLOUR_SPACE]
    if image.mode == "L" and space == b"RGB ":  # of a picture that lost its colours
        levels = _grey_levels(icc_profile)
        return image if levels is None else image.point(levels)
    mode = "RGB" if image.mode == "RGBA" else image.mode
    if mode == "RGB" and space == b"GRAY" and _is_grey(image):
        mode = "L"  # grey with alpha, which became RGBA to be shrunk
    transform = _transform(icc_profile, mode)
    if transform is None:
        return image
    colour = transform.apply(image if image.mode == mode else image.convert(mode))
    if image.mode == "RGBA":
        return Image.merge("RGBA", (*colour.split(), image.getchannel("A")))
    return colour.convert("L") if mode == "L" else colour


@lru_cache(maxsize=_KEPT_TRANSFORMS)
def _grey_levels(icc_profile: bytes) -> list[int] | None:
    """The sRGB byte of each byte of grey by a profile of colours; None where it is sRGB."""
    transform = _transform(icc_profile, "RGB")
    return None if transform is None else list(transform.apply(_PROBES["L"].convert("RGB")).convert("L").tobytes())


def is_srgb(icc_profile: bytes) -> bool:
    """Whether to_srgb leaves colours of this profile as they are: it is sRGB, or ignored."""
    return len(icc_profile) > _MAX_PROFILE_BYTES or _transform(icc_profile, "RGB") is None


def _decoded(image: Image.Image, encoding: ColourEncoding) -> Image.Image:
    if isinstance(encoding.transfer, Curve):
        if image.mode == "L":
            return image.point(grey_table(encoding.transfer))
        return to_srgb(image, matrix_profile(encoding))
    from services.resize.tone_mapping import grey_levels, table_profile  # noqa: PLC0415 - few pictures are HDR

    if image.mode == "L":
        return image.point(grey_levels(encoding))
    return to_srgb(image, table_profile(encoding))


def _is_opaque(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() == (_BYTE, _BYTE)


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()[:3]
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _with_alpha(image: Image.Image, bits: int) -> Image.Image:
    """Convert to RGBA. Pillow makes bytes of all samples, but returns the transparent colour as the file has it."""
    clear = image.info.get("transparency")
    if bits != _BYTE_BITS and image.mode in {"L", "RGB"}:
        image = image.copy()  # the decoder needs its own info for later frames
        full = 2**bits - 1
        image.info["transparency"] = (
            tuple(value >> (bits - _BYTE_BITS) for value in clear)
            if isinstance(clear, tuple)
            else min(clear or 0, full) * _BYTE // full
        )
    return image.convert("RGBA")


def _from_words(image: Image.Image, bits: int) -> Image.Image:
    """Grey of up to 16 bits, stored in 16, as L; as RGBA where a value is transparent."""
    words = image.convert("I")
    grey = words.point(_levels(bits), "L")
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    alpha = words.point([0 if value == clear else _BYTE for value in range(_WORD + 1)], "L")
    return Image.merge("RGBA", (grey, grey, grey, alpha))


@cache
def _levels(bits: int) -> list[int]:
    """The byte of each 16-bit value."""
    full = 2**bits - 1 if _BYTE_BITS <= bits <= _WORD_BITS else _WORD
    return [min(_BYTE, (value * _BYTE + full // 2) // full) for value in range(_WORD + 1)]


def _from_numbers(image: Image.Image) -> Image.Image:
    """32-bit and floating-point grey as L. No format defines white: it is guessed from the range in use."""
    low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
    if not (isfinite(low) and isfinite(high)):
        low, high = 0.0, 1.0
    # Measurements, such as heights, follow no convention: their whole range is shown.
    usual = (_BYTE, _WORD) if image.mode == "I" else (1, _BYTE)
    white = next((white for white in usual if low >= 0 and high <= white), None)
    if white is not None:
        low, high = 0.0, float(white)
    scale = _BYTE / ((high - low) or 1.0)
    return image.convert("F").point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


@lru_cache(maxsize=_KEPT_TRANSFORMS)
def _transform(icc_profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """A transform from this profile to sRGB, as RGB; None where there is nothing to convert.

    Making one takes 2 ms, and 20 ms for a press profile, so the last ones are cached: most images of a batch come from
    one camera. A transform keeps nothing of a picture, and several threads may use it at once, as a test shows.
    """
    try:
        inks = mode == "CMYK" or icc_profile[_DEVICE_CLASS] == _PRINTER
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile if inks else _first_table(icc_profile)))
        transform = ImageCms.ImageCmsTransform(
            profile, _SRGB, mode, "RGB", _INTENT, flags=_INK_FLAGS if inks else _FLAGS
        )
    except Exception:  # noqa: BLE001 - a damaged profile, or one for another colour space, must not cost the picture
        return None
    probe = _PROBES.get(mode)
    if probe is None:
        return transform
    moved = map(sub, transform.apply(probe).tobytes(), probe.convert("RGB").tobytes())
    return None if all(-_SRGB_WITHIN <= by <= _SRGB_WITHIN for by in moved) else transform


def _first_table(icc_profile: bytes) -> bytes:
    """The profile without A2B1 if it has A2B0, so that lcms takes that table for every intent."""
    places = icc_tags.places(icc_profile)
    at = places.get(b"A2B1")
    return icc_profile if at is None or b"A2B0" not in places else icc_profile[:at] + b"none" + icc_profile[at + 4 :]


@cache
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.ImageCmsTransform(_LAB, _SRGB, "LAB", "RGB", _INTENT, flags=_FLAGS)
