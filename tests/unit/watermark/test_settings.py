"""A wrong setting is refused with its name, its value and what is allowed."""

import json

import pytest

from services.watermark.settings import TILE_ANGLE_DEGREES, Settings, Watermark
from shared.errors import BadSetting


def read(watermark):
    return Settings.from_env({"WORK_BUCKET": "w", "WATERMARK": json.dumps(watermark)}).watermark


def test_everything_has_a_default():
    assert Settings.from_env({"WORK_BUCKET": "w"}).watermark == Watermark()


def test_a_whole_number_is_the_same_watermark_as_its_float():
    assert repr(read({"opacity": 1})) == repr(read({"opacity": 1.0}))


def test_an_image_replaces_the_text():
    assert (read({"image": "marks/logo.png"}).text, read({"image": "marks/logo.png"}).image) == (None, "marks/logo.png")


def profiles(*values, **watermark):
    env = {"WORK_BUCKET": "w", "WATERMARK": json.dumps(watermark), "PROFILES": json.dumps(values)}
    return Settings.from_env(env).profiles


def test_a_profile_s_watermark_changes_only_what_it_names():
    marked, unmarked = profiles({"prefix": "a/", "watermark": {"opacity": 1}}, {"prefix": "b/"}, text="© A", scale=0.5)
    assert marked.watermark == Watermark(text="© A", scale=0.5, opacity=1)
    assert unmarked.watermark is None


@pytest.mark.parametrize(
    ("default", "own", "angle"),
    [
        ({}, {"tile": True}, TILE_ANGLE_DEGREES),
        ({"angle_degrees": 45}, {"opacity": 1}, 45),
        ({"tile": True}, {"opacity": 1}, TILE_ANGLE_DEGREES),
        ({"tile": True}, {"tile": False}, 0),
        ({"tile": True, "angle_degrees": 10}, {"angle_degrees": -5}, -5),
        ({"angle_degrees": 45}, {"tile": True}, 45),
        ({"tile": True, "angle_degrees": 45}, {"tile": False}, 45),
        ({"angle_degrees": 0}, {"tile": True}, 0),
    ],
)
def test_a_profile_s_watermark_has_the_file_s_angle_or_else_that_of_its_tiling(default, own, angle):
    (profile,) = profiles({"prefix": "a/", "watermark": own}, **default)
    assert profile.watermark.rotation_degrees == angle


def test_a_profile_s_text_replaces_the_default_image_and_the_other_way_round():
    (profile,) = profiles({"prefix": "a/", "watermark": {"text": "© A"}}, image="logo.png")
    assert (profile.watermark.text, profile.watermark.image) == ("© A", None)
    (profile,) = profiles({"prefix": "a/", "watermark": {"image": "logo.png"}}, text="© A")
    assert (profile.watermark.text, profile.watermark.image) == (None, "logo.png")
    (profile,) = profiles({"prefix": "a/", "watermark": {"opacity": 1}}, image="logo.png")
    assert (profile.watermark.text, profile.watermark.image) == (None, "logo.png")


def test_a_profile_s_wrong_setting_is_named_by_its_path():
    with pytest.raises(BadSetting, match=r"^profiles\[1\]\.watermark\.opacity is 2; allowed: a number from 0 to 1"):
        profiles({"prefix": "a/"}, {"prefix": "b/", "watermark": {"opacity": 2}})
    with pytest.raises(BadSetting, match=r"^profiles\[0\]\.watermark has text 'a' and image 'b'"):
        profiles({"prefix": "a/", "watermark": {"text": "a", "image": "b"}})
    with pytest.raises(BadSetting, match=r"^profiles\[0\]\.colour is not a setting; allowed: prefix, watermark"):
        profiles({"prefix": "a/", "colour": "red"})


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
def test_tiles_slant_upwards_unless_set_otherwise(given, angle):
    assert read(given).rotation_degrees == angle


def test_a_watermark_may_be_bounded_to_less_than_the_minimum_width():
    assert (read({"max_width_px": 40}).min_width_px, read({"max_width_px": 40}).max_width_px) == (40, 40)


@pytest.mark.parametrize(
    ("watermark", "message"),
    [
        ({"opacity": 1.5}, "watermark.opacity is 1.5; allowed: a number from 0 to 1"),
        ({"text": "a", "image": "b.png"}, "watermark has text 'a' and image 'b.png'; allowed: one of the two"),
        ({"image": "/etc/passwd"}, "watermark.image is '/etc/passwd'"),
        ({"image": "../secret.png"}, "watermark.image is '../secret.png'"),
        (
            {"min_width_px": 90, "max_width_px": 80},
            "watermark.min_width_px is 90; allowed: no more than max_width_px (80)",
        ),
        ({"image": "logo.svg"}, "watermark.image is 'logo.svg'; allowed: a file that ends in .png"),
        ({"colour": "red"}, "watermark.colour is not a setting"),
    ],
)
def test_a_wrong_setting_is_named(watermark, message):
    with pytest.raises(BadSetting) as refused:
        read(watermark)
    assert message in str(refused.value)
