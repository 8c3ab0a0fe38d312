"""Responsive sets through all three steps: the files are those that each rendition would be by itself."""

import io

import pytest
from kit.pictures import animation, gradient, saved
from PIL import Image

from ops import settings as pipeline_settings
from ops.preview.chain import Chain
from ops.preview.memory import MemoryObjects
from services.watermark import step as watermarking

FORMATS = ("avif", "webp", "jpeg")
SET = {"name": "hero", "widths": [300, 600], "formats": list(FORMATS)}
ONE = {"name": "one", "width": 20, "height": 20}


def outputs(data, key, **given):
    """What is stored of an image: (rendition, key, its bytes) of each output."""
    objects = MemoryObjects()
    chain = Chain(pipeline_settings.parse({"name": "sets", **given}))
    notice = chain.run(chain.upload(data, key, objects), objects)
    return [(each.rendition, each.key, objects.objects[each.bucket, each.key].body) for each in notice.outputs]


@pytest.fixture(scope="module")
def photo():
    return saved(gradient((900, 600)), "JPEG")


def test_each_width_is_stored_in_each_format(photo):
    found = outputs(photo, "a/b.jpeg", renditions=[ONE], sets=[SET])
    assert [key for _, key, _ in found] == [
        "a/b-one.jpeg",
        *(f"a/b-hero-{width}{ext}" for width in (300, 600) for ext in (".avif", ".webp", ".jpeg")),
    ]
    shown = [Image.open(io.BytesIO(data)) for _, _, data in found[1:]]
    assert [each.format for each in shown] == ["AVIF", "WEBP", "JPEG"] * 2
    assert [each.size for each in shown] == [(300, 200)] * 3 + [(600, 400)] * 3


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_a_set_is_that_of_a_rendition(photo, form):
    rendition = {"name": "same", "width": 600, "height": 600, "format": form}
    ((_, _, alone),) = outputs(photo, "b.jpg", renditions=[rendition])
    of_set = {name + key[-4:]: data for name, key, data in outputs(photo, "b.jpg", renditions=[ONE], sets=[SET])}
    assert of_set["hero-600" + {"avif": "avif", "webp": "webp", "jpeg": ".jpg"}[form]] == alone


def test_each_width_is_watermarked_once(photo, monkeypatch):
    real, sizes = watermarking.blend, []

    def blend(frames, watermark):
        sizes.append(frames[0].size)
        return real(frames, watermark)

    monkeypatch.setattr(watermarking, "blend", blend)
    outputs(photo, "b.jpg", renditions=[ONE], sets=[{**SET, "widths": [300, 600]}])
    assert sizes == [(300, 200), (600, 400)]


def test_an_animation_moves_in_the_formats_that_can():
    found = outputs(animation("GIF", size=(120, 60)), "b.gif", renditions=[ONE], sets=[SET])
    moving = {key: getattr(Image.open(io.BytesIO(data)), "n_frames", 1) for name, key, data in found if name != "one"}
    assert moving == {"b-hero-120.avif": 5, "b-hero-120.webp": 5, "b-hero-120.jpg": 1}
