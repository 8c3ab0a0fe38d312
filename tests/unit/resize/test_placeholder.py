"""A picture as about 25 bytes, and what a web page decodes from them."""

import base64
from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import gradient
from PIL import Image, ImageChops, ImageStat

from services.resize.placeholder import placeholder, thumbhash


class Fields:
    """Bits, read from the lowest up."""

    def __init__(self, data):
        self.number = int.from_bytes(data, "little")

    def take(self, bits):
        value = self.number & ((1 << bits) - 1)
        self.number >>= bits
        return value


def decoded(hashed):
    """Decode a ThumbHash to a longer side of 32 px: (RGBA image, aspect ratio)."""
    fields = Fields(hashed)
    light, yellow, red = fields.take(6) / 63, fields.take(6) / 31.5 - 1, fields.take(6) / 31.5 - 1
    light_scale, see_through = fields.take(5) / 31, fields.take(1)
    count, yellow_scale, red_scale = fields.take(3), fields.take(6) / 63, fields.take(6) / 63
    landscape = fields.take(1)
    longer = 5 if see_through else 7
    counts = (longer, count) if landscape else (count, longer)
    alpha, alpha_scale = (fields.take(4) / 15, fields.take(4) / 15) if see_through else (1, 0)

    def cosines(across, down, scale):
        places = [(x, y) for y in range(down) for x in range(across) if (x or y) and x * down < across * (down - y)]
        return [(x, y, (fields.take(4) / 7.5 - 1) * scale) for x, y in places]

    wide = [(light, cosines(max(3, counts[0]), max(3, counts[1]), light_scale))]
    # The format's own decoder boosts colours by a quarter, to make up for their few steps.
    wide += [(mean, cosines(3, 3, scale * 1.25)) for mean, scale in ((yellow, yellow_scale), (red, red_scale))]
    wide.append((alpha, cosines(5, 5, alpha_scale) if see_through else []))
    ratio = counts[0] / counts[1]
    width, height = (32, round(32 / ratio)) if ratio > 1 else (round(32 * ratio), 32)
    pixels = []
    for row in range(height):
        for column in range(width):
            across, down = pi / width * (column + 0.5), pi / height * (row + 0.5)
            here = [mean + 2 * sum(f * cos(across * x) * cos(down * y) for x, y, f in each) for mean, each in wide]
            blue = here[0] - here[1] * 2 / 3
            redness = (3 * here[0] - blue + here[2]) / 2
            colour = (redness, redness - here[2], blue, here[3])
            pixels.append(tuple(max(0, min(255, round(255 * value))) for value in colour))
    image = Image.new("RGBA", (width, height))
    image.putdata(pixels)
    return image, ratio


def far(image, other):
    """The mean difference of two pictures, 0 to 255."""
    difference = ImageChops.difference(image.convert("RGBA"), other.convert("RGBA").resize(image.size))
    return max(ImageStat.Stat(difference).mean)


def hashed(image):
    return base64.b64decode(placeholder(image))


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024), (300, 300), (32, 24), (5, 9)])
def test_a_web_page_sees_the_picture(size):
    picture = gradient((96, 64)).resize(size)
    shown, _ = decoded(hashed(picture))
    # Full colours from edge to edge are the hardest case; the format's own decoder is as far off.
    assert far(shown, picture) < 30
    assert far(shown, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > 90
    assert far(shown, picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)) > 90


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_one_colour_stays_that_colour(colour):
    shown, _ = decoded(hashed(Image.new("RGB", (40, 30), colour)))
    # Means have six bits: half a step is 2, and lightness and two differences add up.
    assert all(abs(seen - given) <= 9 for seen, given in zip(shown.getpixel((16, 12))[:3], colour, strict=True))
    assert shown.getpixel((16, 12))[3] == 255


def test_transparent_parts_stay_transparent_and_lend_no_colour():
    picture = Image.new("RGBA", (64, 64), (0, 255, 0, 0))
    picture.paste((200, 40, 40, 255), (0, 0, 32, 64))
    shown, _ = decoded(hashed(picture))
    assert shown.getpixel((4, 16))[3] > 220
    assert shown.getpixel((28, 16))[3] < 35
    assert all(abs(seen - given) < 16 for seen, given in zip(shown.getpixel((8, 16))[:3], (200, 40, 40), strict=True))


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_the_shape_is_reported_within_seven_steps(width, height):
    image = Image.new("L", (max(1, 64 * width // max(width, height)), max(1, 64 * height // max(width, height))), 90)
    _, ratio = decoded(hashed(image))
    side = min(image.size) / max(image.size) * 7
    assert abs(min(ratio, 1 / ratio) * 7 - max(1, side)) <= 1


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_mode_of_a_rendition_is_about_25_bytes(mode):
    assert 15 <= len(hashed(gradient((500, 400), mode))) <= 30


def test_a_fully_transparent_picture_has_a_placeholder():
    shown, _ = decoded(hashed(Image.new("RGBA", (20, 10))))
    assert shown.getextrema()[3] == (0, 0)


# Made with the npm package thumbhash 0.1.1 of the format's author, from the pixels that make() gives.
VECTORS = {
    "landscape": ((32, 24), "RGB", "dc080e1d9a6076877088888688678887f3a40ff887"),
    "portrait with alpha": ((21, 32), "RGBA", "d9f88913161c5060586878f6750ff7887f784f77778877"),
    "strip": ((32, 3), "RGB", "924a0a299a80878780887878806107f888"),
}


def make(size, mode):
    width, height = size
    image = Image.new(mode, size)
    values = [
        (x * 255 // width, y * 255 // height, (x * y) % 256, 255 - x * y * 200 // (width * height))
        for y in range(height)
        for x in range(width)
    ]
    image.putdata([value[: len(mode)] for value in values])
    return image


@pytest.mark.parametrize(("size", "mode", "expected"), VECTORS.values(), ids=VECTORS)
def test_the_bytes_are_those_of_the_format_s_own_encoder(size, mode, expected):
    image = make(size, mode).convert("RGBA")
    assert thumbhash(image.tobytes(), size).hex() == expected
