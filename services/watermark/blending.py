"""The mark onto the pixels: only its own box is touched. No AWS."""

from PIL import Image

from services.watermark import placement
from services.watermark.marks import Mark


def marked(frame: Image.Image, mark: Mark) -> Image.Image:
    """The frame with the mark on it; the frame itself where it is smaller than what is marked.

    Args:
        frame: of mode L, RGB or RGBA.
        mark: where and what.
    """
    settings = mark.settings
    if min(frame.size) < settings.min_side_px:
        return frame
    margin = placement.margin_px(frame.size, settings.margin)
    drawn = mark.at(placement.room(frame.size, settings.scale, margin))
    ground = frame.convert("RGB") if frame.mode == "L" and not mark.grey else frame.copy()
    if settings.tile:
        for point in placement.tiles(frame.size, drawn.size):
            _blend(ground, drawn, point)
    else:
        _blend(ground, drawn, placement.corner(frame.size, drawn.size, settings.position, margin))
    return ground


def _blend(ground: Image.Image, mark: Image.Image, point: placement.Point) -> None:
    """The mark over the ground, in place; what lies outside is cut."""
    if ground.mode == "RGBA":
        left, top = point
        box = (
            max(0, left),
            max(0, top),
            min(ground.width, left + mark.width),
            min(ground.height, top + mark.height),
        )
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        cut = mark.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
        # Alpha is composed, not pasted: a paste with the mark as its own mask would square it on transparent ground.
        ground.paste(Image.alpha_composite(ground.crop(box), cut), box)
    else:
        ground.paste(mark.convert(ground.mode), point, mask=mark.getchannel("A"))
