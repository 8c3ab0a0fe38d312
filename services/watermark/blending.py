"""The mark onto the pixels: only its own box is touched. No AWS."""

from typing import Final

from PIL import Image

from services.watermark import placement
from services.watermark.marks import Mark

# A ground lighter than this gets the dark mark. In between either can be read, by its rim.
_LIGHT_FROM: Final = 160
_PAPER: Final = (255, 255, 255)


def marked(frames: list[Image.Image], mark: Mark) -> list[Image.Image]:
    """The frames with the mark on each; as they are where they are smaller than what is marked.

    Whether a text is light or dark is decided by the ground beneath it in the first frame, and stays so.

    Args:
        frames: of one size, of mode L, RGB or RGBA; one for a still.
        mark: where and what.
    """
    settings, size = mark.settings, frames[0].size
    if min(size) < settings.min_side_px:
        return frames
    margin = placement.margin_px(size, settings.margin)
    room = placement.room(size, settings.scale, margin)
    drawn = mark.at(room)
    points = [placement.corner(size, drawn.size, settings.position, margin)]
    if settings.tile:
        points = list(placement.tiles(size, drawn.size))
    if mark.is_text and _is_light(frames[0], None if settings.tile else (*points[0], *drawn.size)):
        drawn = mark.at(room, dark=True)
    return [_marked(frame, drawn, points, grey=mark.is_text) for frame in frames]


def _marked(frame: Image.Image, drawn: Image.Image, points: list[placement.Point], *, grey: bool) -> Image.Image:
    ground = frame.copy() if grey or frame.mode != "L" else frame.convert("RGB")
    for point in points:
        _blend(ground, drawn, point)
    return ground


def _is_light(frame: Image.Image, box: tuple[int, int, int, int] | None) -> bool:
    """Whether the ground is light on average; where it is transparent it is taken for paper.

    Args:
        frame: the ground.
        box: (left, top, width, height) of it in pixels; None for all.
    """
    ground = frame
    if box is not None:
        ground = frame.crop((box[0], box[1], box[0] + box[2], box[1] + box[3]))
    if ground.mode == "RGBA":
        paper = Image.new("RGB", ground.size, _PAPER)
        paper.paste(ground, mask=ground.getchannel("A"))
        ground = paper
    mean = ground.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return isinstance(mean, int) and mean >= _LIGHT_FROM


def _blend(ground: Image.Image, mark: Image.Image, point: placement.Point) -> None:
    """The mark over the ground, in place; what lies outside is cut."""
    if ground.mode != "RGBA":
        ground.paste(mark.convert(ground.mode), point, mask=mark.getchannel("A"))
        return
    left, top = point
    box = (max(0, left), max(0, top), min(ground.width, left + mark.width), min(ground.height, top + mark.height))
    cut = mark.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    # Alpha is composed, not pasted: a paste with the mark as its own mask would square it on transparent ground.
    ground.paste(Image.alpha_composite(ground.crop(box), cut), box)
