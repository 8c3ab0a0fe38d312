"""The watermark: a text or a picture, rotated, at the size that an image needs, ready for blending. No AWS."""

from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from services.watermark import logos, placement
from services.watermark.drawn_text import Align, DrawnText, has_glyph
from services.watermark.placement import Size
from services.watermark.scripts import drawable
from services.watermark.settings import Watermark
from services.watermark.stamps import Stamp, Stamps, stamp

# The root of the repository and of the zip, which have the same paths.
ROOT: Final = Path(__file__).resolve().parents[2]

# The default watermark on 1024 px takes 40 kB: even uploads from many cameras find theirs in this cache.
_KEPT_BYTES: Final = 8 * 1024 * 1024

_RIGHT_ANGLES: Final = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}

# A rotated watermark is drawn this many times as large and then reduced, so that its edges are smooth and sharp.
_SHARPER: Final = 2
_CLEAR_PX: Final = 2


class DrawnWatermark:
    """The watermark, ready to be drawn at any size; shared by threads.

    Args:
        settings: settings of the watermark.
        root: folder to which the paths of images are relative.

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
        """The watermark for a background, cached from image to image.

        Args:
            size: (width, height) before rotation, in pixels.
            mode: mode of the background: L, RGB or RGBA.
            dark: for a text: whether it is dark, for a light background.
        """
        in_strips = self.settings.rotation_degrees % 90 != 0
        return self.stamps.get((size, mode, dark), lambda: stamp(self.at(size, dark=dark), mode, in_strips=in_strips))

    def at(self, size: Size, *, dark: bool = False) -> Image.Image:
        """The watermark as RGBA, rotated, with its opacity.

        Args:
            size: (width, height) before rotation, in pixels.
            dark: for a text: whether it is dark, for a light background.
        """
        watermark = self._turned(size, dark=dark)
        opacity = self.settings.opacity
        watermark.putalpha(watermark.getchannel("A").point(lambda alpha: round(alpha * opacity)))
        return watermark

    def _turned(self, size: Size, *, dark: bool) -> Image.Image:
        angle = self.settings.rotation_degrees % 360
        if angle % 90 == 0:
            watermark = self._drawn(size, dark=dark)
            return watermark.transpose(_RIGHT_ANGLES[round(angle)]) if angle else watermark
        box = placement.turned(size, angle)
        # A transparent border, or the edges of a watermark that fills its box would be cut, not smoothed.
        large = ImageOps.expand(self._drawn((size[0] * _SHARPER, size[1] * _SHARPER), dark=dark), _CLEAR_PX)
        canvas = (box[0] * _SHARPER, box[1] * _SHARPER)
        # Pillow rotates and reduces RGBA with premultiplied alpha: transparent pixels lend no colour to others.
        turned = large.transform(
            canvas, Image.Transform.AFFINE, placement.turning(large.size, canvas, angle), Image.Resampling.BICUBIC
        )
        return turned.resize(box, Image.Resampling.BOX)

    def _drawn(self, size: Size, *, dark: bool) -> Image.Image:
        if isinstance(self._source, DrawnText):
            return self._source.picture(size, dark=dark)
        return self._source.resize(size, Image.Resampling.LANCZOS)


def _align(settings: Watermark) -> Align:
    """Lines of a text are aligned to the edge where it is placed."""
    column = settings.position.split("-")[1]
    if settings.tile or column == "center":
        return "center"
    return "left" if column == "left" else "right"
