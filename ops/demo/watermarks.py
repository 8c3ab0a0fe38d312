"""`make watermarks`: draws every kind of watermark on every kind of background, for visual inspection."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
from PIL import Image, ImageDraw, ImageEnhance

from ops.cli.options import FILE, command
from ops.cli.run import run
from ops.demo.contact_sheet import FAINT, INK, PAPER, font, on_checkerboard
from ops.demo.scene import LIGHTS, scene
from services.watermark.blending import watermarked
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Watermark
from shared.choices import POSITIONS

_WIDTH: Final = 1760
_MARGIN: Final = 24
_CAPTION: Final = 24
_CELL: Final = (400, 300)
_SMALL: Final = (264, 200)

Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture of the sheet.

    Args:
        caption: what is shown.
        picture: The picture with its watermark.
    """

    caption: str
    picture: Image.Image


@command("python -m ops.demo.watermarks out/watermarks.png")
@click.argument("out", type=FILE, metavar="OUT.png")
def watermarks(out: Path) -> None:
    """Draw the sheet of watermarks."""
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet().save(out, "PNG", compress_level=3)
    print(out)


def sheet() -> Image.Image:
    """The whole sheet as one RGB picture."""
    with tempfile.TemporaryDirectory(prefix="image-pipeline-marks-") as folder:
        _logo().save(Path(folder) / "logo.png")
        chapters = [(title, list(shots(Path(folder)))) for title, shots in CHAPTERS]
    parts = [part for title, shots in chapters for part in (_heading(title), *_rows(shots))]
    page = Image.new("RGB", (_WIDTH, sum(part.height for part in parts) + _MARGIN), PAPER)
    top = 0
    for part in parts:
        page.paste(part, (0, top))
        top += part.height
    return page


def _heading(title: str) -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, 60), PAPER)
    ImageDraw.Draw(strip).text((_MARGIN, 26), title, font=font(22), fill=INK)
    return strip


def _rows(shots: Sequence[Shot]) -> Iterator[Image.Image]:
    """Rows of as many shots as fit side by side."""
    row: list[Shot] = []
    for shot in shots:
        if sum(each.picture.width + _MARGIN for each in [*row, shot]) + _MARGIN > _WIDTH:
            yield _row(row)
            row = []
        row.append(shot)
    yield _row(row)


def _row(shots: Sequence[Shot]) -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, max(shot.picture.height for shot in shots) + _CAPTION + 12), PAPER)
    left = _MARGIN
    for shot in shots:
        strip.paste(on_checkerboard(shot.picture), (left, 8))
        ImageDraw.Draw(strip).text((left, shot.picture.height + 12), shot.caption, font=font(13), fill=FAINT)
        left += shot.picture.width + _MARGIN
    return strip


def _shot(caption: str, background: Image.Image, folder: Path = Path(), **settings: Any) -> Shot:  # noqa: ANN401 - as Watermark has them
    (picture,) = watermarked([background.copy()], DrawnWatermark(Watermark(**settings), root=folder))
    return Shot(caption=caption, picture=picture)


@cache
def _view(size: Size = _CELL, light: str = "noon", seed: int = 1) -> Image.Image:
    return scene(size, light, seed)


def _plain(grey: int) -> Image.Image:
    return Image.new("RGB", _SMALL, (grey, grey, grey))


def _logo() -> Image.Image:
    """A logo: a ring around a hill and a sun, with a transparent border."""
    large = Image.new("RGBA", (1200, 1200))
    draw = ImageDraw.Draw(large)
    draw.ellipse((100, 100, 1100, 1100), fill=(24, 96, 144, 255), outline=(255, 255, 255, 255), width=60)
    draw.ellipse((640, 300, 840, 500), fill=(255, 204, 64, 255))
    draw.polygon([(250, 850), (520, 430), (680, 680), (770, 560), (950, 850)], fill=(255, 255, 255, 255))
    return large.resize((300, 300), Image.Resampling.LANCZOS)


def _positions(_: Path) -> Iterator[Shot]:
    for number, position in enumerate(POSITIONS):
        yield _shot(position, _view(light=list(LIGHTS)[number % len(LIGHTS)], seed=number), position=position)


def _tiles(folder: Path) -> Iterator[Shot]:
    for angle in (0, 30, -30, 45, 90, -120):
        view = _view(light="evening")
        yield _shot(f"tile at {angle}°", view, tile=True, angle_degrees=angle, opacity=0.45)
    for angle in (0, 30):
        settings = {"text": None, "image": "logo.png", "scale": 0.12, "opacity": 0.5}
        yield _shot(f"tile of an image at {angle}°", _view(), folder, tile=True, angle_degrees=angle, **settings)


def _turned(_: Path) -> Iterator[Shot]:
    for angle, position in ((90, "middle-right"), (-90, "middle-left"), (30, "middle-center"), (45, "top-left")):
        yield _shot(
            f"at {angle}°, {position}", _view(light="forest"), angle_degrees=angle, position=position, scale=0.5
        )


def _backgrounds(_: Path) -> Iterator[Shot]:
    for grey in (0, 60, 110, 130, 150, 200, 255):
        yield _shot(f"grey {grey}", _plain(grey), scale=0.6, position="middle-center")
    for wide in (2, 8, 32):
        stripes = _plain(30)
        for left in range(0, _SMALL[0], 2 * wide):
            stripes.paste((225, 225, 225), (left, 0, left + wide, _SMALL[1]))
        yield _shot(f"stripes of {wide} px", stripes, scale=0.6, position="middle-center")
    halves = _plain(20)
    halves.paste((240, 240, 240), (_SMALL[0] // 2, 0, *_SMALL))
    yield _shot("half dark, half light", halves, scale=0.6, position="middle-center")
    yield _shot("grey, without colour", _plain(90).convert("L"), scale=0.6, position="middle-center")


def _transparent(folder: Path) -> Iterator[Shot]:
    clear = Image.new("RGBA", _SMALL)
    yield _shot("transparent", clear, scale=0.6, position="middle-center")
    yield _shot("transparent, tile", clear, tile=True, angle_degrees=30)
    yield _shot("transparent, image", clear, folder, text=None, image="logo.png", position="middle-center", scale=0.4)
    fading = _view(_SMALL, "evening").copy()
    fading.putalpha(Image.linear_gradient("L").resize(_SMALL))
    yield _shot("fading out upward", fading, position="top-center", scale=0.6)
    yield _shot("fading out upward", fading, position="bottom-center", scale=0.6)
    (watermark,) = watermarked(
        [clear.copy()], DrawnWatermark(Watermark(scale=0.6, opacity=1, position="middle-center"))
    )
    dark = Image.new("RGBA", _SMALL, (20, 20, 24, 255))
    yield Shot(caption="the first, shown on a dark page", picture=Image.alpha_composite(dark, watermark))


def _images(folder: Path) -> Iterator[Shot]:
    for opacity in (0.3, 0.6, 1.0):
        settings = {"text": None, "image": "logo.png", "opacity": opacity, "scale": 0.2}
        yield _shot(f"image, opacity {opacity}", _view(light="dawn"), folder, **settings)
    settings = {"text": None, "image": "logo.png", "scale": 0.2, "position": "top-right"}
    yield _shot("image at 20°", _view(light="dawn"), folder, angle_degrees=20, **settings)


def _renditions(folder: Path) -> Iterator[Shot]:
    for width in (800, 400, 256):
        caption = f"{width} px wide: the same share"
        yield _shot(caption, _view((width, width * 3 // 4)), min_side_px=1)
    for width in (400, 256):
        settings = {"text": None, "image": "logo.png", "scale": 0.25, "min_side_px": 1}
        yield _shot(f"{width} px wide, image", _view((width, width * 3 // 4)), folder, **settings)
    yield _shot("the least width holds, of 64 px", _view((200, 200)))
    yield _shot("199 px: unmarked", _view((200, 199)))
    yield _shot("no more than 120 px", _view(), scale=0.9, max_width_px=120)
    yield _shot("no less than 240 px", _view(), min_width_px=240)


def _texts(_: Path) -> Iterator[Shot]:
    long = "© 2026 a photographer whose name is long, and whose agency wants to be named in full as well"
    yield _shot("long", _view(light="evening"), text=long, scale=0.96)
    for position in ("top-left", "middle-center", "bottom-right"):
        text = "© 2026\nImage Pipeline\nall rights reserved"
        yield _shot(f"three lines, {position}", _view(light="evening"), text=text, position=position, scale=0.4)
    yield _shot("one message", _view(light="evening"), text="©", scale=0.1)


def _scripts(_: Path) -> Iterator[Shot]:
    for name, text in (
        ("Latin", "Žluťoučký kůň, Ångström"),
        ("Greek", "Ελληνική φωτογραφία"),
        ("Cyrillic", "Дата съёмки 2026"),
        ("Armenian", "Հայաստան 2026"),
        ("Georgian", "საქართველო 2026"),
        ("Hebrew, with Latin in brackets", "צילום (John) 2026"),
        ("Arabic", "حقوق النشر محفوظة © ٢٠٢٦"),
        ("Persian", "می\u200cخواهم عکاسی ۱۴۰۵"),  # noqa: RUF001 - Persian
        ("Canadian syllabics", "ᐃᓄᒃᑎᑐᑦ"),
        ("Tifinagh", "ⴰⵎⴰⵣⵉⵖ"),
    ):
        yield _shot(name, _view((400, 120), "forest"), text=text, scale=0.8, position="middle-center", min_side_px=1)


def _animation(_: Path) -> Iterator[Shot]:
    frames = [ImageEnhance.Brightness(_view(_SMALL)).enhance(step / 4) for step in range(5)]
    for number, frame in enumerate(watermarked(frames, DrawnWatermark(Watermark(scale=0.6)))):
        yield Shot(caption=f"frame {number + 1} of 5: one tone for all", picture=frame)


def _shapes(_: Path) -> Iterator[Shot]:
    yield _shot("panorama", _view((1600, 300), "dawn"))
    yield _shot("panorama, tile", _view((1600, 300), "dawn"), tile=True, angle_degrees=30, scale=0.15)
    yield _shot("portrait", _view((320, 640), "forest"))
    yield _shot("portrait, tile", _view((320, 640), "forest"), tile=True, angle_degrees=30)
    yield _shot("portrait, upward", _view((320, 640), "forest"), angle_degrees=90, scale=0.9)
    yield _shot("square", _view((400, 400), "evening"), position="bottom-center")


CHAPTERS: Final[tuple[tuple[str, Callable[[Path], Iterator[Shot]]], ...]] = (
    ("Positions", _positions),
    ("Tiles", _tiles),
    ("Turned", _turned),
    ("Backgrounds", _backgrounds),
    ("Transparent backgrounds", _transparent),
    ("Image watermarks", _images),
    ("Renditions, bounds and small images", _renditions),
    ("Texts", _texts),
    ("Scripts", _scripts),
    ("An animation that begins in black", _animation),
    ("Shapes of images", _shapes),
)

if __name__ == "__main__":
    sys.exit(run(watermarks, program="python -m ops.demo.watermarks"))
