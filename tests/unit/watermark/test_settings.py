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
        ({"colour": "red"}, "watermark.colour is no setting"),
    ],
)
def test_a_wrong_setting_is_named(watermark, message):
    with pytest.raises(BadSetting) as refused:
        read(watermark)
    assert message in str(refused.value)
