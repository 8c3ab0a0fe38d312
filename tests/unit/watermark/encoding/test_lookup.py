"""The palette index of each pixel, by sums and one by one."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.watermark.encoding import lookup

LEVELS = st.integers(0, 255)
COLOURS = st.tuples(LEVELS, LEVELS, LEVELS)


def picture(colours):
    image = Image.new("RGB", (len(colours), 1))
    image.putdata(colours)
    return image


def everywhere(image):
    return Image.new("L", image.size, 255)


@pytest.mark.parametrize("count", [1, 2, 200, 256, 257, 900, 4_000])
@pytest.mark.parametrize("step", [1, 7, 16_411, 65_793])
def test_every_colour_gets_its_index(count, step):
    numbers = [number * step % 2**24 for number in range(count)]
    colours = [(number >> 16, number >> 8 & 255, number & 255) for number in dict.fromkeys(numbers)]
    index_of = {colour: number * 37 % 256 for number, colour in enumerate(colours)}
    pixels = [colours[number**2 % len(colours)] for number in range(3_000)]
    image = picture(pixels)
    found = lookup.indexes(image, everywhere(image), index_of)
    assert list(found.tobytes()) == [index_of[colour] for colour in pixels]


@given(st.lists(COLOURS, min_size=2, max_size=80, unique=True), st.data())
@settings(max_examples=60, deadline=None)
def test_other_colours_outside_the_mask_do_no_harm(colours, data):
    known = data.draw(st.integers(1, len(colours) - 1))
    index_of = {colour: number % 256 for number, colour in enumerate(colours[:known])}
    image = picture(colours)
    paint = Image.new("L", image.size)
    paint.paste(255, (0, 0, known, 1))
    found = lookup.indexes(image, paint, index_of).tobytes()
    assert list(found[:known]) == list(index_of.values())


@pytest.mark.parametrize(
    "colours",
    [
        list(product(range(0, 256, 51), repeat=3)),
        [(level, level, level) for level in range(256)],
        [(level, 0, 255 - level) for level in range(256)],
    ],
    ids=["cube", "greys", "ramp"],
)
def test_a_palette_of_a_regular_form_needs_no_look_at_single_pixels(colours):
    _, all_right = lookup.sums(colours)
    assert all_right


@given(st.lists(COLOURS, min_size=1, max_size=256, unique=True))
@settings(max_examples=60, deadline=None)
def test_sums_are_right_where_they_claim_to_be(colours):
    (one, two, three), all_right = lookup.sums(colours)
    seen = [
        (one[first] + two[second - 256] + three[third - 512]) % 256
        for first, second, third in map(lookup._levels, colours)
    ]
    if all_right:
        assert seen == list(range(len(colours)))
