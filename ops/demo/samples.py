"""The demo's images, generated: one of each kind that the pipeline processes, and three that must fail."""

import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFilter

from ops.demo.scene import scene

# A HEIC cannot be written by Pillow: this one was made of the same scene by libheif.
_HEIC: Final = Path(__file__).parent / "data" / "lake.heic"

_ORIENTATION: Final = 0x0112
_MAKE: Final = 0x010F
_COPYRIGHT: Final = 0x8298
_GPS: Final = 0x8825


@dataclass(frozen=True, kw_only=True)
class SampleImage:
    """One image of the demo.

    Args:
        key: what it is called.
        make: gives its bytes.
        error: the class of the error that it must fail with; None where it must be stored.
    """

    key: str
    make: Callable[[], bytes]
    error: str | None = None


def samples() -> Iterator[SampleImage]:
    """All sample images, the largest first, so that it is made while the others are."""
    yield SampleImage(key="photo-12mp.jpg", make=_photo)
    yield SampleImage(key="cmyk-print.jpg", make=_cmyk)
    yield SampleImage(key="grey.jpg", make=lambda: saved(scene((1500, 1100), "evening", 5).convert("L"), "JPEG"))
    yield SampleImage(key="progressive.jpeg", make=partial(_scene, "JPEG", "forest", 8, progressive=True, quality=88))
    yield SampleImage(key="phone.heic", make=_HEIC.read_bytes)
    yield SampleImage(key="modern.avif", make=partial(_scene, "AVIF", "noon", 3, quality=70, speed=9))
    yield SampleImage(key="scan.tiff", make=partial(_scene, "TIFF", "forest", 11, compression="tiff_lzw"))
    yield SampleImage(key="old.bmp", make=partial(_scene, "BMP", "dawn", 4, size=(640, 480)))
    yield SampleImage(key="web.webp", make=partial(_scene, "WEBP", "evening", 9, quality=80))
    yield SampleImage(key="sticker-alpha.png", make=_sticker)
    yield SampleImage(key="depth-16bit.png", make=_sixteen_bits)
    yield SampleImage(key="palette.png", make=_palette)
    yield SampleImage(key="bouncing.gif", make=partial(_bouncing, "GIF"))
    yield SampleImage(key="turning.webp", make=partial(_turning, "WEBP"))
    yield SampleImage(key="turning-apng.png", make=partial(_turning, "PNG"))
    yield SampleImage(key="holiday photos/a b+c (1).jpg", make=partial(_scene, "JPEG", "noon", 21))
    yield SampleImage(key="ünïcödé/日本語 🌄.jpg", make=partial(_scene, "JPEG", "dawn", 22))
    yield SampleImage(key="100%25 real%2Fname.jpg", make=partial(_scene, "JPEG", "forest", 23))
    yield SampleImage(key="broken/text.jpg", make=_text, error="UnsupportedImage")
    yield SampleImage(key="broken/truncated.jpg", make=_truncated, error="UnreadableImage")
    yield SampleImage(key="broken/bomb.png", make=_bomb, error="ImageTooLarge")


def saved(image: Image.Image, form: str, **options: Any) -> bytes:  # noqa: ANN401 - an encoder's options are of any type
    """The file of an image in a format, as Pillow calls it."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _scene(form: str, light: str, seed: int, *, size: tuple[int, int] = (1200, 900), **options: Any) -> bytes:  # noqa: ANN401
    return saved(scene(size, light, seed), form, **options)


def _photo() -> bytes:
    """A photo as an upright phone takes it: 12 MP, rotated by EXIF, with place and copyright."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_MAKE] = "image-pipeline"
    exif[_COPYRIGHT] = "Nobody"
    # 47° 33' N, 13° 38' E, 500 m above the sea
    exif.get_ifd(_GPS).update({1: "N", 2: (47.0, 33.0, 0.0), 3: "E", 4: (13.0, 38.0, 0.0), 5: b"\x00", 6: 500.0})
    seen = scene((3000, 4000), "evening", 16)
    return saved(seen.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif)


def _cmyk() -> bytes:
    return saved(scene((1600, 1200), "noon", 2).convert("CMYK"), "JPEG", quality=90)


def _sticker() -> bytes:
    """A star with a soft shadow on a transparent background."""
    size, middle = 900, 450
    star = [
        (
            middle + math.sin(index * math.pi / 5) * (380 if index % 2 == 0 else 160),
            middle - 30 - math.cos(index * math.pi / 5) * (380 if index % 2 == 0 else 160),
        )
        for index in range(10)
    ]
    shadow = Image.new("L", (size, size), 0)
    ImageDraw.Draw(shadow).polygon([(x + 14, y + 26) for x, y in star], fill=150)
    image = Image.new("RGBA", (size, size), (20, 20, 40, 0))
    image.putalpha(shadow.filter(ImageFilter.GaussianBlur(18)))
    shape = Image.new("L", (size * 2, size * 2), 0)
    ImageDraw.Draw(shape).polygon([(x * 2, y * 2) for x, y in star], fill=255)
    image.paste(
        Image.merge("RGBA", (*scene((size, size), "dawn", 6).split(), Image.new("L", (size, size), 255))),
        mask=shape.resize((size, size), Image.Resampling.LANCZOS),
    )
    return saved(image, "PNG")


def _sixteen_bits() -> bytes:
    grey = scene((900, 600), "noon", 12).convert("L")
    return saved(grey.convert("I").point(lambda value: value * 257).convert("I;16"), "PNG")


def _palette() -> bytes:
    image = scene((800, 600), "forest", 13).quantize(32)
    clear = image.getpixel((5, 5))
    return saved(image, "PNG", transparency=clear)


def _bouncing(form: str) -> bytes:
    """An animated ball that bounces over a lake, and rests on the ground for some frames."""
    ground = scene((480, 360), "evening", 14).quantize(200)
    red, rim = 254, 255
    colours = (ground.getpalette() or [])[: 3 * 200]
    ground.putpalette(colours + [0] * (3 * red - len(colours)) + [214, 60, 48] + [90, 20, 20])
    frames, durations = [], []
    for index in range(20):
        frame = ground.copy()
        height = abs(math.sin(math.pi * index / 10)) * 210
        x, y = 40 + index * 19, 300 - height
        ImageDraw.Draw(frame).ellipse((x, y, x + 44, y + 44), fill=red, outline=rim, width=2)
        frames.append(frame)
        durations.append(400 if index % 10 == 0 else 60)
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _turning(form: str) -> bytes:
    """A turning wheel on a transparent background."""
    wheel = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    for index in range(8):
        colour = (60 + index * 24, 90 + (index * 70) % 140, 220 - index * 20, 255)
        ImageDraw.Draw(wheel).pieslice((20, 20, 580, 580), index * 45, index * 45 + 44, fill=colour)
    frames = [wheel.rotate(-index * 3, Image.Resampling.BICUBIC).resize((300, 300)) for index in range(15)]
    durations = [50 + 5 * index for index in range(15)]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _text() -> bytes:
    return b"This is a text that somebody has called .jpg.\n" * 20


def _truncated() -> bytes:
    whole = _scene("JPEG", "noon", 15, size=(800, 600))
    return whole[: len(whole) // 2]


def _bomb() -> bytes:
    """A decompression bomb: 20,000 x 20,000 white px in 75 KB, 400 MB when decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = 20_000
    packer = zlib.compressobj(9)
    line = b"\x00" + b"\xff" * (side // 8)
    pixels = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
