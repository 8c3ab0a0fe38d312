"""The settings that apply to one image."""

from dataclasses import replace

import pytest

from services.resize.effective_settings import chosen
from services.resize.scaling import plan
from services.resize.settings import DEFAULT_RENDITIONS, Profile, Rendition, Settings
from shared.choices import FITS
from shared.errors import BadOverride

AVATAR = Rendition(name="avatar", width=128, height=128, fit="cover", watermark=False)
SETTINGS = Settings(
    work_bucket="w",
    profiles=(
        Profile(prefix="avatars/", renditions=(AVATAR,)),
        Profile(prefix="avatars/staff/", metadata="copyright"),
        Profile(prefix="press/", metadata="copyright"),
    ),
)


def overridden(key="a.jpg", settings=SETTINGS, **overrides):
    metadata = {f"pipeline-{name.replace('_', '-')}": value for name, value in overrides.items()}
    return chosen(settings, key, metadata)


def test_an_image_without_overrides_and_profile_gets_the_settings():
    assert overridden() == SETTINGS


def test_a_profile_replaces_only_what_it_names():
    assert overridden("avatars/a.jpg") == replace(SETTINGS, renditions=(AVATAR,))
    assert overridden("press/a.jpg") == replace(SETTINGS, metadata="copyright")


def test_only_the_profile_with_the_longer_prefix_counts():
    assert overridden("avatars/staff/a.jpg") == replace(SETTINGS, metadata="copyright")


def test_an_override_applies_to_every_rendition():
    given = {"max_bytes": "2000", "quality": "60", "format": "webp", "fit": "contain", "sharpen": "30"}
    settings = overridden(**given, watermark="on")
    everywhere = {**given, "max_bytes": 2000, "quality": 60, "sharpen": 30, "watermark": True}
    assert settings.renditions == tuple(replace(each, **everywhere) for each in DEFAULT_RENDITIONS)
    assert not any(each.watermark for each in overridden(watermark="off").renditions)


def test_whichever_of_gravity_and_focus_an_uploader_chose_is_in_place_of_both():
    focused = replace(AVATAR, focus=(0.1, 0.2))
    settings = replace(SETTINGS, renditions=(focused,), profiles=())
    assert overridden(settings=settings).renditions == (focused,)
    assert overridden(settings=settings, gravity="north").renditions[0].focus is None
    assert overridden(settings=settings, focus="0.5,0.6").renditions[0].focus == (0.5, 0.6)
    assert overridden(focus="0.5,0.6", fit="contain").renditions[0].focus == (0.5, 0.6)


def test_one_gravity_is_accepted_for_renditions_with_and_without_use_for_it():
    for fit in FITS:
        for each in overridden(gravity="attention", fit=fit).renditions:
            assert plan((300, 200), (each.width, each.height), each.fit, gravity=each.gravity).size


def test_padding_keeps_its_gravity_where_an_uploader_asks_for_what_crops_alone_have():
    listed = replace(AVATAR, fit="contain", gravity="north")
    settings = replace(SETTINGS, renditions=(listed, AVATAR), profiles=())
    assert [each.gravity for each in overridden(settings=settings, gravity="attention").renditions] == [
        "north",
        "attention",
    ]
    assert overridden(settings=settings, gravity="south").renditions[0].gravity == "south"


def test_an_override_takes_precedence_over_the_profile():
    assert overridden("press/a.jpg", metadata="none").metadata == "none"
    assert overridden("avatars/a.jpg", quality="5").renditions == (replace(AVATAR, quality=5),)


def test_a_quality_for_one_image_is_that_of_all_formats():
    own = replace(SETTINGS, renditions=(replace(DEFAULT_RENDITIONS[0], format_quality={"avif": 60}),))
    assert overridden(settings=own).renditions[0].format_quality == {"avif": 60}
    (rendition,) = overridden(settings=own, quality="70").renditions
    assert (rendition.quality, rendition.format_quality) == (70, {})


def test_hdr_is_of_the_override_else_of_the_profile_else_of_the_settings():
    settings = replace(SETTINGS, profiles=(Profile(prefix="hdr/", hdr="keep"), Profile(prefix="sdr/")))
    assert [overridden(key, settings).hdr for key in ("a.jpg", "hdr/a.jpg", "sdr/a.jpg")] == ["sdr", "keep", "sdr"]
    assert overridden("hdr/a.jpg", settings, hdr="sdr").hdr == "sdr"
    assert overridden("sdr/a.jpg", replace(settings, hdr="keep")).hdr == "keep"


def test_trim_is_of_the_override_else_of_the_profile_else_of_the_settings():
    settings = replace(SETTINGS, trim=5, profiles=(Profile(prefix="scans/", trim=20), Profile(prefix="art/", trim=0)))
    assert [overridden(key, settings).trim for key in ("a.jpg", "scans/a.jpg", "art/a.jpg")] == [5, 20, 0]
    assert overridden("scans/a.jpg", settings, trim="0").trim == 0


def test_selected_renditions_keep_the_order_of_the_settings():
    assert [each.name for each in overridden(renditions="thumb,resized").renditions] == ["resized", "thumb"]
    assert [each.name for each in overridden(renditions="thumb").renditions] == ["thumb"]


def test_a_rendition_that_the_image_would_not_get_is_named():
    with pytest.raises(BadOverride, match=r'pipeline-renditions is "thumb,huge"; allowed: some of resized, thumb$'):
        overridden(renditions="thumb,huge")
    with pytest.raises(BadOverride, match=r'pipeline-renditions is "thumb"; allowed: some of avatar$'):
        overridden("avatars/a.jpg", renditions="thumb")


def test_what_is_not_allowed_is_refused():
    with pytest.raises(BadOverride, match="quality is not among the overrides"):
        overridden(settings=replace(SETTINGS, overrides=("fit",)), quality="5")


def test_jxl_is_an_override_only_with_its_extra():
    refused = r'pipeline-format is "jxl"; allowed: jxl only with `extras: \[jxl\]` in pipeline.yaml'
    with pytest.raises(BadOverride, match=refused):
        overridden(format="jxl")
    settings = overridden(settings=replace(SETTINGS, extras=("jxl",)), format="jxl")
    assert {each.format for each in settings.renditions} == {"jxl"}
