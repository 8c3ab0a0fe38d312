"""One uploaded image with moderation on: shown to the moderator, and passed on only if it passes."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from kit.clocks import still
from kit.moderation import DRINK, GORE, NOTHING, Watcher, labels, policy
from kit.pictures import animation, gradient, saved, turned
from PIL import Image, ImageStat

from ops.preview.memory import MemoryObjects, StoredObject
from services.resize import downscale, step
from services.resize.settings import Limits, Moderation, Profile, Rendition, Settings
from services.resize.step import resize
from shared.errors import AwsUnavailable, BadSetting, ImageTooSlow, ModerationRefused
from shared.messages import ImageUploaded, Source
from shared.ports import Headers
from shared.runner.steps import Emit, Finish

SETTINGS = Settings(work_bucket="work", moderation=Moderation())


def uploaded(data, watcher=None, *, headers=None, settings=SETTINGS, cpu=None, clock=still, key="a/test.jpg"):
    """The result of an image, and its intermediate object."""
    objects = MemoryObjects()
    objects.versions["in", key, "v1"] = StoredObject(body=data, headers=headers or Headers())
    source = Source(bucket="in", key=key, version_id="v1", size_bytes=len(data), uploaded_at="2026-01-01T00:00:00Z")
    frames = settings.moderation.frames if settings.moderation else 3
    watch = policy(watcher, frames=frames)
    job = ImageUploaded(source=source)
    result = resize(job, objects=objects, settings=settings, cpu=cpu or nullcontext, clock=clock, policy=watch)
    return result, objects.objects


def test_a_rejected_image_leaves_nothing_behind():
    result, intermediate = uploaded(saved(gradient(), "JPEG"), Watcher(GORE))
    assert isinstance(result, Finish)
    assert (result.outcome, intermediate) == ("rejected", {})


def test_an_accepted_image_is_passed_on_with_its_labels_in_the_log():
    result, intermediate = uploaded(saved(gradient(), "JPEG"), Watcher(DRINK))
    assert isinstance(result, Emit)
    assert len(intermediate) == 1
    seen = {"Alcohol": 88.0, "Alcoholic Beverages": 88.0}
    assert result.log_fields == {"moderation": {"model": "7.0", "shown": 1, "labels": seen}}


def test_moderation_does_not_change_the_intermediate_object():
    data = saved(gradient((1600, 1200)), "JPEG")
    with_it, intermediate = uploaded(data, Watcher())
    objects = MemoryObjects()
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=data, headers=Headers())
    job, off = ImageUploaded(source=with_it.message.source), replace(SETTINGS, moderation=None)
    without = resize(job, objects=objects, settings=off, cpu=nullcontext, clock=still)
    assert without.message == with_it.message
    assert {key: each.body for key, each in objects.objects.items()} == {
        key: each.body for key, each in intermediate.items()
    }
    assert without.log_fields == {}


@pytest.mark.parametrize("error", [AwsUnavailable("throttled"), ModerationRefused("no image")])
def test_an_image_that_was_not_moderated_does_not_pass(error):
    objects = MemoryObjects()
    data = saved(gradient(), "PNG")
    objects.versions["in", "k", "v1"] = StoredObject(body=data, headers=Headers())
    source = Source(bucket="in", key="k", version_id="v1", size_bytes=len(data), uploaded_at="2026-01-01T00:00:00Z")
    job, watch = ImageUploaded(source=source), policy(Watcher(error))
    with pytest.raises(type(error)):
        resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still, policy=watch)
    assert objects.objects == {}
    with pytest.raises(BadSetting, match="no moderator is configured"):
        resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)
    assert objects.objects == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_whole_picture_is_shown_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    watcher = Watcher()
    uploaded(saved(turned(gradient((640, 480)), orientation), "JPEG", exif=exif, quality=95), watcher)
    (picture,) = watcher.pictures
    assert (picture.size, picture.format) == ((640, 480), "JPEG")
    assert not picture.getexif()
    red, green, blue = picture.getpixel((20, 20))  # gradient's own corner
    assert red > 200
    assert max(green, blue) < 80


@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({"pipeline-renditions": "thumb", "pipeline-fit": "cover"}, SETTINGS),
        (
            {},
            replace(SETTINGS, profiles=(Profile(prefix="a/", renditions=(Rendition(name="x", width=9, height=9),)),)),
        ),
        ({}, replace(SETTINGS, renditions=(Rendition(name="x", width=8, height=8, fit="cover"),))),
    ],
)
def test_neither_renditions_nor_overrides_hide_anything_from_the_moderator(headers, settings):
    watcher = Watcher()
    uploaded(saved(gradient((2000, 1000)), "JPEG"), watcher, headers=Headers(metadata=headers), settings=settings)
    assert [picture.size for picture in watcher.pictures] == [(1024, 512)]


def colour(picture):
    return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize(("frames", "wanted"), [(1, [0]), (3, [0, 4, 8]), (5, [0, 2, 4, 6, 8])])
def test_frames_of_an_animation_are_shown_from_the_first_to_the_last(form, frames, wanted):
    colours = [(25 * index, 0, 200 - 25 * index) for index in range(9)]
    images = [Image.new("RGB", (200, 200), each) for each in colours]
    data = saved(images[0], form, save_all=True, append_images=images[1:], duration=50)
    watcher = Watcher()
    settings = replace(SETTINGS, moderation=Moderation(frames=frames))
    result, _ = uploaded(data, watcher, settings=settings)
    assert isinstance(result, Emit)
    assert len(result.message.animation.durations_ms) == 9
    seen = [round(colour(picture)[0] / 25) for picture in watcher.pictures]
    assert seen == wanted


def test_one_frame_that_is_rejected_rejects_the_animation():
    watcher = Watcher(NOTHING, GORE)
    result, intermediate = uploaded(animation("GIF", frames=9), watcher)
    assert (result.outcome, intermediate, len(watcher.jpegs)) == ("rejected", {}, 2)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF"])
def test_the_moderator_s_pictures_come_from_the_only_decode(monkeypatch, form):
    decoded = []
    opened = step.opened

    def counted(*words):
        decoded.append(words)
        return opened(*words)

    monkeypatch.setattr(step, "opened", counted)
    uploaded(saved(gradient((300, 200)), form))
    assert len(decoded) == 1


def test_the_cpu_is_free_while_the_moderator_answers():
    held = []

    class Cpu:
        def __enter__(self):
            held.append(True)

        def __exit__(self, *_):
            held.clear()

    class Looking(Watcher):
        def labels(self, jpeg, *, least):
            assert not held
            return super().labels(jpeg, least=least)

    watcher = Looking()
    uploaded(saved(gradient(), "PNG"), watcher, cpu=lambda _: Cpu())
    assert len(watcher.jpegs) == 1


@pytest.mark.parametrize("late_at", ["the first frame", "never"])
def test_preparing_the_moderator_s_pictures_counts_toward_the_time_limit(monkeypatch, late_at):
    now = [0.0]
    made = downscale.fitted

    def slow(*words):
        now[0] = 1000 if late_at == "the first frame" else 0
        return made(*words)

    monkeypatch.setattr(downscale, "fitted", slow)
    settings = replace(SETTINGS, limits=Limits(seconds=4), renditions=(Rendition(name="x", width=9, height=9),))
    watcher = Watcher()
    outcome = nullcontext() if late_at == "never" else pytest.raises(ImageTooSlow)
    with outcome:
        uploaded(saved(gradient(), "BMP"), watcher, settings=settings, clock=lambda: now[0])
    assert len(watcher.jpegs) == (late_at == "never")


def test_the_moderator_s_pictures_are_sharp_however_small_the_renditions_are():
    fine = Image.new("L", (2000, 1000))
    fine.paste(255, (500, 250, 1500, 750))
    for at in range(500, 1500, 16):
        fine.paste(0, (at, 250, at + 8, 750))
    watcher = Watcher()
    settings = replace(SETTINGS, renditions=(Rendition(name="x", width=8, height=8),))
    uploaded(saved(fine.convert("RGB"), "JPEG", quality=95), watcher, settings=settings)
    (picture,) = watcher.pictures
    middle = picture.convert("L").crop((300, 200, 700, 300))
    # Bars of four pixels, black and white: decoded at an eighth they would be one grey.
    assert ImageStat.Stat(middle).stddev[0] > 90


def test_labels_of_several_frames_are_reported_with_the_highest_confidence():
    watcher = Watcher(labels(("Alcohol", "", 61.04)), labels(("Alcohol", "", 70.0)), labels(("Gambling", "", 99.99)))
    result, _ = uploaded(animation("GIF", frames=3), watcher)
    assert result.log_fields["moderation"] == {
        "model": "7.0",
        "shown": 3,
        "labels": {"Alcohol": 70.0, "Gambling": 100.0},
    }
