"""The smallest of some formats: which one a picture gets."""

import io
from functools import cache

import pytest
from kit.pictures import noise
from PIL import Image, ImageDraw, ImageFilter

from services.watermark.encoding.files import CONTENT_TYPES, encode
from shared.messages import Animation

ALL = ("avif", "webp", "jpeg", "png")


@cache
def photograph(size=(320, 240)):
    """Smooth shapes with grain, as a camera sees them."""
    grain = noise(size)
    return Image.blend(grain.filter(ImageFilter.GaussianBlur(6)), grain, 0.06)


def screenshot(size=(640, 480)):
    image = Image.new("RGB", size, (250, 250, 250))
    drawn = ImageDraw.Draw(image)
    for line in range(20, size[1], 18):
        drawn.text((12, line), "The quick brown fox jumps over the lazy dog", (20, 20, 30))
    return image


def smallest(image, candidates=ALL, **options):
    return encode([image], "gif", quality=82, animation=None, candidates=candidates, **options)


def alone(image, form, **options):
    return encode([image], form, quality=82, animation=None, **options)


def test_a_photograph_gets_the_smallest_lossy_file():
    made = smallest(photograph())
    files = {form: alone(photograph(), form) for form in ALL}
    assert made == min(files.values(), key=lambda file: len(file.data))
    assert made.form in {"avif", "webp"}
    assert made.content_type == CONTENT_TYPES[made.form]


@pytest.mark.parametrize("lossless", [True, False])
def test_a_screenshot_gets_the_smallest_file_of_all(lossless):
    made = smallest(screenshot(), lossless=lossless)
    files = [alone(screenshot(), "webp", exact=True), *(alone(screenshot(), form) for form in ALL)]
    assert len(made.data) == min(len(file.data) for file in files)
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.convert("RGB").tobytes() == screenshot().tobytes()


def test_a_jpeg_wins_where_it_is_the_smallest():
    assert smallest(photograph(), ("png", "jpeg")).form == "jpeg"


def test_a_jpeg_is_no_candidate_of_a_picture_with_alpha():
    picture = photograph().convert("RGBA")
    assert smallest(picture, ("jpeg", "png")).form == "png"
    assert smallest(picture, ("jpeg",)).form == "jpeg"


@pytest.mark.parametrize("form", ALL)
def test_a_single_candidate_is_the_format(form):
    assert smallest(photograph(), (form,)).form == form


def test_a_lossless_source_may_become_a_lossy_file():
    made = smallest(photograph(), ("webp",), lossless=True, exact=True)
    assert made == alone(photograph(), "webp")


def test_an_animation_keeps_its_format():
    moving = Animation(durations_ms=(40, 40), plays=0)
    frames = [photograph(), photograph().rotate(180)]
    assert encode(frames, "webp", quality=82, animation=moving, candidates=ALL).form == "webp"


def test_each_format_has_the_quality_that_looks_alike():
    made = smallest(photograph(), ("avif",), format_quality={"avif": 40})
    assert made.data == alone(photograph(), "avif", format_quality={"avif": 40}).data
