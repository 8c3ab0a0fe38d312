"""The look of text: its ink, and a soft rim of the opposite tone, which makes it legible on any background. No AWS."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from services.watermark.placement import Size
from shared.light_dataclass import dataclass

FONT: Final = Path(__file__).resolve().parent / "fonts" / "DejaVuSans.ttf"

Align = Literal["left", "center", "right"]

_LIGHT: Final = (255, 255, 255)
_DARK: Final = (0, 0, 0)

# All relative to the font's size. The rim is expanded around the glyphs, and then blurred.
_RIM: Final = 0.045
_BLUR: Final = 0.035
_LINE_SPACING: Final = 0.15

# Of 255: a fainter rim does not count toward the watermark's size.
_SEEN_FROM: Final = 24
_RIM_OPACITY: Final = 0.6

# Below this size, in pixels, strokes are thinner than a pixel: glyphs get bolder step by step, and their rim fainter;
# otherwise each pixel would be a grey of both.
_SMALL: Final = 16
_BOLDER: Final = 0.05
_FAINTER: Final = 0.6

# In pixels: the shape is measured at the first size, and drawn at the second or larger, then reduced. A hinted font
# rounds the width of each glyph, so that a text drawn small would be a tenth wider or narrower than its shape.
_MEASURED_AT: Final = 200
_MIN_DRAWN: Final = 128
_CHECKED_AT: Final = 32


@dataclass(frozen=True, kw_only=True)
class DrawnText:
    r"""A text, ready to be drawn at any size.

    Args:
        text: glyphs in visual order, from left to right; "\n" begins a line.
        align: alignment of its lines.
    """

    text: str
    align: Align

    @cached_property
    def natural(self) -> Size:
        """(width, height) of its shape in pixels, when drawn large."""
        return self._masks(_MEASURED_AT, bolder=0)[1].size

    def picture(self, size: Size, *, dark: bool) -> Image.Image:
        """Draw the text as RGBA, opaque.

        Args:
            size: (width, height) in pixels, in the natural proportions.
            dark: whether the text is dark, for a light background.
        """
        shown = _MEASURED_AT * min(size[0] / self.natural[0], size[1] / self.natural[1])
        small = max(0.0, 1 - shown / _SMALL)
        drawn = max(shown, min(2 * shown, _MEASURED_AT), _MIN_DRAWN)
        glyphs, rim = self._masks(drawn, bolder=_BOLDER * small)
        rim_opacity = _RIM_OPACITY * (1 - _FAINTER * small)
        ink, edge = (_DARK, _LIGHT) if dark else (_LIGHT, _DARK)
        picture = Image.new("RGBA", size, (*edge, 0))
        picture.putalpha(rim.resize(size, Image.Resampling.BOX).point(lambda alpha: round(alpha * rim_opacity)))
        over = Image.new("RGBA", size, (*ink, 0))
        over.putalpha(glyphs.resize(size, Image.Resampling.BOX))
        # Composited, not pasted: half-covered edges would otherwise take half of the rim's colour.
        return Image.alpha_composite(picture, over)

    def _masks(self, font_size: float, *, bolder: float) -> tuple[Image.Image, Image.Image]:
        """Masks of the glyphs, and of the glyphs with their rim, in mode L."""
        left, top, right, bottom = self._box(font_size)
        masks = []
        for spread in (bolder, _RIM):
            mask = Image.new("L", (right - left, bottom - top), 0)
            ImageDraw.Draw(mask).multiline_text(
                (-left, -top),
                self.text,
                font=_font(font_size),
                fill=255,
                spacing=font_size * _LINE_SPACING,
                align=self.align,
                stroke_width=font_size * spread,
            )
            masks.append(mask)
        glyphs, rim = masks[0], masks[1].filter(ImageFilter.GaussianBlur(font_size * _BLUR))
        # A glyph has side bearings of its own, which would add to the margin, and to one side more than to the other.
        seen = rim.point(lambda alpha: 255 if alpha >= _SEEN_FROM else 0).getbbox()
        return glyphs.crop(seen), rim.crop(seen)

    def _box(self, font_size: float) -> tuple[int, int, int, int]:
        """The box of glyphs, rim and blur, in pixels from the origin of drawing."""
        left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox(
            (0, 0),
            self.text,
            font=_font(font_size),
            spacing=font_size * _LINE_SPACING,
            align=self.align,
            stroke_width=font_size * _RIM,
        )
        blur = 3 * font_size * _BLUR
        return round(left - blur), round(top - blur), round(right + blur), round(bottom + blur)


def has_glyph(char: str) -> bool:
    """Whether the font has a glyph for a character, including empty ones such as a space."""
    # No font has a glyph for a noncharacter, so this is the picture of a missing glyph.
    return _bitmap(char) != _bitmap("\U0010ffff")


def _bitmap(char: str) -> bytes:
    return bytes(_font(_CHECKED_AT).getmask(char))


@lru_cache(maxsize=2)
def _font(size: float) -> ImageFont.FreeTypeFont:
    # The other layout engine, Raqm, works only where the machine has FriBiDi, so results would differ.
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
