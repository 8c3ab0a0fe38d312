"""A lossless WebP's own pixels as a clean file."""

import struct

import pytest
from kit.pictures import animation, frames_of, gradient, is_same, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits


def originals(data):
    with opened(data, Limits()) as source:
        (frame,) = [frame.image for frame in source.frames()]
        return list(source.originals(frame))


def riff(*chunks):
    packed = b"".join(struct.pack("<4sI", name, len(body)) + body + bytes(len(body) % 2) for name, body in chunks)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(packed), b"WEBP") + packed


def pixels_of(data):
    length = struct.unpack_from("<I", data, 16)[0]
    return data[20 : 20 + length]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_encoded_pixels_are_the_same_to_the_last_byte(mode):
    data = saved(gradient(mode=mode), "WEBP", lossless=True)
    assert originals(data) == [data]


def test_no_other_chunk_comes_along():
    image = gradient(mode="RGBA")
    data = saved(image, "WEBP", lossless=True, exif=b"Exif\0\0II*\0secret", xmp=b"secret")
    assert b"secret" in data
    (found,) = originals(data)
    assert found == riff((b"VP8L", pixels_of(found)))
    assert pixels_of(found) in data
    assert is_same(frames_of(found)[0], image)


@pytest.mark.parametrize("trailing", [b"four", b"secret", bytes(5000)])
def test_pixels_with_something_after_them_are_not_copied(trailing):
    pixels = pixels_of(saved(gradient(), "WEBP", lossless=True))
    assert originals(riff((b"VP8L", pixels + trailing))) == []


def test_bytes_after_the_file_are_removed():
    data = saved(gradient(), "WEBP", lossless=True)
    assert originals(data + b"secret") == [data]


def test_a_lossy_file_is_not_copied():
    assert originals(saved(gradient(), "WEBP")) == []


def test_an_animation_is_not_copied():
    with opened(animation("WEBP", lossless=True), Limits()) as source:
        assert list(source.originals(Image.new("RGB", (64, 48)))) == []
