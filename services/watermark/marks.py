"""What the watermark looks like: a text or a picture, at the size that an image needs."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from services.watermark.placement import Size, fitted
from services.watermark.settings import Watermark
from shared.errors import BadSetting

Colour = tuple[int, int, int, int]

# The root of the repository, and of the zip: both have the same paths.
ROOT: Final = Path(__file__).resolve().parents[2]
FONT: Final = Path(__file__).resolve().parent / "fonts" / "DejaVuSans.ttf"

# A picture of the mark is kept for as many sizes; uploads of one camera need one or two.
_KEPT_SIZES: Final = 64

# Ink and rim of a text: light with a dark rim, or the other way round on a light ground.
_LIGHT: Final = ((255, 255, 255, 255), (0, 0, 0, 150))
_DARK: Final = ((0, 0, 0, 255), (255, 255, 255, 150))
_RIM_OF_SIZE: Final = 0.05

_MEASURED_AT: Final = 200

# No font has a glyph for a noncharacter, so this is what "missing" looks like.
_MISSING: Final = "\U0010ffff"


class Mark:
    """The watermark, ready to be drawn at any size.

    Args:
        settings: what it is.

    Raises:
        BadSetting: the image cannot be read, or the font lacks a character.
    """

    def __init__(self, settings: Watermark) -> None:
        self.settings = settings
        self._picture: Image.Image | None = None
        if settings.image is not None:
            self._picture = _load(settings.image)
            self.natural: Size = self._picture.size
        else:
            _check_glyphs(settings.text or "")
            self.natural = _text_size(settings.text or "", _MEASURED_AT)
        self.is_text = self._picture is None
        self._cached = lru_cache(maxsize=_KEPT_SIZES)(self._draw)

    def at(self, box: Size, *, dark: bool = False) -> Image.Image:
        """The mark as RGBA with its opacity, as large as the box allows.

        Args:
            box: (width, height) in pixels.
            dark: of a text: for a light ground.
        """
        return self._cached(box, dark)

    def _draw(self, box: Size, dark: bool) -> Image.Image:
        size = fitted(self.natural, box)
        if self._picture is not None:
            mark = self._picture.resize(size, Image.Resampling.LANCZOS)
        else:
            mark = _text(self.settings.text or "", size, _DARK if dark else _LIGHT)
        opacity = self.settings.opacity
        mark.putalpha(mark.getchannel("A").point(lambda alpha: round(alpha * opacity)))
        return mark


def _load(image: str) -> Image.Image:
    try:
        with Image.open(ROOT / image) as picture:
            return picture.convert("RGBA")
    except OSError as error:
        raise BadSetting(f"watermark.image is {image!r}; it cannot be read: {error}") from error


def _font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _rim(size: float) -> int:
    return round(size * _RIM_OF_SIZE)


def _text_size(text: str, font_size: float) -> Size:
    left, top, right, bottom = _font(font_size).getbbox(text, stroke_width=_rim(font_size))
    return max(1, round(right - left)), max(1, round(bottom - top))


def _text(text: str, size: Size, colours: tuple[Colour, Colour]) -> Image.Image:
    """The text as large as it goes into the size."""
    natural = _text_size(text, _MEASURED_AT)
    font_size = max(1.0, _MEASURED_AT * min(size[0] / natural[0], size[1] / natural[1]))
    font, rim = _font(font_size), _rim(font_size)
    left, top, _, _ = font.getbbox(text, stroke_width=rim)
    ink, edge = colours
    mark = Image.new("RGBA", size, (*edge[:3], 0))
    ImageDraw.Draw(mark).text((-left, -top), text, font=font, fill=ink, stroke_width=rim, stroke_fill=edge)
    return mark


def _check_glyphs(text: str) -> None:
    """Refuse what the font would draw as an empty box."""
    font = _font(_MEASURED_AT)
    missing = bytes(font.getmask(_MISSING))
    absent = sorted({char for char in text if not char.isspace() and bytes(font.getmask(char)) == missing})
    if absent or not text.strip():
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in absent) or "nothing but spaces"
        raise BadSetting(f"watermark.text is {text!r}; DejaVuSans has no glyph for {named}")
