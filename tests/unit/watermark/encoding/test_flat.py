"""Whether a picture is flat art, and what a still becomes whose source format browsers lack."""

import io

import pytest
from kit.pictures import grain
from PIL import Image, ImageChops, ImageDraw

from services.watermark.encoding.files import encode
from services.watermark.encoding.flat import is_flat


def screenshot(size=(640, 400), colours=400):
    image = Image.new("RGB", size, (250, 250, 250))
    draw = ImageDraw.Draw(image)
    for index in range(colours):
        draw.line(
            (index * 7 % size[0], index * 3 % size[1], index * 7 % size[0] + 9, index * 3 % size[1]),
            (index % 256, index // 2, 90),
        )
    return image


def photograph(mode="RGB", size=(640, 400)):
    bands = [grain(size, 12, band).point([min(255, each + 20 * band) for each in range(256)]) for band in range(3)]
    return Image.merge("RGB", bands).convert(mode)


@pytest.mark.parametrize("image", [screenshot(), screenshot(colours=3), screenshot().convert("L")])
def test_a_screenshot_is_flat(image):
    assert is_flat(image)


@pytest.mark.parametrize("size", [(16, 16), (20, 9)])
def test_a_tiny_picture_is_not_detailed_by_the_overhead_of_its_file(size):
    assert is_flat(Image.linear_gradient("L").resize(size))


@pytest.mark.parametrize(("levels", "flat"), [((9, 231), True), ((0, 85, 170, 255), True), ((1, 2, 3, 4), False)])
def test_a_page_of_few_bits_is_flat_however_detailed(levels, flat):
    """A dithered page compresses badly; levels of other values mean a dark photograph."""
    noise = grain((300, 200), 200).point([levels[level % len(levels)] for level in range(256)])
    assert is_flat(noise) is flat


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_photograph_is_not_flat(mode):
    assert not is_flat(photograph(mode))


@pytest.mark.parametrize("image", [screenshot(), screenshot(colours=3), screenshot().convert("L")])
def test_flat_art_becomes_the_smallest_lossless_format(image):
    encoded = encode([image], "jpeg", quality=82, animation=None, lossless=True, alternatives=("png", "webp"))
    sizes = {
        form: len(encode([image], form, quality=82, animation=None, lossless=True, exact=True).data)
        for form in ("png", "webp")
    }
    assert encoded.form == min(sizes, key=sizes.get)
    assert encoded.content_type == f"image/{encoded.form}"
    assert len(encoded.data) == min(sizes.values())
    with Image.open(io.BytesIO(encoded.data)) as read:
        assert ImageChops.difference(read.convert("RGB"), image.convert("RGB")).getbbox() is None


def test_a_photograph_keeps_its_planned_format():
    encoded = encode([photograph()], "jpeg", quality=82, animation=None, lossless=True, alternatives=("png", "webp"))
    assert (encoded.form, encoded.content_type) == ("jpeg", "image/jpeg")


@pytest.mark.parametrize(("image", "lossless"), [(photograph("L", (20, 20)), True), (photograph(size=(64, 64)), False)])
def test_a_picture_that_costs_little_more_than_a_jpeg_is_lossless(image, lossless):
    assert not is_flat(image)
    sizes = {
        form: len(encode([image], form, quality=82, animation=None, lossless=True, exact=True).data)
        for form in ("jpeg", "png", "webp")
    }
    assert (min(sizes["png"], sizes["webp"]) <= 1.55 * sizes["jpeg"]) is lossless
    encoded = encode([image], "jpeg", quality=82, animation=None, lossless=True, alternatives=("png", "webp"))
    assert (encoded.form != "jpeg") is lossless
    assert len(encoded.data) == (min(sizes["png"], sizes["webp"]) if lossless else sizes["jpeg"])
