"""Pixels from a decoded frame to a rendition: cropped, shrunk, upright, in sRGB. No AWS."""

from typing import Final

from PIL import Image, ImageColor

from services.resize.colour import to_srgb
from services.resize.colour_codes import ColourEncoding
from services.resize.resampling import resample
from services.resize.scaling import Box, ResizePlan, Size, stored_box, swapped
from services.resize.settings import TRANSPARENT
from shared.light_dataclass import dataclass

_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_BYTE: Final = 255
_WHITE: Final = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """What every rendition of one source shares.

    Args:
        size: (width, height) of the source as people see it, in pixels.
        orientation: its EXIF orientation, 1 to 8.
        icc_profile: the ICC profile in the source; None where there is none.
        animated: whether its frames are one animation, and so must be alike.
        encoding: what its numbers mean, where that is not sRGB and no profile applies.
    """

    size: Size
    orientation: int
    icc_profile: bytes | None
    animated: bool
    encoding: ColourEncoding | None = None


def shrink(
    frame: Image.Image, plan: ResizePlan, info: SourceInfo, background: str = TRANSPARENT, sharpen: int = 0
) -> Image.Image:
    """One rendition of one frame: an image of mode L, RGB or RGBA; always RGBA in an animation.

    Args:
        frame: as decoded, perhaps at a fraction of the source's size.
        plan: plan of the rendition, in the source's pixels.
        info: facts about the source.
        background: TRANSPARENT, or a colour "#rrggbb" for all transparent pixels.
        sharpen: how much it is sharpened once it has its size, 0 to 100.
    """
    return padded(fitted(frame, plan, info, sharpen), plan, background, info)


def fitted(frame: Image.Image, plan: ResizePlan, info: SourceInfo, sharpen: int = 0) -> Image.Image:
    """The picture of a rendition without its padding; see shrink."""
    image = upright(_cut(frame, plan, info), info.orientation)
    image = _plain(to_srgb(image, info.icc_profile, info.encoding), info)
    if sharpen:
        # Imported only here: few renditions are sharpened.
        from services.resize.sharpening import sharpened  # noqa: PLC0415

        image = sharpened(image, sharpen)
    return image


def _cut(frame: Image.Image, plan: ResizePlan, info: SourceInfo) -> Image.Image:
    """Crop and resize in one pass, in the picture as it is stored: rotating the small one is cheaper."""
    box = frame_box(frame, plan.crop, info)
    size = swapped(plan.size, info.orientation)
    if box == (0, 0, *size) and frame.size == size:
        return frame.copy()
    return resample(frame, size, box)


def frame_box(frame: Image.Image, box: Box, info: SourceInfo) -> Box:
    """A box of the source, in pixels of a frame as it is stored, perhaps at a fraction of the source's size."""
    stored = swapped(info.size, info.orientation)
    scale_x, scale_y = frame.width / stored[0], frame.height / stored[1]
    left, top, right, bottom = stored_box(box, info.size, info.orientation)
    return (
        max(0.0, left * scale_x),
        max(0.0, top * scale_y),
        min(float(frame.width), right * scale_x),
        min(float(frame.height), bottom * scale_y),
    )


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as people see it.

    Args:
        image: the picture as it is stored.
        orientation: its EXIF orientation, 1 to 8.
    """
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def _plain(image: Image.Image, info: SourceInfo) -> Image.Image:
    """As L, RGB or RGBA. An opaque alpha is discarded from a still; an animation's frames must be alike."""
    if info.animated:
        return image.convert("RGBA")
    if image.mode == "RGBA":
        extrema = image.getchannel("A").getextrema()
        return image.convert("RGB") if extrema == (_BYTE, _BYTE) else image
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def padded(image: Image.Image, plan: ResizePlan, background: str, info: SourceInfo) -> Image.Image:
    """A fitted picture as its rendition has it: on its canvas, without what the decoder noted of the source."""
    image = _on_canvas(image, plan, background, info)
    # Profile, EXIF and compression of the source would go into the next file by themselves.
    image.info = {}
    return image


def _on_canvas(image: Image.Image, plan: ResizePlan, background: str, info: SourceInfo) -> Image.Image:
    """The picture at the plan's place on a canvas of the background; unchanged where neither would show."""
    if background == TRANSPARENT:
        if image.size == plan.canvas:
            return image
        canvas = Image.new("RGBA", plan.canvas, (*_WHITE, 0))
        canvas.paste(image, plan.at)
        return canvas
    if image.size == plan.canvas and image.mode != "RGBA":
        return image
    canvas = Image.new("RGB", plan.canvas, ImageColor.getrgb(background))
    canvas.paste(image, plan.at, mask=image if image.mode == "RGBA" else None)
    return canvas.convert("RGBA") if info.animated else canvas
