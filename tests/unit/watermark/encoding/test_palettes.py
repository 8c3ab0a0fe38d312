"""Exact and reduced palettes of pictures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from services.watermark.encoding import palettes

LEVELS = st.integers(0, 255)


def is_same(one, other):
    return ImageChops.difference(one, other).getbbox() is None


@given(st.lists(st.tuples(LEVELS, LEVELS, LEVELS), min_size=1, max_size=256, unique=True))
@settings(max_examples=60, deadline=None)
def test_every_colour_has_its_own_index(colours):
    image = Image.new("RGB", (len(colours), 1))
    image.putdata(colours)
    assert list(palettes.indexed(image, colours).tobytes()) == list(range(len(colours)))


@pytest.mark.parametrize("band", [0, 1, 2])
def test_colours_of_neighbouring_levels_are_distinguished(band):
    bands = [Image.new("L", (256, 256), 77) for _ in range(3)]
    bands[band] = Image.linear_gradient("L")
    image = Image.merge("RGB", bands)
    colours = palettes.opaque_colours(image.convert("RGBA"), 256)
    assert is_same(palettes.coloured(palettes.indexed(image, colours), colours), image)


@given(
    st.lists(st.tuples(LEVELS, LEVELS, LEVELS), min_size=1, max_size=30, unique=True), st.tuples(LEVELS, LEVELS, LEVELS)
)
@settings(max_examples=60, deadline=None)
def test_the_nearest_colour_is_found_within_a_level_of_red_and_green_and_two_of_blue(colours, wanted):
    number = palettes.nearest(Image.new("RGB", (1, 1), wanted), colours).getpixel((0, 0))
    distances = [sum((a - b) ** 2 for a, b in zip(colour, wanted, strict=True)) ** 0.5 for colour in colours]
    assert distances[number] <= min(distances) + 2 * (1 + 1 + 4) ** 0.5


def test_more_colours_than_requested_give_none():
    image = Image.new("RGBA", (4, 1))
    image.putdata([(0, 0, 0, 0), (1, 0, 0, 255), (0, 1, 0, 255), (0, 0, 1, 255)])
    assert palettes.opaque_colours(image, 3) == [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    assert palettes.opaque_colours(image, 2) is None


def test_a_large_picture_is_reduced_by_a_sample():
    image = Image.merge("RGB", [Image.linear_gradient("L").resize((700, 500)).rotate(90 * turn) for turn in range(3)])
    colours = palettes.reduced(image, 255, 20_000)
    assert len(colours) <= 255
    assert palettes.mean_square(palettes.coloured(palettes.nearest(image, colours), colours), image) < 60


def test_a_small_spot_of_a_distinct_colour_keeps_it():
    levels = Image.linear_gradient("L").resize((200, 150)).point([each // 2 for each in range(256)])
    image = Image.merge("RGB", (levels, levels.rotate(180), Image.radial_gradient("L").resize((200, 150))))
    image.paste((255, 0, 0), (90, 70, 94, 74))
    colours = palettes.reduced(image, 255, 10_000)
    indexes = palettes.nearest(image, colours)
    red, green, blue = palettes.coloured(indexes, colours).getpixel((92, 72))
    assert red > 235
    assert max(green, blue) < 20


def test_a_rough_match_is_within_four_levels_of_each_channel_of_the_nearest():
    colours = [(level, 255 - level, level // 2) for level in range(0, 256, 9)]
    image = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn) for turn in range(3)])
    rough = palettes.coloured(palettes.roughly_nearest(image, colours), colours)
    near = palettes.coloured(palettes.nearest(image, colours), colours)
    assert (
        palettes.mean_square(near, image)
        <= palettes.mean_square(rough, image)
        < 1.05 * palettes.mean_square(near, image)
    )


def test_a_difference_of_few_levels_can_be_left_out():
    one, other = Image.new("RGB", (3, 1)), Image.new("RGB", (3, 1))
    other.putdata([(0, 2, 0), (0, 0, 3), (0, 0, 0)])
    assert list(palettes.any_difference(one, other).tobytes()) == [255, 255, 0]
    assert list(palettes.any_difference(one, other, 2).tobytes()) == [0, 255, 0]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_indexes_show_their_colours(mode):
    indexes = Image.new("L", (3, 1))
    indexes.putdata([0, 2, 9])
    seen = palettes.coloured(indexes, [(1, 2, 3), (4, 5, 6), (7, 8, 9)], mode)
    assert seen.mode == mode
    assert seen.convert("RGB").tobytes() == bytes([1, 2, 3, 7, 8, 9, 0, 0, 0])
    assert indexes.mode == "L"
