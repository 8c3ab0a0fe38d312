"""The pictures for the benchmark, generated with the same bytes in every run."""

import math
import subprocess
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from bench.environments import BUILD, CannotInstall, python_of
from ops.demo.scene import LIGHTS, scene
from ops.show import note
from services.watermark.drawn_text import FONT

FOLDER: Final = BUILD / "inputs"

JPEG_12: Final = "JPEG 12 MP"
JPEG_20: Final = "JPEG 20 MP"
JPEG_24: Final = "JPEG 24 MP"
JPEG_48: Final = "JPEG 48 MP"
JPEG_200: Final = "JPEG 200 MP"
PNG_ALPHA: Final = "PNG with alpha"
ANIMATED_GIF: Final = "animated GIF"
WEBP_12: Final = "WebP 12 MP"
WIDTHS: Final = "8 widths of a JPEG 12 MP"

# The side of the square box that every rendition fits into, and that of the largest of the eight widths, in pixels.
SIDE_PX: Final = 1024
MAX_WIDTH_PX: Final = 2560

_ORIENTATION_TAG: Final = 0x0112
_ON_ITS_SIDE: Final = 6
_FRAMES: Final = 20
_SMOOTHED_PX: Final = 0.6
_TILES: Final = 4


@dataclass(frozen=True, kw_only=True)
class Input:
    """One picture for the benchmark.

    Args:
        name: name in the results.
        description: description for the results.
        kind: jpeg, png, gif, webp, heic, avif, apng, animated webp, or widths: a JPEG of which eight widths are made.
        path: path of the file.
    """

    name: str
    description: str
    kind: str
    path: Path

    @property
    def side_px(self) -> int:
        """The side of the box of the largest rendition, in pixels."""
        return MAX_WIDTH_PX if self.kind == "widths" else SIDE_PX

    @property
    def made_suffix(self) -> str:
        """The suffix of the resulting file: a HEIC becomes a JPEG, the others keep their formats."""
        return {"heic": "jpeg", "widths": "jpeg", "apng": "png", "animated webp": "webp"}.get(self.kind, self.kind)


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    name: str
    description: str
    kind: str
    file: str
    make: Callable[[Path], None]


def logo() -> Path:
    """A logo with soft edges, about 740 x 220 px, with alpha.

    Returns:
        The path of the file.
    """
    path = FOLDER / "logo.png"
    if not path.exists():
        image = Image.new("RGBA", (800, 240), (255, 255, 255, 0))
        draw = ImageDraw.Draw(image)
        draw.ellipse((10, 10, 230, 230), fill=(230, 80, 60, 200), outline=(255, 255, 255, 230), width=12)
        draw.text((260, 50), "LOGO", font=ImageFont.truetype(FONT, 130), fill=(255, 255, 255, 220))
        path.parent.mkdir(parents=True, exist_ok=True)
        # It reaches its edges: this pipeline trims transparent borders, while the others place and scale with them.
        image.crop(image.getchannel("A").getbbox()).save(path)
    return path


def names() -> list[str]:
    """The names of all pictures."""
    return [recipe.name for recipe in _RECIPES]


def inputs(only: Container[str] | None = None) -> list[Input]:
    """The pictures, generated if they do not exist; one whose encoder cannot be installed is left out, with a note.

    Args:
        only: names of pictures; None for all.
    """
    found = []
    for recipe in _RECIPES:
        if only is not None and recipe.name not in only:
            continue
        try:
            found.append(_made(recipe))
        except CannotInstall as error:
            note(f"{recipe.name} is skipped: {error}")
    return found


def _made(recipe: _Recipe) -> Input:
    path = FOLDER / recipe.file
    if not path.exists():
        note(f"drawing {recipe.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        half_done = path.with_name(f"half-done-{path.name}")
        recipe.make(half_done)
        half_done.replace(path)
    return Input(name=recipe.name, description=recipe.description, kind=recipe.kind, path=path)


def _photo(size: tuple[int, int], seed: int, **options: Any) -> Callable[[Path], None]:  # noqa: ANN401 - Pillow's
    return lambda path: _scene(size, seed).save(path, **options)


def _noisy(path: Path) -> None:
    """A photograph as at night or from the sensor: each pixel has its own grain, which is most of the file."""
    _drawn((4000, 3000), 11).save(path, quality=92)


def _scene(size: tuple[int, int], seed: int) -> Image.Image:
    """A photograph as cameras and phones write it, with its noise smoothed: about two bits per pixel as a JPEG."""
    return _drawn(size, seed).filter(ImageFilter.GaussianBlur(_SMOOTHED_PX))


def _drawn(size: tuple[int, int], seed: int) -> Image.Image:
    return scene(size, light=tuple(LIGHTS)[seed % len(LIGHTS)], seed=seed)


def _on_its_side(path: Path) -> None:
    """A photograph as an upright phone stores it: the sensor's rows, and a tag that rotates them."""
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = _ON_ITS_SIDE
    _scene((4000, 3000), 17).save(path, quality=92, exif=exif)


def _cut_out(path: Path) -> None:
    """A photograph cropped to a disc with a soft edge."""
    image = _scene((2400, 1800), 14).convert("RGBA")
    ramp = [min(255, max(0, 255 - (value - 150) * 9)) for value in range(256)]
    image.putalpha(Image.radial_gradient("L").resize(image.size).point(ramp))
    image.save(path)


def _tiled(path: Path) -> None:
    """A photograph of 200 MP, as the largest sensors of phones: 16 tiles, each mirrored so that its edges continue."""
    tile = _scene((4080, 3060), 19)
    whole = Image.new("RGB", (tile.width * _TILES, tile.height * _TILES))
    for number in range(_TILES**2):
        row, column = divmod(number, _TILES)
        placed = ImageOps.mirror(tile) if column % 2 else tile
        placed = ImageOps.flip(placed) if row % 2 else placed
        whole.paste(placed, (column * tile.width, row * tile.height))
    whole.save(path, quality=92)


def _heic(path: Path) -> None:
    """A photograph as x265 encodes it, in the judge's environment, since the pipeline only reads HEIC.

    Raises:
        CannotInstall: the judge's environment cannot be installed.
        RuntimeError: the encoder failed.
    """
    lossless = path.with_suffix(".png")
    _scene((4000, 3000), 21).save(lossless, compress_level=1)
    script = (
        "import sys, pillow_heif; from PIL import Image;"
        " pillow_heif.from_pillow(Image.open(sys.argv[1])).save(sys.argv[2], quality=60)"
    )
    command = [str(python_of("judge")), "-c", script, str(lossless), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lossless.unlink()
    if result.returncode != 0:
        raise RuntimeError(f"no HEIC was made: {result.stderr.strip()}")


def _circling() -> list[Image.Image]:
    """Frames of a disc that moves in a circle over a photograph."""
    background = _scene((400, 300), 16)
    frames = []
    for index in range(_FRAMES):
        frame = background.copy()
        turn = math.tau * index / _FRAMES
        x, y = 200 + 125 * math.cos(turn), 150 + 88 * math.sin(turn)
        ImageDraw.Draw(frame).ellipse((x - 25, y - 25, x + 25, y + 25), fill=(230, 70, 50))
        frames.append(frame)
    return frames


def _animated(path: Path) -> None:
    first, *others = [frame.quantize(255) for frame in _circling()]
    first.save(path, save_all=True, append_images=others, duration=60, loop=0)


def _animated_as(**options: Any) -> Callable[[Path], None]:  # noqa: ANN401 - Pillow's
    def save(path: Path) -> None:
        first, *others = _circling()
        first.save(path, save_all=True, append_images=others, duration=60, loop=0, **options)

    return save


_RECIPES: Final = (
    _Recipe(
        name=JPEG_12,
        description="4000 x 3000 px, baseline, quality 92, 4:2:0; 3.1 MB, as telephones write them",
        kind="jpeg",
        file="photo-12mp.jpg",
        make=_photo((4000, 3000), 11, quality=92),
    ),
    _Recipe(
        name="JPEG 12 MP, noisy",
        description="the same with all its grain, 4.7 MB: reading the file is most of the work, for every contestant",
        kind="jpeg",
        file="noisy-12mp.jpg",
        make=_noisy,
    ),
    _Recipe(
        name="JPEG 12 MP, on its side",
        description="the same size, EXIF orientation 6, as most photos of telephones are",
        kind="jpeg",
        file="sideways-12mp.jpg",
        make=_on_its_side,
    ),
    _Recipe(
        name=JPEG_20,
        description="5472 x 3648 px",
        kind="jpeg",
        file="photo-20mp.jpg",
        make=_photo((5472, 3648), 18, quality=92),
    ),
    _Recipe(
        name=JPEG_24,
        description="6000 x 4000 px",
        kind="jpeg",
        file="photo-24mp.jpg",
        make=_photo((6000, 4000), 12, quality=92),
    ),
    _Recipe(
        name="progressive JPEG 12 MP",
        description="4000 x 3000 px",
        kind="jpeg",
        file="progressive-12mp.jpg",
        make=_photo((4000, 3000), 13, quality=92, progressive=True),
    ),
    _Recipe(name=PNG_ALPHA, description="2400 x 1800 px, RGBA", kind="png", file="alpha.png", make=_cut_out),
    _Recipe(
        name=ANIMATED_GIF,
        description="400 x 300 px, 20 frames: smaller than the box, so it is watermarked and encoded, not shrunk",
        kind="gif",
        file="animated.gif",
        make=_animated,
    ),
    _Recipe(
        name=WEBP_12,
        description="4000 x 3000 px, quality 88",
        kind="webp",
        file="photo-12mp.webp",
        make=_photo((4000, 3000), 15, quality=88),
    ),
    _Recipe(
        name=JPEG_48,
        description="8000 x 6000 px",
        kind="jpeg",
        file="photo-48mp.jpg",
        make=_photo((8000, 6000), 20, quality=92),
    ),
    _Recipe(
        name=JPEG_200,
        description="16320 x 12240 px: 16 mirrored tiles of one photograph",
        kind="jpeg",
        file="photo-200mp.jpg",
        make=_tiled,
    ),
    _Recipe(
        name="HEIC 12 MP",
        description="4000 x 3000 px, one picture of x265 without tiles, made into a JPEG",
        kind="heic",
        file="photo-12mp.heic",
        make=_heic,
    ),
    _Recipe(
        name="AVIF 12 MP",
        description="4000 x 3000 px, quality 70, made into an AVIF",
        kind="avif",
        file="photo-12mp.avif",
        make=_photo((4000, 3000), 22, quality=70, speed=8),
    ),
    _Recipe(
        name="animated WebP",
        description="the frames of the GIF in their own colours, lossy at quality 88",
        kind="animated webp",
        file="animated.webp",
        make=_animated_as(quality=88),
    ),
    _Recipe(
        name="APNG",
        description="the frames of the GIF in their own colours",
        kind="apng",
        file="animated.png",
        make=_animated_as(),
    ),
    _Recipe(
        name=WIDTHS,
        description="the first photograph as JPEGs of 320, 480, 640, 960, 1280, 1600, 1920 and 2560 px, each with its"
        " logo; kB are of all eight, and quality is that of the largest",
        kind="widths",
        file="photo-12mp.jpg",
        make=_photo((4000, 3000), 11, quality=92),
    ),
)
