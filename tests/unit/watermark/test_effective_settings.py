"""The watermark that one image gets."""

import json
from dataclasses import replace

import pytest

from services.watermark import effective_settings
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Profile, Settings, Watermark
from shared.errors import BadOverride, BadSetting

PRESS = Watermark(text="press", position="top-left", opacity=0.9)
SETTINGS = Settings(
    work_bucket="w",
    profiles=(
        Profile(prefix="press/", watermark=PRESS, path="profiles[0].watermark"),
        Profile(prefix="press/raw/"),
    ),
)


def of(watermarks, key="a.jpg", **overrides):
    return watermarks.of(key, {f"pipeline-{name.replace('_', '-')}": value for name, value in overrides.items()})


@pytest.fixture
def made(monkeypatch):
    """The settings that watermarks were made from, in order."""
    made, real = [], effective_settings.DrawnWatermark
    monkeypatch.setattr(
        effective_settings, "DrawnWatermark", lambda settings, root: made.append(settings) or real(settings, root)
    )
    return made


def test_a_prefix_has_its_own_watermark_and_other_keys_the_default_one():
    watermarks = DrawnWatermarks(SETTINGS)
    assert of(watermarks).settings == Watermark()
    assert of(watermarks, "press/a.jpg").settings == PRESS
    assert of(watermarks, "press/raw/a.jpg").settings == Watermark()


def test_a_watermark_is_made_once_and_no_sooner_than_needed(made):
    watermarks = DrawnWatermarks(SETTINGS)
    assert made == [Watermark()]
    for _ in range(3):
        of(watermarks, "press/a.jpg")
        of(watermarks, "a.jpg")
        of(watermarks, "a.jpg", watermark_position="top-left")
    assert made == [Watermark(), PRESS, Watermark(position="top-left")]


def test_many_overrides_never_evict_the_settings_own_watermarks(made):
    watermarks = DrawnWatermarks(SETTINGS)
    of(watermarks, "press/a.jpg")
    for index in range(30):
        of(watermarks, watermark_text=f"number {index}")
    made.clear()
    of(watermarks)
    of(watermarks, "press/a.jpg")
    assert made == []
    of(watermarks, watermark_text="number 0")
    assert made == [Watermark(text="number 0")]


def test_overrides_change_the_watermark_of_the_prefix():
    watermarks = DrawnWatermarks(SETTINGS)
    assert of(watermarks, "press/a.jpg", watermark_text="Ada").settings == replace(PRESS, text="Ada")
    assert of(watermarks, "press/a.jpg", watermark_opacity="0").settings == replace(PRESS, opacity=0)
    assert of(watermarks, watermark_position="top-center").settings == Watermark(position="top-center")


def test_an_overridden_text_replaces_an_image(tmp_path, monkeypatch):
    watermarks = DrawnWatermarks(
        replace(SETTINGS, profiles=(Profile(prefix="p/", watermark=Watermark(text=None, image="no.png")),))
    )
    assert of(watermarks, "p/a.jpg", watermark_text="Ada").settings == Watermark(text="Ada")


def test_overrides_of_another_service_are_ignored():
    assert of(DrawnWatermarks(replace(SETTINGS, overrides=())), quality="900").settings == Watermark()


def test_a_text_that_the_font_lacks_is_a_bad_override():
    with pytest.raises(BadOverride, match=r"^x-amz-meta-pipeline-watermark-text is '写真'.* 写 \(U\+5199\)"):
        of(DrawnWatermarks(SETTINGS), watermark_text="写真")


def test_an_override_that_is_not_allowed_is_refused_here_as_well():
    with pytest.raises(BadOverride, match="watermark-text is not among the overrides"):
        of(DrawnWatermarks(replace(SETTINGS, overrides=("quality",))), watermark_text="mine")


def test_a_profile_s_watermark_that_cannot_be_made_is_named_by_its_path():
    env = {
        "WORK_BUCKET": "w",
        "PROFILES": json.dumps([{"prefix": "a/"}, {"prefix": "b/", "watermark": {"image": "no/such.png"}}]),
    }
    watermarks = DrawnWatermarks(Settings.from_env(env))
    named = r"^profiles\[1\]\.watermark\.image is 'no/such.png'"
    with pytest.raises(BadSetting, match=named):
        watermarks.check()
    with pytest.raises(BadSetting, match=named):
        of(watermarks, "b/a.jpg", watermark_opacity="1")
    assert of(watermarks, "a/a.jpg").settings == Watermark()
