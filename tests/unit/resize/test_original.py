"""The source's own encoding is used only where a rendition has exactly its pixels."""

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.formats.source import OpenedImage
from services.resize.original import original_of, shows_same
from services.resize.settings import Limits
from shared.deadline import NEVER

PICTURE = gradient((40, 30))


def is_used(data, frames, form="png"):
    with opened(data, Limits()) as source:
        list(source.frames())
        return original_of(source, frames, form, NEVER) is not None


def changed(image):
    other = image.copy()
    pixel = other.getpixel((39, 29))
    other.putpixel((39, 29), (pixel[0] ^ 1, *pixel[1:]))
    return other


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_it_is_used_only_for_the_same_pixels(form):
    data = saved(PICTURE, form, lossless=True)
    assert is_used(data, [PICTURE], form.lower())
    assert not is_used(data, [changed(PICTURE)], form.lower())
    assert not is_used(data, [PICTURE.resize((39, 30))], form.lower())
    assert not is_used(data, [PICTURE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)], form.lower())


def test_it_is_used_only_for_its_own_format():
    assert not is_used(saved(PICTURE, "PNG"), [PICTURE], "webp")
    assert not is_used(saved(PICTURE, "WEBP", lossless=True), [PICTURE], "png")
    assert not is_used(saved(PICTURE, "WEBP"), [PICTURE], "webp")
    assert not is_used(saved(PICTURE, "JPEG"), [PICTURE], "jpeg")


def test_a_large_picture_is_not_decoded_again(monkeypatch):
    monkeypatch.setattr("services.resize.original._MAX_PIXELS", 40 * 30)
    assert is_used(saved(PICTURE, "PNG"), [PICTURE])
    monkeypatch.setattr("services.resize.original._MAX_PIXELS", 40 * 30 - 1)
    assert not is_used(saved(PICTURE, "PNG"), [PICTURE])


def test_an_original_that_does_not_decode_is_ignored():
    class Odd(OpenedImage):
        def originals(self, rendition):
            yield b"\x89PNG\r\n\x1a\n" + bytes(40)

    odd = Odd(format="PNG", stored_size=(40, 30), lossless=True)
    assert original_of(odd, [PICTURE], "png", NEVER) is None


@pytest.mark.parametrize(
    ("stored_size", "lossless", "frames", "form"),
    [
        pytest.param((41, 30), True, 1, "png", id="resized"),
        pytest.param((40, 30), False, 1, "png", id="lossy"),
        pytest.param((40, 30), True, 2, "png", id="animated"),
        pytest.param((40, 30), True, 1, "webp", id="another format"),
    ],
)
def test_the_original_of_a_changed_source_is_not_even_requested(stored_size, lossless, frames, form):
    class Unasked(OpenedImage):
        def originals(self, rendition):
            raise AssertionError

    unasked = Unasked(format="PNG", stored_size=stored_size, lossless=lossless)
    assert original_of(unasked, [PICTURE] * frames, form, NEVER) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((1, 2, 3, 255), (1, 2, 3, 255), True),
        ((1, 2, 3, 255), (1, 2, 4, 255), False),
        ((1, 2, 3, 9), (1, 2, 3, 8), False),
        ((1, 2, 3, 1), (1, 2, 4, 1), False),
        ((1, 2, 3, 0), (9, 9, 9, 0), True),
    ],
)
def test_pictures_show_the_same(one, other, same):
    assert shows_same(Image.new("RGBA", (3, 2), one), Image.new("RGBA", (3, 2), other)) is same


def test_modes_make_no_difference():
    assert shows_same(Image.new("L", (3, 2), 7), Image.new("RGB", (3, 2), (7, 7, 7)))
    assert shows_same(Image.new("L", (3, 2), 7), Image.new("RGBA", (3, 2), (7, 7, 7, 255)))
    assert not shows_same(Image.new("RGB", (3, 2), 7), Image.new("RGBA", (3, 2), (7, 0, 0, 254)))
    assert not shows_same(Image.new("L", (3, 2), 7), Image.new("L", (2, 3), 7))
