"""Padding that continues the edges of the picture."""

import pytest
from kit.gain_maps import ultra_hdr
from kit.pictures import gradient, saved
from PIL import Image, ImageDraw

from services.resize.settings import AUTO, Rendition, Settings
from services.resize.step import render


def padded(image, form="PNG", box=(100, 100), gravity="center", **options):
    rendition = Rendition(name="x", width=box[0], height=box[1], fit="contain", background=AUTO, gravity=gravity)
    frames = saved(image, form, **options) if isinstance(image, Image.Image) else image
    return render(frames, Settings(work_bucket="w", renditions=(rendition,))).renditions[0].frames


def near(colour, expected, within=4):
    return max(abs(one - other) for one, other in zip(colour, expected, strict=True)) <= within


def product(size, ground, around=None):
    """Something red in the middle, most of the picture, on a ground; with other colours at its left and right."""
    image = Image.new("RGB", size, ground)
    if around:
        image.paste(around, (0, 0, 10, size[1]))
        image.paste(around, (size[0] - 10, 0, *size))
    ImageDraw.Draw(image).rectangle((8, 8, size[0] - 8, size[1] - 8), (220, 20, 20))
    return image


@pytest.mark.parametrize("ground", [(255, 255, 255), (12, 34, 200)])
def test_the_padding_has_the_colour_of_the_edges_and_not_of_most_of_the_picture(ground):
    (frame,) = padded(product((80, 40), ground))
    assert frame.size == (100, 100)
    assert near(frame.getpixel((50, 2)), ground)
    assert near(frame.getpixel((50, 97)), ground)


@pytest.mark.parametrize(("size", "expected"), [((80, 70), (255, 255, 255)), ((70, 80), (0, 90, 0))])
def test_only_the_edges_where_padding_begins_count(size, expected):
    (frame,) = padded(product(size, (255, 255, 255), around=(0, 90, 0)), box=(80, 80))
    assert near(frame.getpixel((1, 1)), expected)


@pytest.mark.parametrize(
    ("gravity", "expected"), [("north", (0, 90, 0)), ("south", (80, 160, 255)), ("center", (80, 160, 255))]
)
def test_an_edge_at_the_end_of_its_canvas_does_not_count(gravity, expected):
    scenery = Image.new("RGB", (80, 40), (80, 160, 255))
    scenery.paste((0, 90, 0), (0, 36, 80, 40))
    (frame,) = padded(scenery, gravity=gravity)
    assert near(frame.getpixel((50, 0 if gravity == "south" else 99)), expected)


def test_two_colours_are_not_mixed():
    image = Image.new("RGB", (80, 40), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, 30, 40))
    (frame,) = padded(image)
    assert near(frame.getpixel((50, 2)), (255, 0, 0))


def test_transparent_edges_have_transparent_padding():
    image = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    image.paste((9, 200, 9, 255), (20, 10, 60, 30))
    (frame,) = padded(image)
    assert frame.mode == "RGBA"
    assert frame.getpixel((50, 2))[3] == 0


def test_a_cut_out_that_touches_its_edges_has_transparent_padding():
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((0, 0, 79, 79), fill=(200, 30, 30, 255))
    (frame,) = padded(image, box=(160, 80))
    assert frame.mode == "RGBA"
    assert frame.getpixel((2, 40))[3] == frame.getpixel((42, 2))[3] == 0


def test_edges_that_are_half_opaque_have_their_colour():
    image = Image.new("RGBA", (80, 40), (9, 200, 9, 255))
    image.paste((0, 0, 0, 0), (0, 0, 40, 40))
    (frame,) = padded(image)
    assert near(frame.convert("RGB").getpixel((50, 2)), (9, 200, 9))


def test_a_picture_that_fills_its_canvas_has_the_colour_beneath_its_transparent_parts():
    image = Image.new("RGBA", (100, 100), (30, 60, 90, 255))
    image.paste((0, 0, 0, 0), (40, 40, 60, 60))
    (frame,) = padded(image)
    assert near(frame.convert("RGB").getpixel((50, 50)), (30, 60, 90))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_one_pixel_is_enough(mode):
    (frame,) = padded(Image.new(mode, (1, 1), 77 if mode == "L" else (77, 77, 77)), box=(5, 3))
    assert frame.convert("RGB").getpixel((0, 0)) == (77, 77, 77)


def test_the_first_frame_of_an_animation_settles_the_colour_of_all():
    frames = [product((80, 40), colour) for colour in ((250, 250, 250), (10, 10, 10))]
    got = padded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=100)
    assert len(got) == 2
    assert [near(frame.convert("RGB").getpixel((50, 2)), (250, 250, 250)) for frame in got] == [True, True]


def test_a_picture_with_a_gain_map_has_the_same_padding():
    data = ultra_hdr(product((160, 80), (12, 34, 200)), gradient((40, 20), "L"))
    rendition = Rendition(name="x", width=100, height=100, fit="contain", background=AUTO, format="jpeg")
    made = render(data, Settings(work_bucket="w", renditions=(rendition,), hdr="keep")).renditions[0]
    assert made.gain_map is not None
    assert near(made.frames[0].getpixel((50, 2)), (12, 34, 200))
