"""Blends the watermark onto pixels: only its own box is changed. No AWS."""

from collections.abc import Iterator

from PIL import Image

from services.watermark import placement
from services.watermark.backgrounds import is_light
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.placement import Point, Size
from services.watermark.stamps import Piece, Stamp
from shared.light_dataclass import dataclass


def is_watermarked(size: Size, watermark: DrawnWatermark) -> bool:
    """Whether frames of this size get the watermark; otherwise they keep every pixel.

    Args:
        size: (width, height) in pixels.
        watermark: watermark to place.
    """
    return min(size) >= watermark.settings.min_side_px


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The watermark at its place on pixels of one size.

    Args:
        stamp: the watermark, ready for blending.
        points: top left corners of its box, in pixels: one, or that of each tile.
    """

    stamp: Stamp
    points: tuple[Point, ...]

    def pieces(self) -> Iterator[tuple[Point, Piece]]:
        """Each piece of each box, and the piece's top left corner in pixels."""
        for x, y in self.points:
            for piece in self.stamp.pieces:
                yield (x + piece.at[0], y + piece.at[1]), piece


def placed(frames: list[Image.Image], watermark: DrawnWatermark) -> Placed:
    """Where the watermark goes on these frames, and whether a text is light or dark there.

    Args:
        frames: frames of one size and of one mode: L, RGB or RGBA; one for a still.
        watermark: watermark to place.
    """
    settings, size = watermark.settings, frames[0].size
    margin = placement.margin_px(size, settings.margin)
    width = placement.width_px(size[0], settings.scale, settings.min_width_px, settings.max_width_px)
    drawn = placement.fitted(watermark.natural, width, placement.room(size, margin), settings.rotation_degrees)
    stamp = watermark.stamp(drawn, frames[0].mode)
    points: list[Point] = (
        list(placement.tiles(size, drawn, settings.rotation_degrees))
        if settings.tile
        else [placement.corner(size, stamp.size, settings.position, margin)]
    )
    if watermark.is_text and is_light(frames, stamp, None if settings.tile else points[0]):
        stamp = watermark.stamp(drawn, frames[0].mode, dark=True)
    return Placed(stamp=stamp, points=tuple(points))


def showing(frames: list[Image.Image], watermark: DrawnWatermark) -> list[Image.Image]:
    """The frames in a mode that can show the watermark's colours.

    Args:
        frames: frames of one mode: L, RGB or RGBA.
        watermark: watermark to place.
    """
    return frames if watermark.is_text else [frame.convert("RGB") if frame.mode == "L" else frame for frame in frames]


def watermarked(frames: list[Image.Image], watermark: DrawnWatermark) -> list[Image.Image]:
    """Blend the watermark onto each frame; frames that are too small for it stay unchanged.

    This is done in place: a copy of the pixels would cost as much as everything else here. A frame whose mode cannot
    show the watermark's colours is replaced by a new image in the result.

    Args:
        frames: frames of one size and of one mode: L, RGB or RGBA; one for a still.
        watermark: watermark to place.
    """
    if not is_watermarked(frames[0].size, watermark):
        return frames
    frames = showing(frames, watermark)
    blend(frames, placed(frames, watermark))
    return frames


def blend(frames: list[Image.Image], watermark: Placed) -> None:
    """Blend the watermark onto each frame, in place.

    Args:
        frames: frames of the size and mode that it was placed for.
        watermark: the watermark at its place.
    """
    for frame in frames:
        for point, piece in watermark.pieces():
            _blend(frame, piece, point)


def _blend(background: Image.Image, piece: Piece, point: Point) -> None:
    """Blend a piece over the background in place; parts outside are clipped."""
    if piece.mask is not None:
        background.paste(piece.ink, point, mask=piece.mask)
        return
    left, top = point
    right, bottom = left + piece.ink.width, top + piece.ink.height
    box = (max(0, left), max(0, top), min(background.width, right), min(background.height, bottom))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    cut = piece.ink.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    # Alpha is composited, not pasted: a paste with the watermark as its own mask would square it on transparent
    # background.
    background.paste(Image.alpha_composite(background.crop(box), cut), box)
