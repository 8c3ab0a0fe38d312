"""JPEG 2000 is read: files and bare codestreams, at reduced size, with alpha, profile and palette."""

import struct
from contextlib import suppress

import pytest
from kit.icc import DISPLAY_P3, matrix_profile
from kit.pictures import gradient, grain, saved
from PIL import Image, ImageChops, ImageStat

from services.resize.formats.opener import opened
from services.resize.formats.sniffing import probe
from services.resize.settings import Limits, Settings
from services.resize.step import render
from shared.errors import ImageTooLarge, UnreadableImage


def jpeg2000(image, *, bare=False, **options):
    return saved(image, "JPEG2000", no_jp2=bare, **options)


def decoded(data, needed=None, limits=None):
    with opened(data, limits or Limits()) as source:
        if needed:
            source.reduce(needed)
        (frame,) = source.frames()
        return frame.image.copy()


def apart(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_a_picture_is_read_without_loss(mode, bare):
    image = gradient(mode="RGBA").convert(mode)
    data = jpeg2000(image, bare=bare)
    assert probe(data, Limits()) == "JPEG 2000"
    assert decoded(data).tobytes() == image.tobytes()


def test_sixteen_bits_are_scaled():
    image = Image.new("I;16", (32, 32), 0x8000)
    with opened(jpeg2000(image), Limits()) as source:
        assert source.bits == 16
    (page,) = render(jpeg2000(image), Settings(work_bucket="w")).renditions[:1]
    assert abs(page.frames[0].getpixel((9, 9)) - 128) <= 1


def test_it_is_decoded_at_a_fraction():
    image = gradient((1600, 1200))
    data = jpeg2000(image, num_resolutions=5)
    assert decoded(data, (150, 112)).size == (200, 150)
    assert decoded(data, (1200, 900)).size == (1600, 1200)
    assert apart(decoded(data, (150, 112)), image.resize((200, 150))) < 3


def test_a_file_without_resolution_levels_is_decoded_in_full():
    assert decoded(jpeg2000(gradient((640, 480)), num_resolutions=1), (20, 15)).size == (640, 480)


def with_profile(data, profile):
    """The file with a restricted profile in place of its enumerated colours."""
    at = data.index(b"colr") - 4
    (length,) = struct.unpack_from(">I", data, at)
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    header = data.index(b"jp2h") - 4
    (whole,) = struct.unpack_from(">I", data, header)
    data = data[:at] + box + data[at + length :]
    return data[:header] + struct.pack(">I", whole - length + len(box)) + data[header + 4 :]


def test_its_profile_is_applied():
    profile = matrix_profile(DISPLAY_P3)
    with opened(with_profile(jpeg2000(gradient()), profile), Limits()) as source:
        assert source.icc_profile == profile
    with opened(jpeg2000(gradient()), Limits()) as source:
        assert source.icc_profile is None


@pytest.mark.parametrize("bare", [False, True])
def test_it_is_kept_as_jpeg_or_with_alpha_as_png(bare):
    picture = render(jpeg2000(gradient(mode="RGBA"), bare=bare), Settings(work_bucket="w"))
    assert picture.format == "JPEG 2000"
    assert picture.renditions[0].frames[0].mode == "RGBA"


@pytest.mark.parametrize("limits", [Limits(pixels=6143), Limits(side_px=95)])
def test_limits_are_enforced(limits):
    with pytest.raises(ImageTooLarge):
        decoded(jpeg2000(gradient()), limits=limits)


def test_memory_and_tiles_are_bounded():
    data = jpeg2000(Image.new("RGB", (1600, 1600)), num_resolutions=1)
    with pytest.raises(ImageTooLarge, match=r"decoding needs about \d+ MB \(1600 x 1600 px, 3 channels\).*memory_mb"):
        decoded(data, limits=Limits(memory_mb=32))
    at = data.index(b"\xff\x4f\xff\x51")
    tiny = data[: at + 24] + struct.pack(">II", 1, 1) + data[at + 32 :]
    with pytest.raises(ImageTooLarge, match=r"2,560,000 tiles; the limit is 16,384"):
        decoded(tiny)


def test_half_a_file_is_unreadable():
    data = jpeg2000(grain((300, 200), 80).convert("RGB"))
    for end in (13, 40, 90, 150, len(data) // 2):
        with pytest.raises(UnreadableImage):
            decoded(data[:end])


def test_no_byte_of_its_header_breaks_the_reader():
    data = jpeg2000(gradient((32, 24)))
    for at in range(12, data.index(b"\xff\x93")):
        for value in (0, 1, 0x7F, 0xFF):
            with suppress(UnreadableImage, ImageTooLarge):
                decoded(data[:at] + bytes([value]) + data[at + 1 :], limits=Limits(pixels=100_000, memory_mb=64))
