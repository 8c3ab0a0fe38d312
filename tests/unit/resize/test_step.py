"""One dropped image to its staged renditions."""

import threading
from contextlib import nullcontext

import pytest
from pictures import animation, gradient, saved

from ops.memory import MemoryObjects, StoredObject
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import output_format, resize
from shared import images, staging
from shared.errors import ImageTooLarge, UnsupportedImage
from shared.messages import ImageDropped, ImageResized, Source
from shared.ports import Headers
from shared.stage import Emit, Finish

SETTINGS = Settings(work_bucket="work")


def source(key="a/test.jpg", version="v1", size=1000):
    return Source(
        bucket="in", key=key, version_id=version, sequencer="01", size_bytes=size, dropped_at="2026-01-01T00:00:00Z"
    )


def dropped(data, headers=None, settings=SETTINGS, cpu=None):
    objects = MemoryObjects()
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=data, headers=headers or Headers())
    result = resize(
        ImageDropped(source=source(size=len(data))), objects=objects, settings=settings, cpu=cpu or nullcontext()
    )
    return result, objects


def staged(result, objects):
    assert isinstance(result, Emit)
    message = result.message
    assert isinstance(message, ImageResized)
    packed = objects.objects["work", message.staged_key].body
    return message, staging.unpack(packed, tuple(each.member for each in message.renditions))


def test_every_rendition_lies_in_one_object():
    message, members = staged(*dropped(saved(gradient((2000, 1500)), "JPEG")))
    assert [(each.name, each.width, each.height, each.format) for each in message.renditions] == [
        ("resized", 1024, 768, "jpeg"),
        ("thumb", 256, 256, "jpeg"),
    ]
    (resized,) = images.unpack(members["resized"], frames=None)
    assert resized.size == (1024, 768)


def test_the_version_that_was_dropped_is_read_and_not_the_newest():
    objects = MemoryObjects()
    objects.put("in", "a/test.jpg", b"another version", Headers())
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=saved(gradient(), "PNG"), headers=Headers())
    result = resize(ImageDropped(source=source()), objects=objects, settings=SETTINGS, cpu=nullcontext())
    assert staged(result, objects)[0].source_format == "PNG"


def test_a_source_that_is_gone_is_vanished():
    result = resize(ImageDropped(source=source()), objects=MemoryObjects(), settings=SETTINGS, cpu=nullcontext())
    assert isinstance(result, Finish)
    assert (result.outcome, result.notice) == ("vanished", None)


def test_a_file_over_the_limit_is_not_even_read():
    job = ImageDropped(source=source(size=Limits().bytes + 1))
    with pytest.raises(ImageTooLarge):
        resize(job, objects=MemoryObjects(), settings=SETTINGS, cpu=nullcontext())


def test_an_empty_object_is_refused():
    with pytest.raises(UnsupportedImage, match="0 bytes"):
        resize(ImageDropped(source=source(size=0)), objects=MemoryObjects(), settings=SETTINGS, cpu=nullcontext())


def test_metadata_and_tags_travel():
    headers = Headers(metadata={"artist": "Ada"}, tags={"album": "sea", "aws:made-by": "x"})
    message, _ = staged(*dropped(saved(gradient(), "PNG"), headers))
    assert (message.carried.metadata, message.carried.tags) == ({"artist": "Ada"}, {"album": "sea"})


def test_a_redelivery_overwrites_its_own_bytes():
    data = saved(gradient(), "PNG")
    (first, one), (again, other) = dropped(data), dropped(data)
    assert first.message == again.message
    assert one.objects[("work", first.message.staged_key)] == other.objects[("work", again.message.staged_key)]


def test_other_renditions_are_staged_elsewhere():
    data = saved(gradient(), "PNG")
    other = Settings(work_bucket="work", renditions=(Rendition(name="x", width=9, height=9),))
    assert dropped(data)[0].message.staged_key != dropped(data, settings=other)[0].message.staged_key


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_travels_frame_by_frame(form):
    message, members = staged(*dropped(animation(form, loop=0)))
    assert message.animation.durations_ms == (50, 60, 70, 80, 90)
    assert all(each.animated for each in message.renditions)
    frames = images.unpack(members["resized"], frames=5)
    assert {frame.mode for frame in frames} == {"RGBA"}
    assert len({frame.tobytes() for frame in frames}) == 5


def test_of_an_animation_a_jpeg_gets_the_first_frame():
    settings = Settings(work_bucket="work", renditions=(Rendition(name="x", width=9, height=9, format="jpeg"),))
    message, members = staged(*dropped(animation("GIF"), settings=settings))
    assert not message.renditions[0].animated
    assert len(images.unpack(members["x"], frames=None)) == 1


@pytest.mark.parametrize(
    ("source_format", "alpha", "kept"),
    [
        ("JPEG", False, "jpeg"),
        ("MPO", False, "jpeg"),
        ("HEIC", False, "jpeg"),
        ("HEIC", True, "png"),
        ("TIFF", True, "png"),
        ("BMP", False, "jpeg"),
        ("GIF", True, "gif"),
        ("WebP", False, "webp"),
        ("AVIF", True, "avif"),
        ("PNG", False, "png"),
    ],
)
def test_keep_follows_the_source(source_format, alpha, kept):
    rendition = Rendition(name="x", width=1, height=1)
    assert output_format(source_format, rendition, has_alpha=alpha) == kept
    assert (
        output_format(source_format, Rendition(name="x", width=1, height=1, format="webp"), has_alpha=alpha) == "webp"
    )


def test_pixels_are_worked_on_one_at_a_time_and_read_without():
    held = []

    class Cpu:
        def __enter__(self):
            held.append(threading.get_ident())

        def __exit__(self, *_):
            held.append("free")

    dropped(saved(gradient(), "PNG"), cpu=Cpu())
    assert held == [threading.get_ident(), "free"]
