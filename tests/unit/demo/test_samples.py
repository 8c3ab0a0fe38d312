"""The demo's own images."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from ops.demo.samples import samples
from ops.demo.scene import LIGHTS, scene


@pytest.fixture(scope="module")
def made():
    return {sample.key: sample.make() for sample in samples()}


def opened(data):
    return Image.open(io.BytesIO(data))


def test_at_least_a_dozen_must_be_stored_and_three_must_fail():
    errors = [sample.error for sample in samples()]
    assert errors.count(None) >= 12
    assert [error for error in errors if error] == ["UnsupportedImage", "UnreadableImage", "ImageTooLarge"]


def test_the_photo_lies_on_its_side_and_says_where_it_was_taken(made):
    photo = opened(made["photo-12mp.jpg"])
    assert photo.size == (4000, 3000)
    assert photo.getexif()[0x0112] == 6
    assert photo.getexif().get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize(
    ("key", "form", "mode", "frames"),
    [
        ("cmyk-print.jpg", "JPEG", "CMYK", 1),
        ("grey.jpg", "JPEG", "L", 1),
        ("modern.avif", "AVIF", "RGB", 1),
        ("scan.tiff", "TIFF", "RGB", 1),
        ("old.bmp", "BMP", "RGB", 1),
        ("sticker-alpha.png", "PNG", "RGBA", 1),
        ("depth-16bit.png", "PNG", "I;16", 1),
        ("palette.png", "PNG", "P", 1),
        ("bouncing.gif", "GIF", "P", 20),
        ("turning.webp", "WEBP", "RGBA", 15),
        ("turning-apng.png", "PNG", "RGBA", 15),
    ],
)
def test_a_sample_is_what_its_name_says(made, key, form, mode, frames):
    image = opened(made[key])
    assert (image.format, image.mode, getattr(image, "n_frames", 1)) == (form, mode, frames)


def test_the_progressive_one_is(made):
    assert opened(made["progressive.jpeg"]).info["progressive"]


def test_the_bomb_is_small_until_it_is_decoded(made):
    bomb = made["broken/bomb.png"]
    assert len(bomb) < 100_000
    assert int.from_bytes(bomb[16:20], "big") * int.from_bytes(bomb[20:24], "big") == 400_000_000


def test_samples_are_the_same_bytes_at_every_call_and_in_any_thread(made):
    few = [sample for sample in samples() if sample.key in {"grey.jpg", "old.bmp", "palette.png", "progressive.jpeg"}]
    with ThreadPoolExecutor(3) as pool:
        again = dict(zip((one.key for one in few), pool.map(lambda one: one.make(), few), strict=True))
    assert {key: made[key] for key in again} == again


def test_every_light_and_seed_is_another_picture():
    pictures = {
        hashlib.sha256(scene((80, 60), light, seed).tobytes()).hexdigest() for light in LIGHTS for seed in (1, 2)
    }
    assert len(pictures) == 2 * len(LIGHTS)
