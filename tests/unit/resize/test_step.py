"""One uploaded image to its intermediate renditions."""

import base64
import threading
import zlib
from contextlib import nullcontext
from dataclasses import replace

import pytest
from kit.clocks import still
from kit.memory_held import WatchedObjects
from kit.pictures import animation, gradient, png, saved
from kit.resize_step import NOW, PLACE, SETTINGS, TOGETHER, intermediate, source, uploaded
from PIL import Image

from ops.preview.memory import MemoryObjects, StoredObject
from services.resize.output_formats import alternatives, output_format
from services.resize.settings import Limits, Profile, Rendition, Settings
from services.resize.step import resize
from services.watermark.unpacking import unpack
from shared import intermediates
from shared.buckets import Buckets, Place
from shared.errors import BadOverride, EmptyImage, ImageTooLarge, ImageTooSlow, OwnOutput, UnsupportedImage
from shared.messages import Copyright, ImageUploaded
from shared.ports import Headers
from shared.runner.steps import Emit, Finish


def test_all_renditions_are_in_one_object():
    message, members = intermediate(*uploaded(saved(gradient((2000, 1500)), "JPEG")))
    assert [(each.name, each.width, each.height, each.format) for each in message.renditions] == [
        ("resized", 1024, 768, "jpeg"),
        ("thumb", 256, 256, "jpeg"),
    ]
    (resized,) = unpack(members["resized"], frames=None)
    assert resized.size == (1024, 768)


@pytest.mark.parametrize(("level", "kept"), [(9, True), (0, False)])
def test_the_source_s_own_encoding_is_passed_on_where_it_is_no_larger_than_the_pixels(level, kept):
    """A column of pixels has a filter byte in each row."""
    data = png((1, 1000), 8, 0, bytes(1000), IDAT=zlib.compress(b"\0\7" * 1000, level))
    result, objects = uploaded(data)
    message, members = intermediate(result, objects)
    resized = message.renditions[0]
    assert resized.original == ("resized.original" if kept else None)
    packed = objects.objects["work", message.intermediate_key].body
    assert len(packed) < 2 * sum(map(len, members.values())) + 1000
    if kept:
        assert intermediates.unpack(packed, ("resized.original",)) == {"resized.original": data}


def test_the_version_that_was_uploaded_is_read_and_not_the_newest():
    objects = MemoryObjects()
    objects.put("in", "a/test.jpg", b"another version", Headers())
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=saved(gradient(), "PNG"), headers=Headers())
    job = ImageUploaded(source=source())
    result = resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)
    assert intermediate(result, objects)[0].source_format == "PNG"


def test_a_source_that_is_gone_is_vanished():
    objects = MemoryObjects()
    job = ImageUploaded(source=source())
    result = resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)
    assert isinstance(result, Finish)
    assert (result.outcome, result.notice) == ("vanished", None)


def test_a_source_under_a_delete_marker_is_vanished_though_its_version_is_there():
    objects = MemoryObjects(deleted={("in", "a/test.jpg")})
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=saved(gradient(), "PNG"), headers=Headers())
    job = ImageUploaded(source=source())
    result = resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)
    assert isinstance(result, Finish)
    assert result.outcome == "vanished"


def test_a_file_over_the_limit_is_not_even_read():
    job = ImageUploaded(source=source(size=Limits().bytes + 1))
    with pytest.raises(ImageTooLarge):
        resize(job, objects=MemoryObjects(), settings=SETTINGS, cpu=nullcontext, clock=still)


def test_an_upload_batch_is_passed_through():
    message, _ = intermediate(*uploaded(saved(gradient(), "PNG"), TOGETHER))
    assert message.source.batch == PLACE
    with pytest.raises(UnsupportedImage) as refused:
        uploaded(b"words", TOGETHER)
    assert refused.value.batch == PLACE


def test_a_place_that_another_image_has_is_not_this_ones():
    asked = []

    def claim(place, image_id):
        asked.append((place, image_id))
        return False

    message, _ = intermediate(*uploaded(saved(gradient(), "PNG"), TOGETHER, claim=claim))
    assert message.source.batch is None
    assert asked == [(PLACE, source().image_id)]


def test_an_invalid_batch_fails_the_image_with_a_remedy():
    with pytest.raises(BadOverride, match="x-amz-meta-pipeline-batch"):
        uploaded(saved(gradient(), "PNG"), Headers(metadata={"pipeline-batch": "mine"}))


def emptied(current, *, version_id="v1"):
    """The outcome of an object without bytes, where `current` has taken its place by now."""
    objects = MemoryObjects()
    if current is not None:
        objects.objects["in", "a/test.jpg"] = current
    job = ImageUploaded(source=source(size=0, version=version_id))
    return resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)


@pytest.mark.parametrize("version_id", ["v1", None])
def test_an_empty_object_that_is_still_current_is_refused(version_id):
    with pytest.raises(EmptyImage, match="0 bytes") as refused:
        emptied(StoredObject(body=b"", headers=TOGETHER, version_id=version_id, modified_at=NOW), version_id=version_id)
    assert refused.value.batch == PLACE


def test_an_empty_object_from_before_versions_that_is_backfilled_is_refused():
    with pytest.raises(EmptyImage, match="0 bytes"):
        emptied(StoredObject(body=b"", headers=Headers(), version_id=None, modified_at=NOW), version_id="null")


def test_an_empty_object_from_before_versions_that_was_replaced_is_superseded():
    newer = StoredObject(body=b"bytes", headers=Headers(), version_id="v2", modified_at=NOW)
    assert emptied(newer, version_id="null").outcome == "superseded"


@pytest.mark.parametrize("version_id", ["v1", None])
def test_an_empty_object_that_was_written_since_is_superseded(version_id):
    newer = StoredObject(body=b"bytes", headers=Headers(), version_id="v2" if version_id else None)
    ended = emptied(newer, version_id=version_id)
    assert (ended.outcome, ended.notice) == ("superseded", None)
    assert ended.reason == "the file was empty (0 bytes); a newer version has 5 bytes"


def test_an_empty_object_that_is_deleted_is_vanished():
    assert emptied(None).outcome == "vanished"


def test_metadata_and_tags_travel():
    headers = Headers(metadata={"artist": "Ada"}, tags={"album": "sea", "aws:made-by": "x"})
    message, _ = intermediate(*uploaded(saved(gradient(), "PNG"), headers))
    assert (message.passthrough.metadata, message.passthrough.tags) == ({"artist": "Ada"}, {"album": "sea"})


@pytest.mark.parametrize(("metadata", "own_output"), [({"artist": "Ada"}, False), ({"pipeline-made-of": "x"}, True)])
def test_an_output_that_is_uploaded_again_is_detected(metadata, own_output):
    result, _ = uploaded(saved(gradient(), "PNG"), Headers(metadata=metadata))
    assert result.own_output is own_output


def test_an_output_among_the_uploads_of_the_bucket_of_outputs_is_refused_and_nothing_is_written():
    buckets = Buckets(input=Place(name="in", prefix="a/"), output=Place(name="in", prefix="made/"))
    objects = MemoryObjects()
    returned = StoredObject(body=saved(gradient(), "PNG"), headers=Headers(metadata={"Pipeline-Made-Of": "x"}))
    objects.versions["in", "a/test.jpg", "v1"] = returned
    with pytest.raises(OwnOutput, match=r"a/test\.jpg is an output .* upload it without that metadata"):
        resize(
            ImageUploaded(source=source()),
            objects=objects,
            settings=replace(SETTINGS, buckets=buckets),
            cpu=nullcontext,
            clock=still,
        )
    assert objects.objects == {}


def test_a_redelivery_overwrites_its_own_bytes():
    data = saved(gradient(), "PNG")
    (first, one), (again, other) = uploaded(data), uploaded(data)
    assert first.message == again.message
    assert (
        one.objects[("work", first.message.intermediate_key)] == other.objects[("work", again.message.intermediate_key)]
    )


def test_other_renditions_have_another_intermediate_key():
    data = saved(gradient(), "PNG")
    other = Settings(work_bucket="work", renditions=(Rendition(name="x", width=9, height=9),))
    assert uploaded(data)[0].message.intermediate_key != uploaded(data, settings=other)[0].message.intermediate_key


def test_qualities_and_bytes_are_handed_to_watermark():
    wanted = Rendition(name="x", width=9, height=9, format_quality={"avif": 60}, max_bytes=2_000)
    message, _ = intermediate(
        *uploaded(saved(gradient(), "PNG"), settings=Settings(work_bucket="work", renditions=(wanted,)))
    )
    assert [(each.format_quality, each.max_bytes) for each in message.renditions] == [({"avif": 60}, 2_000)]


def test_overrides_are_applied():
    headers = Headers(metadata={"pipeline-renditions": "thumb", "pipeline-format": "webp", "pipeline-quality": "5"})
    message, members = intermediate(*uploaded(saved(gradient((600, 400)), "PNG"), headers))
    assert [(each.name, each.format, each.quality) for each in message.renditions] == [("thumb", "webp", 5)]
    assert set(members) == {"thumb"}
    assert message.passthrough.metadata == headers.metadata  # watermark reads its own


def test_a_wrong_override_is_refused_before_anything_is_decoded():
    headers = Headers(metadata={"pipeline-quality": "900"})
    with pytest.raises(BadOverride, match=r'pipeline-quality is "900"; allowed: a whole number from 1 to 100'):
        uploaded(b"not even an image", headers)


def test_a_prefix_has_renditions_of_its_own():
    profile = Profile(prefix="a/", renditions=(Rendition(name="avatar", width=9, height=9),))
    message, _ = intermediate(*uploaded(saved(gradient(), "PNG"), settings=replace(SETTINGS, profiles=(profile,))))
    assert [each.name for each in message.renditions] == ["avatar"]
    other = Profile(prefix="b/", renditions=profile.renditions)
    message, _ = intermediate(*uploaded(saved(gradient(), "PNG"), settings=replace(SETTINGS, profiles=(other,))))
    assert [each.name for each in message.renditions] == ["resized", "thumb"]


def test_an_intermediate_key_depends_only_on_the_image_s_own_settings():
    data = saved(gradient(), "PNG")
    thumb = Rendition(name="x", width=9, height=9)

    def key(headers=None, **changes):
        return uploaded(data, headers, replace(SETTINGS, **changes))[0].message.intermediate_key

    plain = key()
    assert key(profiles=(Profile(prefix="b/", renditions=(thumb,)),)) == plain
    assert key(overrides=()) == plain
    assert key(Headers(metadata={"artist": "Ada"})) == plain
    keys = [plain, key(profiles=(Profile(prefix="a/", renditions=(thumb,)),))]
    for name, value in (("quality", "5"), ("fit", "cover"), ("format", "webp"), ("watermark", "off")):
        keys.append(key(Headers(metadata={f"pipeline-{name}": value})))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_copyright_is_passed_through_where_it_is_kept(form):
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "Ada", "(c) Ada"
    data = saved(gradient(), form, exif=exif)
    assert intermediate(*uploaded(data))[0].copyright_fields is None
    kept = replace(SETTINGS, metadata="copyright")
    assert intermediate(*uploaded(data, settings=kept))[0].copyright_fields == Copyright(
        artist="Ada", copyright="(c) Ada"
    )
    assert (
        intermediate(*uploaded(data, Headers(metadata={"pipeline-metadata": "none"}), kept))[0].copyright_fields is None
    )
    assert intermediate(*uploaded(saved(gradient(), form), settings=kept))[0].copyright_fields is None


def shape(message):
    """The (landscape bit, steps of the shorter side) that a ThumbHash without alpha reports."""
    bits = int.from_bytes(base64.b64decode(message.placeholder)[3:5], "little")
    return bits >> 15, bits & 7


def test_a_placeholder_shows_the_whole_picture_where_a_rendition_does():
    data = saved(gradient((800, 200)), "JPEG")
    assert shape(intermediate(*uploaded(data))[0]) == (1, 2)
    cut = (Rendition(name="x", width=90, height=90, fit="cover"), Rendition(name="y", width=64, height=64, fit="cover"))
    assert shape(intermediate(*uploaded(data, settings=replace(SETTINGS, renditions=cut)))[0]) == (0, 7)


def test_an_animation_s_placeholder_is_its_first_frame():
    still = intermediate(*uploaded(saved(gradient((64, 48)), "GIF")))[0].placeholder
    assert still != intermediate(*uploaded(animation("GIF", size=(64, 48))))[0].placeholder
    first = gradient((64, 48)).convert("RGBA")
    first.paste((0, 0, 255, 255), (0, 10, 12, 30))
    moving = saved(first, "PNG", save_all=True, append_images=[gradient((64, 48), "RGBA")])
    assert intermediate(*uploaded(moving))[0].placeholder == intermediate(*uploaded(saved(first, "PNG")))[0].placeholder


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_passed_on_frame_by_frame(form):
    message, members = intermediate(*uploaded(animation(form, loop=0)))
    assert message.animation.durations_ms == (50, 60, 70, 80, 90)
    assert all(each.animated for each in message.renditions)
    frames = unpack(members["resized"], frames=5)
    assert {frame.mode for frame in frames} == {"RGBA"}
    assert len({frame.tobytes() for frame in frames}) == 5


def test_a_jpeg_gets_the_first_frame_of_an_animation():
    settings = Settings(work_bucket="work", renditions=(Rendition(name="x", width=9, height=9, format="jpeg"),))
    message, members = intermediate(*uploaded(animation("GIF"), settings=settings))
    assert not message.renditions[0].animated
    assert len(unpack(members["x"], frames=None)) == 1


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


@pytest.mark.parametrize(
    ("source_format", "form", "lossless", "others"),
    [
        ("BMP", "keep", True, ("png", "webp")),
        ("TIFF", "keep", True, ("png", "webp")),
        ("TIFF", "keep", False, ()),
        ("TIFF", "jpeg", True, ()),
        ("PNG", "keep", True, ()),
        ("WebP", "keep", True, ()),
    ],
)
def test_a_kept_format_that_browsers_lack_may_become_another_format(source_format, form, lossless, others):
    rendition = Rendition(name="x", width=1, height=1, format=form)
    assert alternatives(source_format, rendition, lossless=lossless) == others


def test_pixels_are_processed_one_image_at_a_time_and_reads_are_not():
    held = []

    class Cpu:
        def __enter__(self):
            held.append(threading.get_ident())

        def __exit__(self, *_):
            held.append("free")

    uploaded(saved(gradient(), "PNG"), cpu=lambda _: Cpu())
    assert held == [threading.get_ident(), "free"]


def test_an_image_that_takes_too_long_fails_and_is_not_retried():
    ticks = iter(range(0, 10_000, 2))
    settings = Settings(work_bucket="work", limits=Limits(seconds=20))
    with pytest.raises(ImageTooSlow, match=r"longer than 20 s, the limit \(limits.seconds\)"):
        uploaded(animation("GIF", frames=30), settings=settings, clock=lambda: next(ticks))


def test_time_before_the_pixels_are_processed_does_not_count():
    now = [0.0]

    class Cpu:
        def __enter__(self):
            now[0] += 1000

        def __exit__(self, *_):
            pass

    assert isinstance(uploaded(saved(gradient(), "PNG"), cpu=lambda _: Cpu(), clock=lambda: now[0])[0], Emit)


def test_an_animation_that_padding_would_blow_up_is_refused():
    limits = Limits(frame_pixels=4 * 500 * 500)
    wide = Rendition(name="x", width=500, height=500, fit="contain")
    with pytest.raises(ImageTooLarge, match=r"more than 4 frames of 500 x 500 px.*limits.frame_pixels"):
        uploaded(animation("GIF"), settings=Settings(work_bucket="work", renditions=(wide,), limits=limits))
    settings = Settings(work_bucket="work", renditions=(wide,), limits=limits)
    assert isinstance(uploaded(saved(gradient(), "GIF"), settings=settings)[0], Emit)


def test_only_the_intermediate_object_is_in_memory_while_it_is_written():
    data = saved(gradient((2000, 1500)), "JPEG")
    objects = WatchedObjects()
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=data, headers=Headers())
    job = ImageUploaded(source=source(size=len(data)))
    resize(job, objects=objects, settings=SETTINGS, cpu=nullcontext, clock=still)
    assert objects.held == (None, 0)


def test_an_image_of_a_format_that_is_switched_off_fails_by_name():
    settings = Settings(work_bucket="work", formats=("jpeg", "png"))
    with pytest.raises(UnsupportedImage, match="GIF is switched off here"):
        uploaded(saved(gradient(), "GIF"), settings=settings)
    assert isinstance(uploaded(saved(gradient(), "PNG"), settings=settings)[0], Emit)
