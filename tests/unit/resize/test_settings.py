"""A wrong setting is refused with its name, its value and what is allowed."""

import json

import pytest

from services.resize.settings import (
    DEFAULT_RENDITIONS,
    TRANSPARENT,
    ImageSet,
    Limits,
    Moderation,
    Profile,
    Rendition,
    Settings,
    within_function,
)
from services.resize.taxonomy import LABELS
from shared.errors import BadSetting
from shared.overrides import NAMES
from shared.settings import shown

# Each setting that can name a format whose encoder is not in every zip: (settings, path, value).
NAMING_JXL = [
    ({"renditions": [{"name": "a"}, {"name": "b", "format": "jxl"}]}, "renditions[1].format", "jxl"),
    ({"renditions": [{"name": "a", "candidates": ["jxl"]}]}, "renditions[0].candidates", ["jxl"]),
    ({"renditions": [{"name": "a", "format_quality": {"jxl": 70}}]}, "renditions[0].format_quality", {"jxl": 70}),
    ({"sets": [{"name": "a", "formats": ["jxl", "jpeg"]}]}, "sets[0].formats", ["jxl", "jpeg"]),
    ({"sets": [{"name": "a", "candidates": ["jxl"]}]}, "sets[0].candidates", ["jxl"]),
    (
        {"profiles": [{"prefix": "a/"}, {"prefix": "b/", "renditions": [{"name": "a", "format": "jxl"}]}]},
        "profiles[1].renditions[0].format",
        "jxl",
    ),
    (
        {"profiles": [{"prefix": "a/", "sets": [{"name": "a", "formats": ["jxl"]}]}]},
        "profiles[0].sets[0].formats",
        ["jxl"],
    ),
]


def read(**sections):
    return Settings.from_env(
        {"WORK_BUCKET": "w"} | {name.upper(): json.dumps(value) for name, value in sections.items()}
    )


def test_all_but_the_bucket_has_a_default():
    settings = read()
    assert settings.renditions == DEFAULT_RENDITIONS
    assert settings.limits == Limits()
    assert [each.name for each in settings.renditions] == ["resized", "thumb"]


def test_given_values_are_used():
    settings = read(renditions=[{"name": "hd", "width": 1920, "height": 1080, "fit": "contain"}], limits={"frames": 9})
    assert (settings.renditions[0].width, settings.renditions[0].fit) == (1920, "contain")
    assert settings.limits.frames == 9


def test_a_focus_is_two_shares():
    (rendition,) = read(renditions=[{"name": "a", "fit": "cover", "focus": "0.3,0.625"}]).renditions
    assert rendition.focus == (0.3, 0.625)


def test_a_rendition_has_its_own_gravity_enlarging_and_background():
    wanted = {"name": "a", "fit": "cover", "gravity": "attention", "enlarge": True, "background": "#FFcc00"}
    (rendition,) = read(renditions=[{**wanted, "sharpen": 25}]).renditions
    assert (rendition.gravity, rendition.enlarge, rendition.background) == ("attention", True, "#FFcc00")
    assert rendition.sharpen == 25
    (plain,) = read(renditions=[{"name": "a"}]).renditions
    assert (plain.gravity, plain.enlarge, plain.background) == ("center", False, TRANSPARENT)


def test_a_border_is_trimmed_and_padding_has_a_colour_of_its_own():
    settings = read(
        trim=10,
        renditions=[{"name": "a", "fit": "contain", "background": "auto"}],
        profiles=[{"prefix": "a/", "trim": 0}, {"prefix": "b/"}],
    )
    assert (settings.trim, settings.renditions[0].background) == (10, "auto")
    assert [each.trim for each in settings.profiles] == [0, None]


def test_some_formats_have_a_quality_of_their_own():
    (rendition,) = read(renditions=[{"name": "a", "format_quality": {"avif": 60, "webp": 78}}]).renditions
    assert rendition.format_quality == {"avif": 60, "webp": 78}
    with pytest.raises(BadSetting, match=r"renditions\[0\].format_quality.png is not a setting"):
        read(renditions=[{"name": "a", "format_quality": {"png": 60}}])
    with pytest.raises(BadSetting, match=r"format_quality.avif is 0; allowed: a whole number from 1 to 100"):
        read(renditions=[{"name": "a", "format_quality": {"avif": 0}}])


def test_a_rendition_may_have_a_limit_of_bytes():
    given = [{"name": "a", "max_bytes": 200_000}, {"name": "b", "max_bytes": None}]
    assert [each.max_bytes for each in read(renditions=given).renditions] == [200_000, None]
    with pytest.raises(BadSetting, match=r"max_bytes is 999; allowed: a whole number from 1,000 to 100,000,000"):
        read(renditions=[{"name": "a", "max_bytes": 999}])


def test_the_smallest_of_some_formats_may_be_wanted():
    given = [{"name": "a", "format": "smallest"}, {"name": "b", "format": "smallest", "candidates": ["png", "webp"]}]
    found = [each.candidates for each in read(renditions=given).renditions]
    assert found == [("avif", "webp", "jpeg", "png"), ("png", "webp")]
    for candidates, allowed in (
        ([], "a list of some of avif, webp, jpeg, png"),
        (["gif"], "one of avif"),
        (["png", "png"], "each once"),
    ):
        with pytest.raises(BadSetting, match=rf"renditions\[0\].candidates.*allowed: {allowed}"):
            read(renditions=[{"name": "a", "candidates": candidates}])


def test_formats_are_all_unless_some_are_listed():
    assert read().formats == ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg2000")
    assert read(formats=["png", "jpeg"]).formats == ("jpeg", "png")
    assert read(formats=[]).formats == ()


@pytest.mark.parametrize(("sections", "path", "value"), NAMING_JXL)
def test_jxl_may_be_named_with_its_extra(sections, path, value):
    assert read(**sections, extras=["jxl"]).extras == ("jxl",)


def test_nothing_that_is_default_needs_an_extra():
    assert read().extras == ()
    assert "jxl" not in {*Rendition(name="a").candidates, *ImageSet(name="a").candidates, *ImageSet(name="a").formats}
    assert read(renditions=[{"name": "jxl"}]).renditions[0].format == "keep"


def test_metadata_overrides_and_profiles_are_read():
    assert (read().metadata, read().overrides, read().profiles) == ("none", NAMES, ())
    settings = read(
        metadata="copyright",
        overrides=["quality", "renditions"],
        profiles=[{"prefix": "a/", "renditions": [{"name": "x", "width": 9}]}, {"prefix": "b/", "metadata": "none"}],
    )
    assert (settings.metadata, settings.overrides) == ("copyright", ("renditions", "quality"))
    assert settings.profiles == (
        Profile(prefix="a/", renditions=(Rendition(name="x", width=9, height=1024),)),
        Profile(prefix="b/", metadata="none"),
    )
    assert read(overrides=[]).overrides == ()


def test_moderation_is_off_until_it_is_switched_on():
    assert read().moderation is None
    assert read(moderation={}).moderation is None
    assert read(moderation={"enabled": False, "labels": {"Gambling": 1}}).moderation is None
    assert read(moderation={"enabled": True}).moderation == Moderation()


def test_thresholds_are_set_label_by_label():
    wanted = {"Explicit": 55.5, "Sex Toys": None, "Alcohol": 0}
    moderation = read(moderation={"enabled": True, "frames": 5, "labels": wanted}).moderation
    assert (moderation.labels, moderation.frames, moderation.least) == (wanted, 5, 0)
    assert read(moderation={"enabled": True, "labels": {"Explicit": 55.5, "Sex Toys": None}}).moderation.least == 55.5


def test_every_label_of_the_taxonomy_may_be_named():
    assert len(set(LABELS)) == len(LABELS) == 52
    labels = dict.fromkeys(LABELS, 50)
    assert read(moderation={"enabled": True, "labels": labels}).moderation.labels == labels


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"moderation": None}, "moderation is null; it must be a mapping"),
        ({"moderation": {"on": True}}, "moderation.on is not a setting; allowed: enabled, faces, frames, labels"),
        ({"moderation": {"labels": {}}}, "moderation.labels is {}; allowed: at least one label with a confidence"),
        ({"moderation": {"labels": {"Explicit": None}}}, "allowed: at least one label with a confidence"),
        (
            {"moderation": {"labels": {"Explict": 60}}},
            "moderation.labels.Explict is not a setting; did you mean Explicit? allowed: Air Crash, Alcohol",
        ),
        ({"moderation": {"labels": {"Explicit": 101}}}, "moderation.labels.Explicit is 101; allowed: a number from 0"),
        ({"limits": {"pixels": 0}}, "limits.pixels is 0; allowed: a whole number from 1 to 1,000,000,000"),
        ({"limits": {"pixel": 5}}, "limits.pixel is not a setting; did you mean pixels? allowed: bytes"),
        ({"renditions": [{"name": "A"}]}, "renditions[0].name is 'A'; allowed: a-z"),
        ({"renditions": [{}]}, "renditions[0].name is not given; allowed: a-z"),
        ({"renditions": [{"name": "a"}, {"name": "a"}]}, "renditions are called a, a; allowed: each name once"),
        (
            {"renditions": [{"name": "a", "focus": "0.3,0.6"}]},
            "renditions[0].focus is '0.3,0.6'; allowed: null unless fit is cover and gravity is center",
        ),
        (
            {"renditions": [{"name": "a", "fit": "cover", "focus": "2,0.6"}]},
            "renditions[0].focus is '2,0.6'; allowed: shares of width and height",
        ),
        (
            {"renditions": [{"name": "a", "gravity": "north"}]},
            "renditions[0].gravity is 'north'; allowed: center where fit is inside",
        ),
        (
            {"renditions": [{"name": "a", "fit": "contain", "gravity": "attention"}]},
            "renditions[0].gravity is 'attention'; allowed: the nine directions where fit is contain",
        ),
        (
            {"renditions": [{"name": "a", "fit": "contain", "gravity": "faces"}]},
            "renditions[0].gravity is 'faces'; allowed: the nine directions where fit is contain",
        ),
        ({"moderation": {"faces": "hide"}}, "moderation.faces is 'hide'; allowed: one of keep, blur, pixelate"),
        (
            {"renditions": [{"name": "a", "background": "red"}]},
            "renditions[0].background is 'red'; allowed: transparent, auto, or a colour such as \"#ffcc00\" in quotes",
        ),
        (
            {"renditions": [{"name": "a", "fit": "cover", "background": "auto"}]},
            "renditions[0].background is 'auto'; allowed: transparent or a colour, unless fit is contain",
        ),
        *(
            (sections, f"{path} is {shown(value)}; allowed: jxl only with `extras: [jxl]` in pipeline.yaml")
            for sections, path, value in NAMING_JXL
        ),
        ({"extras": ["heic"]}, "extras[0] is 'heic'; allowed: one of jxl"),
        ({"trim": 101}, "trim is 101; allowed: a whole number from 0 to 100"),
        ({"metadata": "all"}, "metadata is 'all'; allowed: one of none, copyright"),
        ({"formats": "heic"}, "formats is 'heic'; allowed: a list of some of jpeg, png"),
        ({"formats": ["jpeg", "svg"]}, "formats[1] is 'svg'; allowed: one of jpeg, png"),
        ({"profiles": [{"prefix": "a/", "metadata": "gps"}]}, "profiles[0].metadata is 'gps'"),
        (
            {"profiles": [{"prefix": "a/", "renditions": [{"name": "a"}, {"name": "b", "width": 0}]}]},
            "profiles[0].renditions[1].width is 0",
        ),
        (
            {"profiles": [{"prefix": "a/", "renditions": [{"name": "a"}, {"name": "a"}]}]},
            "profiles[0].renditions are called a, a; allowed: each name once",
        ),
    ],
)
def test_a_wrong_setting_is_named(sections, message):
    with pytest.raises(BadSetting) as refused:
        read(**sections)
    assert message in str(refused.value)


def test_a_missing_bucket_is_named():
    with pytest.raises(BadSetting, match="WORK_BUCKET is not set"):
        Settings.from_env({})


def test_invalid_json_is_named():
    with pytest.raises(BadSetting, match=r"LIMITS is '\{'"):
        Settings.from_env({"WORK_BUCKET": "w", "LIMITS": "{"})


@pytest.mark.parametrize(
    ("function_mb", "at_once", "memory_mb"),
    [(None, 8, 1000), (1769, 1, 1000), (3538, 2, 1000), (1024, 1, 474), (512, 1, 16)],
)
def test_an_image_gets_no_more_memory_than_its_function_has(function_mb, at_once, memory_mb):
    settings = within_function(Settings(work_bucket="w"), function_mb, at_once)
    assert settings.limits.memory_mb == memory_mb


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), ("it's", '"it\'s"'), ("a", "'a'"), ([None], "[null]"), ({"a": 1.5}, '{"a": 1.5}')],
)
def test_a_wrong_value_is_shown_as_yaml_has_it(value, text):
    assert shown(value) == text
    assert len(shown("a" * 1000)) == len(shown(["a" * 1000])) == 200
