"""The gallery shows what the code does, with settings that are valid."""

import itertools

import pytest
from kit.sampling import sampled
from PIL import Image

from ops.demo.gallery import FOLDER, made, page, shown
from ops.demo.gallery_examples import EXAMPLES, SOURCES
from ops.schema.files import whole

SHOTS = [pytest.param(example, shot, id=shot.name) for example in EXAMPLES for shot in example.shots]

# A name is not to be seen, and an image of the repository is to be placed by the reader.
NOT_SHOWN = {"renditions[].name", "watermark.image"}


def read(example, shot):
    return Image.open(shown()[shot.name])


@pytest.mark.parametrize(("example", "shot"), sampled(SHOTS))
def test_every_picture_is_what_its_settings_make(example, shot):
    output, data = made(example, shot)
    with read(example, shot) as image:
        assert image.size == (output.width, output.height)
        assert Image.MIME[image.format or ""] == output.content_type
    # Encoders differ a little by machine and version.
    assert len(data) == pytest.approx(shown()[shot.name].stat().st_size, rel=0.25, abs=300)


def test_the_page_is_current():
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == page(shown())


def test_each_file_is_a_picture_of_the_page_and_all_are_small():
    names = [shot.name for example in EXAMPLES for shot in example.shots]
    assert sorted(names) == sorted(shown())
    assert sum(path.stat().st_size for path in shown().values()) < 600_000


def test_every_setting_of_pictures_is_shown():
    properties = whole()["properties"]
    settings = {f"renditions[].{name}" for name in properties["renditions"]["items"]["properties"]}
    settings |= {f"watermark.{name}" for name in properties["watermark"]["properties"]} | {"trim"}
    assert {name for example in EXAMPLES for name in example.settings} == settings - NOT_SHOWN


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_pictures_of_an_example_differ(example):
    with_same = {"format-jpeg", "format-webp", "format-avif", "format-smallest"}
    pictures = [read(example, shot).convert("RGBA") for shot in example.shots if shot.name not in with_same]
    for one, other in itertools.combinations(pictures, 2):
        assert one.size != other.size or one.tobytes() != other.tobytes()


def test_each_source_is_shown():
    assert {example.source for example in EXAMPLES} == set(SOURCES)
