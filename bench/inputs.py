"""The pictures that are measured: made here, the same in every run."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bench.contestants import BUILD
from ops.demo.scene import scene
from services.watermark.marks import FONT

FOLDER: Final = BUILD / "inputs"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One picture.

    Args:
        name: in the results.
        kind: jpeg, png, gif or webp.
        path: of the file.
    """

    name: str
    kind: str
    path: Path


def logo() -> Path:
    """A logo with soft edges, 800 x 240 px with alpha."""
    path = FOLDER / "logo.png"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        image = Image.new("RGBA", (800, 240), (255, 255, 255, 0))
        draw = ImageDraw.Draw(image)
        draw.ellipse((10, 10, 230, 230), fill=(230, 80, 60, 200), outline=(255, 255, 255, 230), width=12)
        draw.text((260, 50), "LOGO", font=ImageFont.truetype(FONT, 130), fill=(255, 255, 255, 220))
        image.save(path)
    return path


def all_inputs() -> list[Input]:
    """Every picture, made where it is not there yet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return [
        _input("JPEG 12 MP", "jpeg", "photo-12mp.jpg", lambda path: _photo((4000, 3000), 11).save(path, quality=92)),
        _input("JPEG 24 MP", "jpeg", "photo-24mp.jpg", lambda path: _photo((6000, 4000), 12).save(path, quality=92)),
        _input(
            "progressive JPEG 12 MP",
            "jpeg",
            "progressive-12mp.jpg",
            lambda path: _photo((4000, 3000), 13).save(path, quality=92, progressive=True),
        ),
        _input("PNG with alpha 4 MP", "png", "alpha.png", lambda path: _cut_out((2400, 1800), 14).save(path)),
        _input("animated GIF 640x480, 24 frames", "gif", "animated.gif", _animated),
        _input("WebP 12 MP", "webp", "photo-12mp.webp", lambda path: _photo((4000, 3000), 15).save(path, quality=88)),
    ]


def _input(name: str, kind: str, file: str, make: object) -> Input:
    path = FOLDER / file
    if not path.exists():
        make(path)  # type: ignore[operator]
    return Input(name=name, kind=kind, path=path)


def _photo(size: tuple[int, int], seed: int) -> Image.Image:
    return scene(size, light=("evening", "noon", "dawn", "forest")[seed % 4], seed=seed)


def _cut_out(size: tuple[int, int], seed: int) -> Image.Image:
    """A photograph cut to a disc with a soft edge."""
    image = _photo(size, seed).convert("RGBA")
    disc = Image.radial_gradient("L").resize(size).point(lambda value: 255 if value < 150 else max(0, 255 - (value - 150) * 9))
    image.putalpha(disc)
    return image


def _animated(path: Path) -> None:
    """A disc that goes round over a photograph."""
    ground = _photo((640, 480), 16)
    frames = []
    for index in range(24):
        frame = ground.copy()
        turn = 2 * math.pi * index / 24
        x, y = 320 + 200 * math.cos(turn), 240 + 140 * math.sin(turn)
        ImageDraw.Draw(frame).ellipse((x - 40, y - 40, x + 40, y + 40), fill=(230, 70, 50))
        frames.append(frame.quantize(255))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=60, loop=0)
