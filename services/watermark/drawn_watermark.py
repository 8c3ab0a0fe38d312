"""The watermark: a text or a picture, turned, at the size that an image needs, ready to be blended."""

from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from services.watermark import logos, placement
from services.watermark.drawn_text import Align, DrawnText, has_glyph
from services.watermark.placement import Size
from services.watermark.scripts import drawable
from services.watermark.settings import Watermark
from services.watermark.stamps import Stamp, Stamps, stamp

# The root of the repository, and of the zip: both have the same paths.
ROOT: Final = Path(__file__).resolve().parents[2]

# The default watermark on 1024 px takes 40 kB: uploads of many cameras find theirs drawn, beside a batch of pixels.
_KEPT_BYTES: Final = 8 * 1024 * 1024

_RIGHT_ANGLES: Final = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}

# What is turned is drawn this many times as large, and reduced after the turn: edges come out even, and as sharp.
_SHARPER: Final = 2
_CLEAR_PX: Final = 2


class DrawnWatermark:
    """The watermark, ready to be drawn at any size; shared by threads.

    Args:
        settings: what it is.
        root: where the paths of images begin.

    Raises:
        BadSetting: the image cannot be read, or the text cannot be drawn.
    """

    def __init__(self, settings: Watermark, root: Path = ROOT) -> None:
        self.settings = settings
        self.stamps = Stamps(_KEPT_BYTES)
        self.is_text = settings.image is None
        self._source: Image.Image | DrawnText
        if settings.image is not None:
            self._source = logos.load(root / settings.image, settings.image)
            self.natural: Size = self._source.size
        else:
            self._source = DrawnText(text=drawable(settings.text or "", has_glyph), align=_align(settings))
            self.natural = self._source.natural

    def stamp(self, size: Size, mode: str, *, dark: bool = False) -> Stamp:
        """The watermark for a background, kept from image to image.

        Args:
            size: (width, height) before it is turned, in pixels.
            mode: mode of the background: L, RGB or RGBA.
            dark: of a text: for a light background.
        """
        in_strips = self.settings.angle_degrees % 90 != 0
        return self.stamps.get((size, mode, dark), lambda: stamp(self.at(size, dark=dark), mode, in_strips=in_strips))

    def at(self, size: Size, *, dark: bool = False) -> Image.Image:
        """The watermark as RGBA, turned, with its opacity.

        Args:
            size: (width, height) before it is turned, in pixels.
            dark: of a text: for a light background.
        """
        watermark = self._turned(size, dark=dark)
        opacity = self.settings.opacity
        watermark.putalpha(watermark.getchannel("A").point(lambda alpha: round(alpha * opacity)))
        return watermark

    def _turned(self, size: Size, *, dark: bool) -> Image.Image:
        angle = self.settings.angle_degrees % 360
        if angle % 90 == 0:
            watermark = self._drawn(size, dark=dark)
            return watermark.transpose(_RIGHT_ANGLES[round(angle)]) if angle else watermark
        box = placement.turned(size, angle)
        # Clear all around, or the edges of what fills its box would be cut, not smoothed.
        large = ImageOps.expand(self._drawn((size[0] * _SHARPER, size[1] * _SHARPER), dark=dark), _CLEAR_PX)
        canvas = (box[0] * _SHARPER, box[1] * _SHARPER)
        # Pillow turns and reduces RGBA with its alpha multiplied in: clear pixels lend no colour to their neighbours.
        turned = large.transform(
            canvas, Image.Transform.AFFINE, placement.turning(large.size, canvas, angle), Image.Resampling.BICUBIC
        )
        return turned.resize(box, Image.Resampling.BOX)

    def _drawn(self, size: Size, *, dark: bool) -> Image.Image:
        if isinstance(self._source, DrawnText):
            return self._source.picture(size, dark=dark)
        return self._source.resize(size, Image.Resampling.LANCZOS)


def _align(settings: Watermark) -> Align:
    """Lines of a text lean to the edge that it sits at."""
    column = settings.position.split("-")[1]
    if settings.tile or column == "center":
        return "center"
    return "left" if column == "left" else "right"
