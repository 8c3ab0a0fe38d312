"""Pixels from a decoded frame to a rendition: cut, shrunk, upright, in sRGB. No AWS."""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageCms

from services.resize.resampling import resample
from services.resize.scaling import Plan, Size, stored_box, swapped

_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))

_BYTE: Final = 255
_WORD: Final = 65_535
_PALETTE_MODES: Final = frozenset({"P", "PA"})


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every rendition of one source shares.

    Args:
        size: (width, height) of the source as people see it, in pixels.
        orientation: its EXIF orientation, 1 to 8.
        icc_profile: as the source holds it.
        animated: whether its frames are one animation, and so must be alike.
    """

    size: Size
    orientation: int
    icc_profile: bytes | None
    animated: bool


def shrink(frame: Image.Image, plan: Plan, ground: Ground) -> Image.Image:
    """One rendition of one frame: an image of mode L, RGB or RGBA; always RGBA in an animation.

    Args:
        frame: as decoded, perhaps at a fraction of the source's size.
        plan: of the rendition, in the source's pixels.
        ground: of the source.
    """
    image = _cut(frame, plan, ground)
    for step in (_upright, _to_srgb, _plain):
        image = step(image, ground)
    image = _pad(image, plan)
    # What the decoder noted of the source (profile, EXIF, compression) would go into the next file by itself.
    image.info = {}
    return image


def workable(image: Image.Image) -> Image.Image:
    """The frame in a mode that can be shrunk without loss: L, RGB, RGBA, CMYK or LAB.

    Palettes and masks become colours, transparency becomes alpha, more than eight bits are scaled and not clipped.
    """
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        return _eight_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _cut(frame: Image.Image, plan: Plan, ground: Ground) -> Image.Image:
    """Crop and resize in one pass, in the picture as it is stored: turning the small one is cheaper."""
    stored = swapped(ground.size, ground.orientation)
    scale_x, scale_y = frame.width / stored[0], frame.height / stored[1]
    left, top, right, bottom = stored_box(plan.crop, ground.size, ground.orientation)
    box = (
        max(0.0, left * scale_x),
        max(0.0, top * scale_y),
        min(float(frame.width), right * scale_x),
        min(float(frame.height), bottom * scale_y),
    )
    size = swapped(plan.size, ground.orientation)
    if box == (0, 0, *size) and frame.size == size:
        return frame.copy()
    return resample(frame, size, box)


def _upright(image: Image.Image, ground: Ground) -> Image.Image:
    turn = _UPRIGHT.get(ground.orientation)
    return image if turn is None else image.transpose(turn)


def _to_srgb(image: Image.Image, ground: Ground) -> Image.Image:
    """Through the ICC profile to sRGB; a profile that is damaged or of another colour space is left aside."""
    if image.mode == "LAB":
        return _converted(image, _LAB, "RGB") or image.convert("L")
    if ground.icc_profile:
        profile = _profile(ground.icc_profile)
        output = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = _converted(image, profile, output) if profile is not None else None
        if converted is not None:
            return converted.convert("L") if image.mode == "L" else converted
    return image


def _plain(image: Image.Image, ground: Ground) -> Image.Image:
    """L, RGB or RGBA. An alpha that hides nothing is dropped from a still; an animation's frames must be alike."""
    if ground.animated:
        return image.convert("RGBA")
    if image.mode == "RGBA":
        extrema = image.getchannel("A").getextrema()
        return image.convert("RGB") if extrema == (_BYTE, _BYTE) else image
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _pad(image: Image.Image, plan: Plan) -> Image.Image:
    """Centred on the canvas, which is transparent."""
    if image.size == plan.canvas:
        return image
    canvas = Image.new("RGBA", plan.canvas, (_BYTE, _BYTE, _BYTE, 0))
    canvas.paste(image, ((plan.canvas[0] - image.width) // 2, (plan.canvas[1] - image.height) // 2))
    return canvas


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating point grey as L, scaled from what the format, else the picture, uses at most."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    low, high = image.getextrema()
    top = float(high) if isinstance(high, int | float) else float(_BYTE)
    if image.mode == "F":
        full = 1.0 if top <= 1 else float(_BYTE) if top <= _BYTE else float(_WORD) if top <= _WORD else top
    else:
        full = float(_BYTE) if top <= _BYTE else float(_WORD) if top <= _WORD else top
    del low
    return image.convert("F").point(lambda value: value * (_BYTE / full)).convert("L")


def _profile(icc_profile: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        description = ImageCms.getProfileDescription(profile)
    except Exception:  # noqa: BLE001 - a damaged profile must not cost the picture
        return None
    return None if description.startswith("sRGB") else profile


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile, output: str) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(image, profile, _SRGB, outputMode=output)
    except Exception:  # noqa: BLE001 - a profile for another colour space, such as Lab in an RGB file
        return None
