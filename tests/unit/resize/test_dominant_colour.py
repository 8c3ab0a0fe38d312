"""The dominant colour: the one that most of the picture has."""

import pytest
from PIL import Image, ImageDraw

from services.resize.dominant_colour import dominant_colour


def test_it_is_that_of_the_largest_area_and_not_the_mean():
    image = Image.new("RGB", (400, 300), "#1e90ff")
    ImageDraw.Draw(image).rectangle((0, 0, 150, 299), fill="#ff0000")
    assert dominant_colour(image) == "#1e90ff"


def test_what_is_transparent_does_not_count():
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((10, 10, 20, 20), fill=(0, 128, 0, 255))
    assert dominant_colour(image) == "#008000"
    assert dominant_colour(Image.new("RGBA", (64, 64), (255, 0, 0, 0))) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (33, 31)])
def test_any_size_has_one(size):
    assert dominant_colour(Image.new("L", size, 128)) == "#808080"
