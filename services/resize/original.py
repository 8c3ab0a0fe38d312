"""The source's own encoded pixels, if a rendition has exactly these, so that no encoder makes them larger. No AWS."""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops

from services.resize.colour import workable
from services.resize.formats.source import OpenedImage
from shared.deadline import Deadline, WatchedBytes

# Formats of outputs for which the source's own encoding may be used, by formats of sources, and Pillow's names.
_FORMS: Final = {"PNG": "png", "WebP": "webp"}
_NAMES: Final = {"png": "PNG", "webp": "WEBP"}
# The original is decoded and compared, which takes up to 16 bytes per pixel.
_MAX_PIXELS: Final = 4096 * 4096
_SEEN: Final = [0] + [255] * 255


def original_of(source: OpenedImage, frames: Sequence[Image.Image], form: str, deadline: Deadline) -> bytes | None:
    """A clean file of the source's own encoded pixels that shows exactly what a rendition does; None if there is none.

    Args:
        source: source whose frames have been decoded.
        frames: the frames of the rendition.
        form: format of the output.
        deadline: checked while the file is decoded.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    frame = frames[0]
    if _FORMS.get(source.format) != form or frame.size != source.stored_size or len(frames) > 1:
        return None
    if not source.lossless or frame.width * frame.height > _MAX_PIXELS:
        return None
    for data in source.originals(frame):
        try:
            with Image.open(WatchedBytes(data, deadline), formats=(_NAMES[form],)) as image:
                image.load()
                is_same = shows_same(workable(image, source.bits), frame)
        except (OSError, SyntaxError, ValueError):
            is_same = False  # the rendition is encoded as usual
        if is_same:
            return data
    return None


def shows_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures have the same pixels; colours beneath full transparency make no difference.

    Args:
        one: image of mode L, RGB or RGBA.
        other: image of mode L, RGB or RGBA.
    """
    if one.size != other.size:
        return False
    if one.mode != other.mode:
        mode = "RGBA" if "RGBA" in {one.mode, other.mode} else "RGB"
        one, other = one.convert(mode), other.convert(mode)
    difference = ImageChops.difference(one, other)
    if one.mode == "RGBA":
        alpha = one.getchannel("A")
        if difference.getchannel("A").getbbox() is not None:
            return False
        difference = Image.composite(difference.convert("RGB"), Image.new("RGB", one.size), alpha.point(_SEEN))
    return difference.getbbox() is None
