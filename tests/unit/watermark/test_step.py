"""The chain of services gives the same as one pass over the original, to the last byte."""

import io
from contextlib import nullcontext
from dataclasses import replace

import pytest
from kit.clocks import still
from kit.memory_held import WatchedObjects
from kit.pictures import animation, gradient, noise, saved
from kit.watermarked import SETTINGS, WATERMARKS, resized_message, run
from PIL import Image

from ops.preview.memory import MemoryObjects, StoredObject
from services.resize.output_formats import alternatives, output_format
from services.resize.packing import pack
from services.resize.settings import Limits
from services.resize.settings import Rendition as RenditionSettings
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import render, resize
from services.watermark.blending import watermarked
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.encoding.files import encode
from services.watermark.settings import Profile, Watermark
from services.watermark.step import watermark
from shared import inline, intermediates
from shared.errors import BadMessage, BadOverride, IntermediateObjectMissing
from shared.messages import Animation, Copyright, ImageResized, ImageUploaded, Passthrough, ResizedRendition, Source
from shared.ports import Headers

RENDITIONS = (
    RenditionSettings(name="resized", width=400, height=400),
    RenditionSettings(name="thumb", width=64, height=64, fit="cover", watermark=False),
    RenditionSettings(name="web", width=300, height=300, fit="contain", format="webp"),
)


def chain(data, objects=None, renditions=RENDITIONS):
    objects = objects or MemoryObjects()
    source = Source(bucket="in", key="a", size_bytes=len(data), uploaded_at="2026-01-01T00:00:00Z")
    objects.objects["in", "a"] = StoredObject(body=data, headers=Headers())
    settings = ResizeSettings(work_bucket="work", renditions=renditions, limits=Limits())
    job = ImageUploaded(source=source)
    resized = resize(job, objects=objects, settings=settings, cpu=nullcontext, clock=still).message
    result = watermark(
        ImageResized.decode(resized.encode()),
        objects=objects,
        settings=SETTINGS,
        watermarks=WATERMARKS,
        cpu=nullcontext,
        clock=still,
    )
    message = result.message
    here = message.inline is not None
    packed = inline.file_of(message.inline) if here else objects.objects["work", message.intermediate_key].body
    return message, intermediates.unpack(packed, tuple(each.member for each in message.renditions))


def one_pass(data):
    """The result of the same settings without queues, intermediate objects or separate services."""
    picture = render(data, ResizeSettings(work_bucket="work", renditions=RENDITIONS, limits=Limits()))
    files = {}
    for rendition, frames in ((each.rendition, each.frames) for each in picture.renditions):
        form = output_format(picture.format, rendition, has_alpha=frames[0].mode == "RGBA")
        shown = watermarked(frames, WATERMARKS.of("a", {})) if rendition.watermark else frames
        files[rendition.name] = encode(
            shown,
            form,
            quality=rendition.quality,
            animation=picture.animation,
            lossless=picture.lossless,
            exact=picture.lossless and picture.format == "WebP",
            alternatives=alternatives(picture.format, rendition, lossless=picture.lossless),
        ).data
    return files


def on_its_side():
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(gradient((3000, 2000)), "JPEG", exif=exif)


LARGE = (900, 700)
# Made where they are tested: every worker collects all of them.
PICTURES = {
    "jpeg": on_its_side,
    "png": lambda: saved(gradient(LARGE), "PNG"),
    "png with alpha": lambda: saved(gradient(LARGE, "RGBA"), "PNG"),
    "webp": lambda: saved(gradient(LARGE), "WEBP"),
    "avif": lambda: saved(gradient(LARGE), "AVIF"),
    "grey jpeg": lambda: saved(gradient(LARGE, "L"), "JPEG"),
    "cmyk jpeg": lambda: saved(gradient(LARGE, "CMYK"), "JPEG"),
    "gif": lambda: saved(gradient(LARGE), "GIF"),
    "animated gif": lambda: animation("GIF", size=(500, 400), loop=0),
    "animated webp": lambda: animation("WEBP", size=(500, 400), loop=0),
    "apng": lambda: animation("PNG", size=(500, 400), loop=0),
    "tiff": lambda: saved(gradient(LARGE), "TIFF"),
    "flat bmp": lambda: saved(Image.new("RGB", LARGE, (9, 90, 200)), "BMP"),
    "lossless webp": lambda: saved(gradient(LARGE), "WEBP", lossless=True),
}


@pytest.mark.parametrize("picture", PICTURES)
def test_nothing_is_lost_between_the_services(picture):
    data = PICTURES[picture]()
    assert chain(data)[1] == one_pass(data)


@pytest.mark.parametrize(
    "formats",
    [("avif", "jpeg", "webp"), ("jpeg", "avif", "webp"), ("webp", "jpeg", "gif", "avif"), ("avif", "webp", "jpeg")],
    ids="-".join,
)
def test_a_still_format_between_moving_ones_takes_no_file_from_them(formats):
    hero = RenditionSettings(name="hero", width=80, height=80, set="hero", formats=formats)
    message, members = chain(animation("GIF", size=(160, 120), loop=0), renditions=(hero,))
    assert [each.format for each in message.renditions] == list(formats)
    read = [Image.open(io.BytesIO(members[each.member])) for each in message.renditions]
    assert [each.format.lower() for each in read] == list(formats)
    assert [each.frames for each in message.renditions] == [getattr(each, "n_frames", 1) for each in read]


def test_sizes_and_types_are_reported():
    message, members = chain(saved(gradient((900, 700), "RGBA"), "PNG"))
    reported = [(each.name, each.format, each.content_type, each.width, each.height) for each in message.renditions]
    assert reported == [
        ("resized", "png", "image/png", 400, 311),
        ("thumb", "png", "image/png", 64, 64),
        ("web", "webp", "image/webp", 300, 300),
    ]
    assert [each.size_bytes for each in message.renditions] == [len(members[each.name]) for each in message.renditions]


def test_small_files_are_in_the_message_and_nowhere_else():
    objects = MemoryObjects()
    message, members = chain(saved(gradient((900, 700)), "JPEG"), objects)
    assert (message.inline is not None, len(members)) == (True, 3)
    assert [key for bucket, key in objects.objects if bucket == "work"] == list(message.intermediate_keys)


def test_large_files_are_in_the_work_bucket_and_not_in_the_message():
    objects = MemoryObjects()
    message, members = chain(saved(noise((900, 700)), "PNG"), objects)
    assert (message.inline, len(members)) == (None, 3)
    left = [key for bucket, key in objects.objects if bucket == "work"]
    assert left == [*message.intermediate_keys, message.intermediate_key]


def test_a_screenshot_in_a_bmp_is_stored_with_its_new_content_type():
    screenshot = Image.new("RGB", (900, 700), (250, 250, 250))
    screenshot.paste((9, 90, 200), (50, 60, 300, 200))
    message, members = chain(saved(screenshot, "BMP"))
    resized = next(each for each in message.renditions if each.name == "resized")
    assert resized.format in {"png", "webp"}
    assert resized.content_type == f"image/{resized.format}"
    with Image.open(io.BytesIO(members["resized"])) as image:
        assert image.format.lower() == resized.format


def test_a_photograph_in_a_bmp_is_stored_as_a_jpeg():
    message, _ = chain(saved(noise((900, 700)), "BMP"))
    assert [each.format for each in message.renditions] == ["jpeg", "jpeg", "webp"]


def test_the_intermediate_object_may_be_gone():
    with pytest.raises(IntermediateObjectMissing, match="gone"):
        run(resized_message(), MemoryObjects())


@pytest.mark.parametrize(
    "intermediate", [b"no zip", intermediates.pack({"y": b""}), intermediates.pack({"x": b"no tiff"})]
)
def test_the_intermediate_object_may_be_damaged(intermediate):
    objects = MemoryObjects()
    objects.put("work", "gone.zip", intermediate, Headers())
    with pytest.raises(IntermediateObjectMissing):
        run(resized_message(), objects)


def test_a_message_that_contradicts_itself_is_refused():
    objects = MemoryObjects()
    objects.put("work", "gone.zip", intermediates.pack({"x": b""}), Headers())
    rendition = ResizedRendition(
        name="x", member="x", width=1, height=1, format="gif", quality=82, watermark=False, animated=True
    )
    with pytest.raises(BadMessage, match="animated"):
        run(resized_message(renditions=(rendition,)), objects)


def test_missing_frames_are_detected():
    objects = MemoryObjects()
    inner = intermediates.pack({"00000.png": saved(gradient(mode="RGBA"), "PNG")})
    objects.put("work", "gone.zip", intermediates.pack({"x": inner}), Headers())
    rendition = ResizedRendition(
        name="x", member="x", width=1, height=1, format="gif", quality=82, watermark=False, animated=True
    )
    with pytest.raises(IntermediateObjectMissing):
        run(resized_message(renditions=(rendition,), animation=Animation(durations_ms=(1, 2))), objects)


def intermediate_key(settings=SETTINGS, **changes):
    objects = MemoryObjects()
    objects.put("work", "gone.zip", intermediates.pack({"x": pack([gradient((1, 1))], animated=False)}), Headers())
    message = resized_message(**changes)
    made = watermark(
        message, objects=objects, settings=settings, watermarks=DrawnWatermarks(settings), cpu=nullcontext, clock=still
    )
    return made.message.intermediate_key


def test_an_intermediate_key_depends_only_on_the_image_s_own_watermark():
    plain = intermediate_key()
    watermark = Watermark(text="mine")
    assert intermediate_key(replace(SETTINGS, profiles=(Profile(prefix="b", watermark=watermark),))) == plain
    assert intermediate_key(replace(SETTINGS, overrides=())) == plain
    keys = [plain, intermediate_key(replace(SETTINGS, profiles=(Profile(prefix="a", watermark=watermark),)))]
    keys += [intermediate_key(replace(SETTINGS, watermark=replace(SETTINGS.watermark, opacity=0.1)))]
    keys += [
        intermediate_key(copyright_fields=Copyright(artist="Ada")),
        intermediate_key(copyright_fields=Copyright(copyright="Ada")),
    ]
    for name, value in (("text", "x"), ("position", "top-left"), ("opacity", "1")):
        keys.append(intermediate_key(passthrough=Passthrough(metadata={f"pipeline-watermark-{name}": value})))
    assert len(set(keys)) == len(keys)


def test_a_text_that_the_font_lacks_fails_the_image():
    with pytest.raises(BadOverride, match="pipeline-watermark-text is '写真'"):
        intermediate_key(passthrough=Passthrough(metadata={"pipeline-watermark-text": "写真"}))


def test_a_placeholder_is_passed_on():
    objects = MemoryObjects()
    objects.put("work", "gone.zip", intermediates.pack({"x": pack([gradient((1, 1))], animated=False)}), Headers())
    message = run(resized_message(placeholder="abc=", warnings=("page 1 of 3",)), objects).message
    assert (message.placeholder, message.warnings) == ("abc=", ("page 1 of 3",))


def test_only_the_intermediate_object_is_in_memory_while_it_is_written():
    objects = WatchedObjects()
    data = saved(noise((900, 700)), "PNG")
    WATERMARKS.of("a", {})  # cached from image to image, so it does not count for this one
    chain(data, objects)
    assert objects.held == (None, 0)
