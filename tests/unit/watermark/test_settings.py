"""A wrong setting is refused with its name, its value and what is allowed."""

import json

import pytest

from services.watermark.settings import Settings, Watermark
from shared.errors import BadSetting


def read(watermark):
    return Settings.from_env({"WORK_BUCKET": "w", "WATERMARK": json.dumps(watermark)}).watermark


def test_everything_has_a_default():
    assert Settings.from_env({"WORK_BUCKET": "w"}).watermark == Watermark()


def test_an_image_takes_the_place_of_the_text():
    assert (read({"image": "marks/logo.png"}).text, read({"image": "marks/logo.png"}).image) == (None, "marks/logo.png")


@pytest.mark.parametrize(
    ("given", "angle"),
    [
        ({}, 0),
        ({"tile": True}, 30),
        ({"tile": True, "angle_degrees": None}, 30),
        ({"tile": True, "angle_degrees": 0}, 0),
        ({"angle_degrees": -45.5}, -45.5),
    ],
)
def test_tiles_rise_unless_told_otherwise(given, angle):
    assert read(given).angle_degrees == angle


def test_a_mark_may_be_bounded_to_less_than_the_least_width():
    assert (read({"max_width_px": 40}).min_width_px, read({"max_width_px": 40}).max_width_px) == (40, 40)


@pytest.mark.parametrize(
    ("watermark", "message"),
    [
        ({"position": "corner"}, "watermark.position is 'corner'; allowed: one of top-left, top-center"),
        ({"opacity": 1.5}, "watermark.opacity is 1.5; allowed: a number from 0 to 1"),
        ({"scale": 0}, "watermark.scale is 0; allowed: a number from 0.01 to 1"),
        ({"tile": "yes"}, "watermark.tile is 'yes'; allowed: true or false"),
        ({"text": "a", "image": "b.png"}, "watermark has text 'a' and image 'b.png'; allowed: one of the two"),
        ({"image": "/etc/passwd"}, "watermark.image is '/etc/passwd'"),
        ({"image": "../secret.png"}, "watermark.image is '../secret.png'"),
        ({"text": ""}, "watermark.text is ''; allowed: a text of 1 to 200 characters"),
        ({"angle_degrees": 200}, "watermark.angle_degrees is 200; allowed: a number from -180 to 180"),
        ({"angle_degrees": "steep"}, "watermark.angle_degrees is 'steep'; allowed: a number from -180 to 180"),
        ({"min_width_px": 0}, "watermark.min_width_px is 0; allowed: a whole number from 1 to 100,000"),
        ({"max_width_px": 2.5}, "watermark.max_width_px is 2.5; allowed: a whole number from 1 to 100,000"),
        (
            {"min_width_px": 90, "max_width_px": 80},
            "watermark.min_width_px is 90; allowed: no more than max_width_px (80)",
        ),
        ({"image": "logo.svg"}, "watermark.image is 'logo.svg'; allowed: a file that ends in .png"),
        ({"colour": "red"}, "watermark.colour is no setting"),
    ],
)
def test_a_wrong_setting_is_named(watermark, message):
    with pytest.raises(BadSetting) as refused:
        read(watermark)
    assert message in str(refused.value)
