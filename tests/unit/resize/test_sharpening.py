"""Edges are made clearer, and nothing else changes."""

from itertools import pairwise

import pytest
from kit.pictures import gradient, saved
from PIL import Image, ImageChops

from services.resize.original import shows_same
from services.resize.settings import Rendition, Settings
from services.resize.sharpening import sharpened
from services.resize.step import render


def edge(low=100, high=160, size=(16, 8)):
    image = Image.new("L", size, low)
    image.paste(high, (size[0] // 2, 0, *size))
    return image


def row(image, y=4):
    return [image.getpixel((x, y)) for x in range(image.width)]


def rendered(image, form="PNG", **options):
    rendition = Rendition(name="x", **{"width": 64, "height": 64} | options)
    return render(saved(image, form), Settings(work_bucket="w", renditions=(rendition,))).renditions[0].frames


def test_the_more_the_clearer_an_edge():
    steps = [row(sharpened(edge(), level)) for level in (0, 25, 50, 75, 100)]
    heights = [line[8] - line[7] for line in steps]
    assert heights[0] == 60
    assert all(after > before for before, after in pairwise(heights))
    # At 100 twice the difference from the blur is added: a bound of any halo.
    assert heights[-1] < 60 * 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_uniform_areas_stay_as_they_are(mode):
    image = Image.new(mode, (9, 9), {"L": 90, "RGB": (12, 90, 250), "RGBA": (12, 90, 250, 128)}[mode])
    # Colours times alpha, as every resize has them, are rounded to a level.
    got, expected = sharpened(image, 100).getpixel((4, 4)), image.getpixel((4, 4))
    assert got == pytest.approx(expected, abs=1 if mode == "RGBA" else 0)


def test_alpha_is_not_sharpened_and_hidden_colours_give_no_halo():
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((200, 120, 40, 255), (5, 5, 11, 11))
    image.paste((200, 120, 40, 128), (4, 4, 5, 12))
    got = sharpened(image, 100)
    assert got.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    seen = [pixel for pixel in got.get_flattened_data() if pixel[3]]
    assert all(max(abs(a - b) for a, b in zip(pixel[:3], (200, 120, 40), strict=True)) <= 5 for pixel in seen)


def test_with_and_without_alpha_alike():
    image = gradient((40, 30))
    image.paste((255, 0, 0), (10, 10, 20, 20))
    one, other = sharpened(image, 60), sharpened(image.convert("RGBA"), 60).convert("RGB")
    assert max(high for _, high in ImageChops.difference(one, other).getextrema()) <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 1), (3, 3)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_any_size(mode, size):
    assert sharpened(gradient(size, mode), 100).size == size


@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
def test_a_rendition_is_sharpened_once_it_has_its_size(fit):
    image = edge(size=(256, 128)).convert("RGB")
    (plain,), (sharp,) = rendered(image, fit=fit), rendered(image, fit=fit, sharpen=50)
    assert plain.size == sharp.size
    middle = plain.height // 2
    values, sharper = ([line[0] for line in row(frame, middle)] for frame in (plain, sharp))
    # Padding is no edge of the picture: nothing outside of the middle is touched.
    assert max(sharper) - min(sharper) > max(values) - min(values)
    assert [row(sharp, y)[:8] for y in range(sharp.height)] == [row(plain, y)[:8] for y in range(plain.height)]


def test_every_frame_of_an_animation_is_sharpened_with_its_alpha():
    frames = [Image.new("RGBA", (32, 32), (0, 0, 0, 0)) for _ in range(2)]
    for index, frame in enumerate(frames):
        frame.paste((90, 90, 90, 255), (4, 4, 28, 28))
        frame.paste((160, 160, 160, 255), (8 + index, 8, 20, 20))
    got = rendered(frames[0], "PNG", sharpen=100), rendered(frames[0], "PNG")
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=100)
    moving = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=64, sharpen=100),)))
    assert not shows_same(got[0][0], got[1][0])
    assert all(frame.mode == "RGBA" for frame in moving.renditions[0].frames)
    assert all(frame.getextrema()[0][1] > 160 for frame in moving.renditions[0].frames)
