"""Whether the background beneath the watermark is light or dark."""

import pytest
from PIL import Image, ImageDraw

from services.watermark.backgrounds import is_light
from services.watermark.stamps import stamp

WATERMARK = stamp(Image.new("RGBA", (100, 20), (255, 255, 255, 200)), "RGB")


def light(*frames, at=(10, 10), watermark=WATERMARK):
    return is_light(list(frames), watermark, at)


def plain(value, mode="RGB", size=(400, 300)):
    return Image.new("L", size, value).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(("value", "expected"), [(0, False), (115, False), (140, True), (255, True)])
@pytest.mark.parametrize("at", [(10, 10), None])
def test_a_background_is_light_from_somewhat_above_the_middle(mode, value, expected, at):
    assert light(plain(value, mode), at=at) == expected


def test_only_what_the_watermark_covers_counts():
    image = plain(0)
    image.paste((255, 255, 255), (10, 10, 110, 30))
    assert light(image)
    assert not light(image, at=(10, 30))


def test_the_corners_of_a_rotated_watermark_s_box_do_not_count():
    turned = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(turned).line((0, 199, 199, 0), fill=(255, 255, 255, 255), width=12)
    image = plain(255)
    ImageDraw.Draw(image).line((50, 249, 249, 50), fill=(0, 0, 0), width=44)
    assert light(
        image.crop((50, 50, 250, 250)), at=(0, 0), watermark=stamp(Image.new("RGBA", (200, 200), "white"), "RGB")
    )
    assert not light(image, at=(50, 50), watermark=stamp(turned, "RGB", in_strips=True))


def test_a_busy_background_is_light_only_where_most_of_it_is():
    def stripes(light_px):
        image = plain(10)
        for x in range(0, 400, 8):
            image.paste((255, 255, 255), (x, 0, x + light_px, 300))
        return image

    assert [light(stripes(width)) for width in (2, 4, 6)] == [False, False, True]
    assert light(plain(132))


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (0, 0, 0, 60), (255, 255, 255, 0)])
def test_transparent_pixels_count_as_paper(colour):
    assert light(Image.new("RGBA", (400, 300), colour))


def test_an_animation_is_judged_by_more_than_its_beginning():
    assert light(plain(0), *[plain(255)] * 30)
    assert not light(plain(255), *[plain(0)] * 30)


def test_a_large_background_is_judged_by_all_of_it():
    image = plain(255, size=(2000, 1500))
    image.paste((0, 0, 0), (0, 0, 2000, 450))
    assert light(image, at=None)
    image.paste((0, 0, 0), (0, 0, 2000, 900))
    assert not light(image, at=None)
