"""Responsive sets: which widths a picture gets, and what is handed to watermark."""

import json
from dataclasses import replace

import pytest
from kit.pictures import animation, gradient, saved
from kit.resize_step import intermediate, uploaded

from services.resize import sets
from services.resize.effective_settings import chosen
from services.resize.settings import ImageSet, Profile, Rendition, Settings
from services.watermark.unpacking import unpack
from shared.errors import BadOverride, BadSetting, ImageTooLarge

HERO = ImageSet(name="hero", widths=(100, 200, 400), formats=("avif", "webp", "jpeg"))
SETTINGS = Settings(work_bucket="work", renditions=(Rendition(name="thumb", width=64, height=64),), sets=(HERO,))
OTHER = ImageSet(name="other")
ENV = {"WORK_BUCKET": "w"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (400, (100, 200, 400)),
        (5000, (100, 200, 400)),
        (399, (100, 200, 399)),
        (200, (100, 200)),
        (99, (99,)),
        (1, (1,)),
    ],
)
def test_a_picture_gets_its_own_width_in_place_of_wider_ones(source, expected):
    assert sets.widths((400, 100, 200), source) == expected


def test_renditions_of_a_set_share_their_pixels():
    message, members = intermediate(*uploaded(saved(gradient((300, 150)), "JPEG"), settings=SETTINGS))
    found = [(each.name, each.set, each.width, each.height, each.format) for each in message.renditions]
    assert found == [
        ("thumb", None, 64, 32, "jpeg"),
        *[("hero-100", "hero", 100, 50, form) for form in HERO.formats],
        *[("hero-200", "hero", 200, 100, form) for form in HERO.formats],
        *[("hero-300", "hero", 300, 150, form) for form in HERO.formats],
    ]
    assert sorted(members) == ["hero-100", "hero-200", "hero-300", "thumb"]


def test_height_does_not_bound_a_set():
    message, _ = intermediate(*uploaded(saved(gradient((100, 3000)), "JPEG"), settings=SETTINGS))
    assert {(each.width, each.height) for each in message.renditions if each.set} == {(100, 3000)}


def test_a_jpeg_of_an_animation_has_its_first_frame_alone():
    message, members = intermediate(*uploaded(animation("WEBP", size=(120, 60)), settings=SETTINGS))
    frames = len(message.animation.durations_ms)
    assert frames > 1
    pixels = {
        each.format: len(unpack(members[each.member], frames=frames if each.animated else None))
        for each in message.renditions
        if each.name == "hero-100"
    }
    assert pixels == {"avif": frames, "webp": frames, "jpeg": 1}


def test_the_source_s_own_encoding_is_for_its_own_format_alone():
    wanted = ImageSet(name="own", widths=(300,), formats=("webp", "png"))
    settings = Settings(work_bucket="work", renditions=(), sets=(wanted,))
    message, _ = intermediate(*uploaded(saved(gradient((300, 150)), "PNG"), settings=settings))
    assert [each.original for each in message.renditions] == [None, "own-300.original"]


def test_pages_count_every_output_of_a_set():
    settings = Settings(work_bucket="work", sets=(HERO,), pages="all")
    assert sets.outputs(settings) == 2 + 9
    pages = [gradient((20, 20)) for _ in range(10)]
    with pytest.raises(ImageTooLarge, match="10 pages of 11 renditions are 110 outputs; the limit is 100"):
        uploaded(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), settings=settings)


def test_an_uploader_picks_sets_by_name():
    picked = chosen(SETTINGS, "a.jpg", {"pipeline-renditions": "hero", "pipeline-quality": "50"})
    assert (picked.renditions, [each.quality for each in picked.sets]) == ((), [50])
    assert chosen(SETTINGS, "a.jpg", {"pipeline-renditions": "thumb"}).sets == ()
    with pytest.raises(BadOverride, match="allowed: some of thumb, hero"):
        chosen(SETTINGS, "a.jpg", {"pipeline-renditions": "hero-100"})


@pytest.mark.parametrize(("form", "formats"), [("png", ("png",)), ("keep", HERO.formats), ("smallest", HERO.formats)])
def test_an_uploader_s_format_is_in_place_of_all(form, formats):
    (picked,) = chosen(SETTINGS, "a.jpg", {"pipeline-format": form}).sets
    assert picked.formats == formats


def test_a_format_has_a_quality_of_its_own_unless_the_uploader_chose_one():
    own = Settings(work_bucket="work", sets=(replace(HERO, format_quality={"avif": 60}),))
    assert sets.sized(chosen(own, "a.jpg", {}), (4000, 3000)).renditions[-1].format_quality == {"avif": 60}
    (picked,) = chosen(own, "a.jpg", {"pipeline-quality": "70"}).sets
    assert (picked.quality, picked.format_quality) == (70, {})


def test_every_width_is_sharpened_alike_and_as_the_uploader_says():
    own = Settings(work_bucket="work", sets=(replace(HERO, sharpen=20),))
    assert {each.sharpen for each in sets.sized(chosen(own, "a.jpg", {}), (4000, 3000)).renditions if each.set} == {20}
    (picked,) = chosen(own, "a.jpg", {"pipeline-sharpen": "0"}).sets
    assert picked.sharpen == 0


def test_the_smallest_of_some_formats_is_one_output_of_each_width():
    wanted = ImageSet(name="hero", widths=(100, 200), formats=("smallest", "jpeg"), max_bytes=5_000)
    settings = Settings(work_bucket="work", renditions=(), sets=(wanted,))
    assert sets.outputs(settings) == 4
    message, members = intermediate(*uploaded(saved(gradient((300, 150)), "JPEG"), settings=settings))
    assert [(each.name, each.format, each.candidates, each.max_bytes) for each in message.renditions] == [
        (f"hero-{width}", form, candidates, 5_000)
        for width in (100, 200)
        for form, candidates in (("avif", ("avif", "webp")), ("jpeg", ()))
    ]
    assert sorted(members) == ["hero-100", "hero-200"]


def test_a_score_is_handed_on_unless_the_uploader_chose_a_quality():
    wanted = Rendition(name="thumb", quality_target=70)
    settings = replace(SETTINGS, renditions=(wanted,), sets=(replace(HERO, quality_target=80),))
    message, _ = intermediate(*uploaded(saved(gradient((100, 50)), "JPEG"), settings=settings))
    assert [(each.name, each.quality_target) for each in message.renditions[:2]] == [("thumb", 70), ("hero-100", 80)]
    overridden = chosen(settings, "a.jpg", {"pipeline-quality": "70"})
    assert [each.quality_target for each in (*overridden.renditions, *overridden.sets)] == [None, None]


def test_an_uploader_limits_the_bytes_of_a_set():
    (picked,) = chosen(SETTINGS, "a.jpg", {"pipeline-max-bytes": "9000"}).sets
    assert picked.max_bytes == 9000


def test_an_uploader_turns_the_watermark_off():
    (picked,) = chosen(SETTINGS, "a.jpg", {"pipeline-watermark": "off"}).sets
    assert not picked.watermark


@pytest.mark.parametrize(
    ("given", "expected"), [(None, (HERO,)), ((), ()), ((ImageSet(name="x"),), (ImageSet(name="x"),))]
)
def test_a_profile_has_sets_of_its_own(given, expected):
    settings = Settings(work_bucket="work", sets=(HERO,), profiles=(Profile(prefix="a/", sets=given),))
    assert chosen(settings, "a/b.jpg", {}).sets == expected


def test_sets_are_read_from_the_environment():
    given = [{"name": "hero", "widths": [640, 320], "formats": ["webp"], "quality": 70}]
    settings = Settings.from_env(ENV | {"SETS": json.dumps(given)})
    assert settings.sets == (ImageSet(name="hero", widths=(640, 320), formats=("webp",), quality=70),)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([{"name": "a"}, {"name": "a"}], "names that no rendition and no other set has"),
        (
            [{"name": "a", "widths": [320]}, {"name": "a-320", "widths": [1], "formats": ["png"]}, {"name": "a"}],
            "names",
        ),
        ([{"name": "a", "widths": [5, 5]}], r"sets\[0\].widths is \[5, 5\]; allowed: each once"),
        ([{"name": "a", "formats": ["webp", "webp"]}], r"sets\[0\].formats"),
        ([{"name": "a", "candidates": ["webp", "webp"]}], r"sets\[0\].candidates"),
        (
            [{"name": "a", "formats": ["smallest", "webp"]}],
            r'sets\[0\].candidates is \["avif", "webp"\]; allowed: formats that are not in formats \(webp\)',
        ),
        ([{"name": "a", "max_bytes": 999}], r"sets\[0\].max_bytes is 999; allowed: a whole number from 1,000"),
        ([{"name": "a", "widths": [0]}], r"sets\[0\].widths\[0\] is 0; allowed: a whole number from 1 to 8,192"),
        ([{"name": "a", "formats": ["gif"]}], r"sets\[0\].formats\[0\]"),
        (
            [{"name": each, "widths": list(range(1, 17))} for each in "abc"],
            "make 146 outputs of an image; allowed: 100",
        ),
    ],
)
def test_what_is_wrong_with_sets_is_named(given, problem):
    with pytest.raises(BadSetting, match=problem):
        Settings.from_env(ENV | {"SETS": json.dumps(given)})


def test_a_rendition_and_one_of_a_set_cannot_have_one_name():
    given = {"RENDITIONS": json.dumps([{"name": "a-320"}]), "SETS": json.dumps([{"name": "a", "widths": [320]}])}
    with pytest.raises(BadSetting, match="names that no rendition and no other set has"):
        Settings.from_env(ENV | given)


@pytest.mark.parametrize("profile", [False, True])
def test_a_rendition_may_not_have_a_name_that_a_narrow_source_gives_a_set(profile):
    group = {"renditions": [{"name": "a"}, {"name": "hero-500"}], "sets": [{"name": "hero", "widths": [640]}]}
    given = {"profiles": [{"prefix": "x/", **group}]} if profile else group
    where = r"profiles\[0\]\." if profile else ""
    with pytest.raises(BadSetting, match=rf"{where}renditions\[1\].name is 'hero-500'; allowed: .* not hero-<number>"):
        Settings.from_env(ENV | {name.upper(): json.dumps(value) for name, value in given.items()})


def test_a_rendition_may_begin_as_a_set_does():
    given = {
        "RENDITIONS": json.dumps([{"name": "hero-wide"}, {"name": "hero"}]),
        "SETS": json.dumps([{"name": "hero"}]),
    }
    assert len(Settings.from_env(ENV | given).renditions) == 2


def test_what_is_wrong_with_the_sets_of_a_profile_is_named():
    given = [{"prefix": "a/", "sets": [{"name": "a"}, {"name": "a"}]}]
    with pytest.raises(BadSetting, match=r"profiles\[0\].sets is"):
        Settings.from_env(ENV | {"PROFILES": json.dumps(given)})
