"""A wrong setting is refused with its name, its value and what is allowed."""

import json

import pytest

from services.resize.settings import DEFAULT_RENDITIONS, TRANSPARENT, Limits, Profile, Rendition, Settings
from shared.errors import BadSetting
from shared.overrides import NAMES


def read(**sections):
    return Settings.from_env(
        {"WORK_BUCKET": "w"} | {name.upper(): json.dumps(value) for name, value in sections.items()}
    )


def test_all_but_the_bucket_has_a_default():
    settings = read()
    assert settings.renditions == DEFAULT_RENDITIONS
    assert settings.limits == Limits()
    assert [each.name for each in settings.renditions] == ["resized", "thumb"]


def test_what_is_given_is_taken():
    settings = read(renditions=[{"name": "hd", "width": 1920, "height": 1080, "fit": "contain"}], limits={"frames": 9})
    assert (settings.renditions[0].width, settings.renditions[0].fit) == (1920, "contain")
    assert settings.limits.frames == 9


def test_a_rendition_says_what_it_keeps_and_what_lies_beneath():
    wanted = {"name": "a", "fit": "cover", "gravity": "attention", "enlarge": True, "background": "#FFcc00"}
    (rendition,) = read(renditions=[wanted]).renditions
    assert (rendition.gravity, rendition.enlarge, rendition.background) == ("attention", True, "#FFcc00")
    (plain,) = read(renditions=[{"name": "a"}]).renditions
    assert (plain.gravity, plain.enlarge, plain.background) == ("center", False, TRANSPARENT)


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


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"limits": {"pixels": 0}}, "limits.pixels is 0; allowed: a whole number from 1 to 1,000,000,000"),
        ({"limits": {"pixel": 5}}, "limits.pixel is no setting"),
        ({"limits": []}, "limits is []"),
        ({"renditions": []}, "renditions is []; allowed: a list of 1 to 10 entries"),
        ({"renditions": [{"name": "A"}]}, "renditions[0].name is 'A'; allowed: lower-case letters"),
        ({"renditions": [{}]}, "renditions[0].name is None"),
        ({"renditions": [{"name": "a", "fit": "fill"}]}, "renditions[0].fit is 'fill'; allowed: one of inside, cover"),
        ({"renditions": [{"name": "a", "quality": True}]}, "renditions[0].quality is True"),
        ({"renditions": [{"name": "a"}, {"name": "a"}]}, "renditions are called a, a; allowed: each name once"),
        ({"renditions": [{"name": "a", "width": 9000}]}, "renditions[0].width is 9000"),
        (
            {"renditions": [{"name": "a", "gravity": "up"}]},
            "renditions[0].gravity is 'up'; allowed: one of center, north",
        ),
        (
            {"renditions": [{"name": "a", "gravity": "north"}]},
            "renditions[0].gravity is 'north'; allowed: center where fit is inside",
        ),
        (
            {"renditions": [{"name": "a", "fit": "contain", "gravity": "attention"}]},
            "renditions[0].gravity is 'attention'; allowed: the nine directions where fit is contain",
        ),
        ({"renditions": [{"name": "a", "enlarge": "yes"}]}, "renditions[0].enlarge is 'yes'; allowed: true or false"),
        (
            {"renditions": [{"name": "a", "background": "red"}]},
            "renditions[0].background is 'red'; allowed: transparent, or a colour such as \"#ffcc00\" in quotes",
        ),
        ({"renditions": [{"name": "a", "background": None}]}, "renditions[0].background is None; allowed: transparent"),
        ({"renditions": [{"name": "a", "background": "#fc0"}]}, "renditions[0].background is '#fc0'"),
        ({"renditions": [{"name": "a", "background": "#ffcc00\n"}]}, "renditions[0].background is '#ffcc00\\n'"),
        ({"metadata": "all"}, "metadata is 'all'; allowed: one of none, copyright"),
        ({"metadata": None}, "metadata is None; allowed: one of none, copyright"),
        ({"overrides": "quality"}, "overrides is 'quality'; allowed: a list of some of renditions, quality"),
        ({"overrides": ["quality", "size"]}, "overrides is ['quality', 'size']; allowed: a list of some of"),
        ({"profiles": [{"prefix": "a/", "metadata": "gps"}]}, "profiles[0].metadata is 'gps'"),
        ({"profiles": [{"prefix": "a/", "renditions": []}]}, "profiles[0].renditions is []"),
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


def test_what_is_no_json_is_named():
    with pytest.raises(BadSetting, match=r"LIMITS is '\{'"):
        Settings.from_env({"WORK_BUCKET": "w", "LIMITS": "{"})
