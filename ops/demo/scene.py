"""Draws the demo's photograph: a lake between hills under an evening sky, different for each seed."""

import math
import random
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]

# Drawn with its longer side this long, in pixels, and enlarged: what a camera's lens blurs need not be drawn sharp.
_DRAWN: Final = 1000
_HORIZON: Final = 0.62


@dataclass(frozen=True, kw_only=True)
class Light:
    """Colours at a time of day.

    Args:
        zenith: Colour of the sky's top.
        horizon: Colour of the sky at the horizon.
        sun: Colour of the sun and its glow.
        far: Colour of the farthest hills.
        near: Colour of the nearest hills.
    """

    zenith: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    near: Colour


LIGHTS: Final = {
    "evening": Light(
        zenith=(38, 60, 112), horizon=(250, 190, 130), sun=(255, 236, 190), far=(150, 128, 150), near=(30, 34, 46)
    ),
    "noon": Light(
        zenith=(52, 122, 200), horizon=(205, 228, 245), sun=(255, 252, 235), far=(140, 172, 190), near=(32, 72, 44)
    ),
    "dawn": Light(
        zenith=(70, 62, 120), horizon=(246, 170, 170), sun=(255, 220, 205), far=(150, 120, 165), near=(44, 32, 62)
    ),
    "forest": Light(
        zenith=(96, 140, 140), horizon=(232, 238, 210), sun=(255, 255, 230), far=(120, 158, 130), near=(18, 48, 34)
    ),
}


def scene(size: tuple[int, int], light: str = "evening", seed: int = 1) -> Image.Image:
    """Draw a landscape.

    Args:
        size: (width, height) in pixels.
        light: one of LIGHTS.
        seed: Seed of the hills' shapes.
    """
    colours, dice = LIGHTS[light], random.Random(seed)  # noqa: S311 - shapes, no secrets
    # Pillow's effect_noise is another one at every call; the same samples are the same bytes everywhere.
    grain = random.Random(f"grain {seed}")  # noqa: S311
    width, height = (round(side * _DRAWN / max(size)) for side in size)
    shore = round(height * _HORIZON)
    land = _sky((width, shore), colours, dice)
    for depth in range(4):
        _hill(land, depth / 3, colours, dice, grain)
    picture = Image.new("RGB", (width, height))
    picture.paste(land, (0, 0))
    picture.paste(_water(land, (width, height - shore), colours, grain), (0, shore))
    return _grained(picture.resize(size, Image.Resampling.BICUBIC), grain)


def _sky(size: tuple[int, int], light: Light, dice: random.Random) -> Image.Image:
    sky = ImageOps.colorize(Image.linear_gradient("L").resize(size), light.zenith, light.horizon)
    radius = size[0] // 3
    glow = ImageOps.invert(Image.radial_gradient("L")).resize((2 * radius, 2 * radius))
    glow = glow.point(lambda value: max(0, value - 75) * 0.9)
    centre = (round(size[0] * dice.uniform(0.25, 0.75)), round(size[1] * 0.58))
    sky.paste(light.sun, (centre[0] - radius, centre[1] - radius), mask=glow)
    disc = size[0] // 38
    sun = Image.new("L", (disc * 8, disc * 8), 0)
    ImageDraw.Draw(sun).ellipse((0, 0, disc * 8 - 1, disc * 8 - 1), fill=255)
    sun = sun.resize((disc * 2, disc * 2), Image.Resampling.LANCZOS)
    sky.paste(light.sun, (centre[0] - disc, centre[1] - disc), mask=sun)
    return sky


def _hill(land: Image.Image, depth: float, light: Light, dice: random.Random, grain: random.Random) -> None:
    """Draw a ridge across the picture; depth 0 is the farthest, 1 the nearest."""
    width, height = land.size
    base, swing = height * (0.66 + 0.3 * depth), height * (0.17 - 0.09 * depth)
    waves = [(dice.uniform(0.6, 1.4) * 2**octave, dice.uniform(0, math.tau), 0.55**octave) for octave in range(7)]

    def ridge(x: int) -> float:
        return base - swing * sum(
            weight * math.sin(phase + math.tau * frequency * x / width) for frequency, phase, weight in waves
        )

    outline = [(x, ridge(x)) for x in range(0, width + 4, 2)]
    mask = Image.new("L", land.size, 0)
    ImageDraw.Draw(mask).polygon([(0, height), *outline, (width, height)], fill=255)
    far, near = light.far, light.near
    top = tuple(round(a + (b - a) * depth) for a, b in zip(far, near, strict=True))
    foot = tuple(round(a + (b - a) * max(0.0, depth - 0.2)) for a, b in zip(far, near, strict=True))
    shade = ImageOps.colorize(Image.linear_gradient("L").resize(land.size), top, foot)
    texture = _noise((width // 2, height // 2), 13, grain).resize(land.size, Image.Resampling.BILINEAR)
    land.paste(ImageChops.overlay(shade, Image.merge("RGB", (texture,) * 3)), mask=mask)


def _water(land: Image.Image, size: tuple[int, int], light: Light, grain: random.Random) -> Image.Image:
    """Draw the land's reflection: mirrored, darker and distorted by ripples."""
    width, height = size
    mirrored = land.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, round(height * 1.25))).crop((0, 0, *size))
    mirrored = mirrored.resize((width // 14, height)).resize(size, Image.Resampling.BICUBIC)
    ripples = _noise((width // 24, height), 34, grain).resize(size, Image.Resampling.BICUBIC)
    ripples = ripples.filter(ImageFilter.GaussianBlur(0.8))
    water = ImageChops.overlay(mirrored, Image.merge("RGB", (ripples,) * 3))
    return Image.blend(water, Image.new("RGB", size, light.zenith), 0.22)


def _grained(picture: Image.Image, grain: random.Random) -> Image.Image:
    """Add sensor noise; a tile of it is repeated, since noise for 12 MP takes seconds."""
    tile = _noise((512, 512), 9, grain)
    noise = Image.new("L", picture.size)
    for top in range(0, picture.height, 512):
        for left in range(0, picture.width, 512):
            noise.paste(tile, (left, top))
    return ImageChops.add(picture, Image.merge("RGB", (noise,) * 3), scale=1, offset=-128)


def _noise(size: tuple[int, int], sigma: int, grain: random.Random) -> Image.Image:
    """Grey noise around 128, with a normal distribution."""
    return Image.frombytes("L", size, grain.randbytes(size[0] * size[1])).point(_normal(sigma))


@cache
def _normal(sigma: int) -> list[int]:
    """Table that maps uniformly distributed bytes to normally distributed ones."""
    curve = NormalDist(128, sigma)
    return [min(255, max(0, round(curve.inv_cdf((value + 0.5) / 256)))) for value in range(256)]
