"""Resizing with vector instructions gives the same picture as with Pillow."""

import itertools
import platform

import pytest
from kit.pictures import gradient
from PIL import Image, ImageChops, ImageDraw

from services.resize import convolution, resampling
from services.resize.convolution import by_pillow, convolved, premultiplied, vector_library

PICTURE = (331, 247)
WHOLE = (0.0, 0.0, 331.0, 247.0)
PART = (10.3, 7.75, 300.5, 240.2)

vectored_here = pytest.mark.skipif(vector_library() is None, reason="no library with vector instructions for this CPU")


def picture(mode):
    """Edges, lines and soft colours; with alpha, at every level."""
    image = gradient(PICTURE).convert("RGB")
    draw = ImageDraw.Draw(image)
    for at in range(0, 331, 9):
        draw.line((at, 0, 331 - at, 246), fill=(at % 256, 255 - at % 256, 128), width=2)
    if mode != "RGBa":
        return image.convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(PICTURE))
    return image.convert("RGBa")


def differs_by(one, other):
    assert (one.mode, one.size) == (other.mode, other.size)
    bands = zip(one.split(), other.split(), strict=True)
    return max(ImageChops.difference(here, there).getextrema()[1] for here, there in bands)


@vectored_here
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBa", "CMYK"])
@pytest.mark.parametrize(
    ("size", "kernel", "box"),
    [
        *itertools.product([(165, 123), (200, 60), (1, 1)], ["bicubic", "lanczos"], [WHOLE, PART]),
        ((500, 380), "lanczos", PART),
        *itertools.product([(165, 123), (24, 18), (1, 1)], ["box"], [WHOLE]),
    ],
)
def test_vector_instructions_give_pillow_s_picture(mode, size, kernel, box):
    image = picture(mode)
    assert differs_by(convolved(image, size, kernel, box), by_pillow(image, size, kernel, box)) <= 2


@vectored_here
@pytest.mark.parametrize("kernel", ["bicubic", "lanczos", "box"])
def test_each_kernel_is_the_one_that_is_asked_for(kernel):
    other = {"bicubic": "lanczos", "lanczos": "box", "box": "bicubic"}[kernel]
    image = picture("RGB")
    assert differs_by(convolved(image, (165, 123), kernel, WHOLE), by_pillow(image, (165, 123), other, WHOLE)) > 2


def test_colours_times_alpha_are_pillow_s_at_every_level():
    levels = Image.linear_gradient("L")
    image = Image.merge("RGBA", (levels, levels.transpose(Image.Transpose.ROTATE_180), levels, levels.rotate(90)))
    result, expected = premultiplied(image), image.convert("RGBa")
    assert (result.mode, result.tobytes()) == ("RGBa", expected.tobytes())


@vectored_here
def test_vector_instructions_multiply_by_alpha(monkeypatch):
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("Pillow multiplied"))
    assert premultiplied(Image.new("RGBA", (3, 2), (200, 100, 50, 128))).getpixel((0, 0)) == (100, 50, 25, 128)


@pytest.mark.parametrize("mode", ["LA", "I", "F", "YCbCr", "RGBA"])
def test_modes_without_vector_instructions_are_resized_too(mode):
    image = gradient(PICTURE).convert("RGBA").convert(mode)
    assert resampling.resample(image, (100, 75), WHOLE).mode == mode


def test_a_machine_without_the_library_resizes_by_pillow(monkeypatch):
    monkeypatch.setattr(convolution, "vector_library", lambda: None)
    image = picture("RGB")
    expected = by_pillow(image, (165, 123), "bicubic", WHOLE)
    assert convolved(image, (165, 123), "bicubic", WHOLE).tobytes() == expected.tobytes()


@pytest.mark.parametrize("side", [20, 60, 90])
def test_averages_before_the_kernel_are_pillow_s(monkeypatch, side):
    """Image.resize(reducing_gap=...) chooses the same: https://pillow.readthedocs.io/en/stable/reference/Image.html."""

    def across_first(image, size, kernel, box):
        assert kernel == "lanczos"
        return image.resize(size, Image.Resampling.LANCZOS, box=box)

    monkeypatch.setattr(resampling, "convolved", across_first)
    image = picture("RGB")
    expected = image.resize((side, 40), Image.Resampling.LANCZOS, box=PART, reducing_gap=1.6)
    assert resampling.resample(image, (side, 40), PART).tobytes() == expected.tobytes()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64 alone is sure to have the library")
def test_the_library_is_there_on_x86_64():
    assert vector_library() is not None
