"""Neither a wrong size nor damaged metadata of a WebP costs the picture; missing pixels do."""

import struct

import pytest
from kit.pictures import animation, gradient, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.formats.webp_chunks import is_lossless, with_right_sizes
from services.resize.settings import Limits
from shared.errors import UnreadableImage
from shared.messages import Copyright


def exif():
    block = Image.Exif()
    block[0x8298], block[0x0112] = "(c) Ada", 6
    return block


FILES = {
    "lossy": saved(gradient(), "WEBP"),
    "lossless": saved(gradient((95, 63)), "WEBP", lossless=True),
    "alpha": saved(gradient(mode="RGBA"), "WEBP"),
    "metadata": saved(gradient(), "WEBP", exif=exif(), icc_profile=b"p" * 201, xmp=b"<x>"),
    "moving": animation("WEBP"),
}


def with_size(data, size):
    return data[:4] + struct.pack("<I", size % 2**32) + data[8:]


def read(data):
    with opened(data, Limits()) as source:
        frames = [(frame.image.tobytes(), frame.duration_ms) for frame in source.frames()]
        return frames, source.orientation, source.icc_profile, source.copyright_fields()


def chunks_of(data):
    at = 12
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        yield data[at : at + 8], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("wrong", ["zero", "small", "odd", "large", "largest"])
def test_a_wrong_size_of_the_file_costs_nothing(name, wrong):
    data = FILES[name]
    right = len(data) - 8
    size = {"zero": 0, "small": right // 2, "odd": right + 1, "large": right + 1000, "largest": -1}[wrong]
    assert read(with_size(data, size)) == read(data)


@pytest.mark.parametrize("name", FILES)
def test_missing_padding_bytes_cost_nothing(name):
    data = FILES[name]
    unpadded = b"".join(part for chunk in chunks_of(data) for part in chunk)
    assert read(data[:12] + unpadded) == read(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("tail", [b"x", b"trailer" * 20, b"\0" * 33])
def test_bytes_after_the_picture_are_ignored(name, tail):
    assert read(FILES[name] + tail) == read(FILES[name])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("wrong", [0, -1])
def test_missing_pixels_stay_an_error(name, wrong):
    data = FILES[name]
    ends = [b"EXIF"] if name == "metadata" else []
    whole = data[: data.index(ends[0])] if ends else data
    whole = whole.removesuffix(b"\0")
    for cut in (1, 2, 3, 40):
        with pytest.raises(UnreadableImage):
            read(with_size(whole[:-cut], wrong))


def test_truncated_metadata_does_not_cost_the_picture():
    data = FILES["metadata"]
    at = data.index(b"EXIF")
    frames, orientation, profile, copyright_fields = read(with_size(data[: at + 20], at + 12))
    assert (frames, orientation, profile, copyright_fields) == (read(FILES["lossy"])[0], 1, b"p" * 201, None)


def test_copyright_is_read_from_a_file_with_a_wrong_size():
    assert read(with_size(FILES["metadata"], 4))[3] == Copyright(copyright="(c) Ada")


def test_only_metadata_can_be_removed_from_a_valid_file():
    assert list(with_right_sizes(FILES["lossy"])) == []
    assert len(list(with_right_sizes(FILES["metadata"]))) == 1
    assert len(list(with_right_sizes(b"RIFF\0\0\0\0WEBP"))) == 1


@pytest.mark.parametrize(
    ("data", "lossless"),
    [
        (FILES["lossy"], False),
        (FILES["lossless"], True),
        (FILES["alpha"], False),
        (FILES["moving"], False),
        (animation("WEBP", lossless=True), True),
        (saved(gradient(mode="RGBA"), "WEBP", lossless=True), True),
        (b"RIFF", False),
    ],
    ids=["lossy", "lossless", "lossy with alpha", "moving", "lossless moving", "lossless with alpha", "nothing"],
)
def test_a_webp_is_lossless_where_all_its_pictures_are(data, lossless):
    assert is_lossless(data) is lossless
