"""The background of the watermark: whether a text on it must be light or dark."""

from typing import Final

from PIL import Image, ImageStat

from services.watermark.placement import Point
from services.watermark.stamps import Stamp

# A background lighter than this gets the dark text. At the default opacity, both tones differ equally in lightness
# (CIE L*) from a grey of 120; the rim makes up for the difference.
_LIGHT_FROM: Final = 128

# On a background with light and dark parts, light text with its dark rim is easier to read: such a background counts as
# darker by this fraction of its standard deviation.
_BUSY: Final = 0.25

# A background is judged by at most this many pixels per side, evenly sampled: for 1024 x 768 px that takes 0.1 ms, and
# all of them would take eight times that.
_PICKED: Final = 256

# Number of frames by which an animation is judged.
_FRAMES: Final = 5


def is_light(frames: list[Image.Image], stamp: Stamp, at: Point | None) -> bool:
    """Whether the background is light, weighted by how much of the watermark is on each part of it.

    There is one answer for all frames, from some of them: a film that begins in black is judged by later frames too.

    Args:
        frames: frames of one size, of mode L, RGB or RGBA.
        stamp: stamp of the watermark, light or dark: both have the same shape.
        at: its top left corner, in pixels; None for tiles, whose background is the whole image.
    """
    picked = frames[:: -(-len(frames) // _FRAMES)]
    return sum(_brightness(frame, stamp, at) for frame in picked) >= _LIGHT_FROM * len(picked)


def _brightness(frame: Image.Image, stamp: Stamp, at: Point | None) -> float:
    """Brightness, 0 to 255; transparent pixels count as white paper."""
    if at is None:
        return _lightness(frame)
    total = weights = 0.0
    for piece in stamp.pieces:
        left, top = at[0] + piece.at[0], at[1] + piece.at[1]
        weight = piece.ink.width * piece.ink.height
        total += weight * _lightness(frame.crop((left, top, left + piece.ink.width, top + piece.ink.height)))
        weights += weight
    return total / weights if weights else _lightness(frame)


def _lightness(background: Image.Image) -> float:
    if max(background.size) > _PICKED:
        size = (min(background.width, _PICKED), min(background.height, _PICKED))
        background = background.resize(size, Image.Resampling.NEAREST)
    if background.mode == "RGBA":
        paper = Image.new("RGBA", background.size, "white")
        paper.alpha_composite(background)
        background = paper
    grey = ImageStat.Stat(background.convert("L"))
    return grey.mean[0] - _BUSY * grey.stddev[0]
