"""What the numbers of a frame mean: any mode to one that can be shrunk, any colour space to sRGB. No AWS."""

import io
from functools import cache, lru_cache
from itertools import chain, product
from math import isfinite
from operator import sub
from typing import Final

from PIL import Image, ImageCms

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))

_BYTE: Final = 255
_BYTE_BITS: Final = 8
_WORD: Final = 65_535
_WORD_BITS: Final = 16

# Relative colorimetric with black-point compensation, Photoshop's default: what lies within sRGB stays as it is, and
# the darkest ink becomes black, not a dark grey. For the profiles of screens and cameras all intents are alike.
_INTENT: Final = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS: Final = ImageCms.Flags.BLACKPOINTCOMPENSATION

# The profiles of presses, tables of four inks, have up to 3 MB; the rest under 10 kB.
_LARGEST_PROFILE_BYTES: Final = 4 * 1024**2
_KEPT_TRANSFORMS: Final = 4

# Where a profile's header says which colours it is for. ICC.1:2022, 7.2.8
_COLOUR_SPACE: Final = slice(16, 20)

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
        image: as decoded.
        bits: of a sample as the file holds it.
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


def to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Through the ICC profile to sRGB; a profile that is damaged or of another colour space is left aside.

    Args:
        image: of mode L, RGB, RGBA, CMYK or LAB; what is grey stays grey.
        icc_profile: as the source holds it.
    """
    if image.mode == "LAB":
        return _from_lab().apply(image)
    if not icc_profile or len(icc_profile) > _LARGEST_PROFILE_BYTES:
        return image
    mode = "RGB" if image.mode == "RGBA" else image.mode
    if mode == "RGB" and icc_profile[_COLOUR_SPACE] == b"GRAY" and _is_grey(image):
        mode = "L"  # grey with alpha, which became RGBA to be shrunk
    transform = _transform(icc_profile, mode)
    if transform is None:
        return image
    colour = transform.apply(image if image.mode == mode else image.convert(mode))
    if image.mode == "RGBA":
        return Image.merge("RGBA", (*colour.split(), image.getchannel("A")))
    return colour.convert("L") if mode == "L" else colour


def _is_opaque(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() == (_BYTE, _BYTE)


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()[:3]
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _with_alpha(image: Image.Image, bits: int) -> Image.Image:
    """As RGBA. Pillow makes bytes of all samples, but tells the colour that is see-through as the file has it."""
    clear = image.info.get("transparency")
    if bits != _BYTE_BITS and image.mode in {"L", "RGB"}:
        image = image.copy()  # the decoder needs its own notes for the frames to come
        full = 2**bits - 1
        image.info["transparency"] = (
            tuple(value >> (bits - _BYTE_BITS) for value in clear)
            if isinstance(clear, tuple)
            else min(clear or 0, full) * _BYTE // full
        )
    return image.convert("RGBA")


def _from_words(image: Image.Image, bits: int) -> Image.Image:
    """16-bit grey, or what lies in 16 bits of which not all are used, as L; as RGBA where a value is see-through."""
    words = image.convert("I")
    grey = words.point(_levels(bits), "L")
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    alpha = words.point([0 if value == clear else _BYTE for value in range(_WORD + 1)], "L")
    return Image.merge("RGBA", (grey, grey, grey, alpha))


@cache
def _levels(bits: int) -> list[int]:
    """Which byte each 16-bit value becomes."""
    full = 2**bits - 1 if _BYTE_BITS <= bits <= _WORD_BITS else _WORD
    return [min(_BYTE, (value * _BYTE + full // 2) // full) for value in range(_WORD + 1)]


def _from_numbers(image: Image.Image) -> Image.Image:
    """32-bit and floating point grey as L. No format says what is white: it is guessed from the range that is used."""
    low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
    if not (isfinite(low) and isfinite(high)):
        low, high = 0.0, 1.0
    # Measurements, such as heights, keep to no convention: all of their range is shown.
    usual = (_BYTE, _WORD) if image.mode == "I" else (1, _BYTE)
    white = next((white for white in usual if low >= 0 and high <= white), None)
    if white is not None:
        low, high = 0.0, float(white)
    scale = _BYTE / ((high - low) or 1.0)
    return image.convert("F").point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


@lru_cache(maxsize=_KEPT_TRANSFORMS)
def _transform(icc_profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From this profile to sRGB, as RGB; None where there is nothing to convert.

    Making one takes 2 ms, and 20 ms for a press's, so the last ones are kept: most images of a batch come from one
    camera. Nothing of a picture stays in it, and several threads may use it at once, as the test of it shows.
    """
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        transform = ImageCms.ImageCmsTransform(profile, _SRGB, mode, "RGB", _INTENT, flags=_FLAGS)
    except Exception:  # noqa: BLE001 - a damaged profile, or one for another colour space, must not cost the picture
        return None
    probe = _PROBES.get(mode)
    if probe is None:
        return transform
    moved = map(sub, transform.apply(probe).tobytes(), probe.convert("RGB").tobytes())
    return None if all(-_SRGB_WITHIN <= by <= _SRGB_WITHIN for by in moved) else transform


@cache
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.ImageCmsTransform(_LAB, _SRGB, "LAB", "RGB", _INTENT, flags=_FLAGS)
