"""A JPEG is read without its end or with damaged segments, but not where pixels are missing."""

import struct

import pytest
from kit.pictures import gradient, grain, saved
from PIL import Image

from services.resize.formats.jpeg_segments import scans, segments, without_metadata
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnreadableImage

NOISE = grain((300, 200), 80).convert("RGB")
FLAT = Image.new("RGB", (300, 200), (200, 40, 60))
KINDS = {
    "baseline": {"quality": 90},
    "progressive": {"quality": 90, "progressive": True},
    "4:4:4": {"quality": 95, "subsampling": 0},
    "restarts": {"quality": 90, "restart_marker_blocks": 4},
}


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_segment(made, data=None):
    data = data or saved(gradient(), "JPEG")
    return data[:2] + made + data[2:]


def pixels(data, reduce=None):
    with opened(data, Limits()) as source:
        if reduce:
            source.reduce(reduce)
        (frame,) = source.frames()
        return frame.image.tobytes()


DAMAGED = [
    pytest.param(segment(0xE0, b"JFIF\0"), id="JFIF of 7 bytes"),
    pytest.param(segment(0xE0, b"JFIF"), id="JFIF of 6 bytes"),
    pytest.param(segment(0xEE, b"Adobe"), id="Adobe without its numbers"),
    pytest.param(segment(0xE2, b"ICC_PROFILE\0"), id="profile without its number"),
    pytest.param(segment(0xE2, b"ICC_PROFILE\0\1"), id="profile without its count"),
    pytest.param(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed"), id="Photoshop's resources cut off"),
    pytest.param(segment(0xE2, b"MPF\0II*\0\x08\0\0\0\0\0\0\0\0\0"), id="MPF index without a picture"),
    pytest.param(segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"), id="MPF index that leads nowhere"),
    pytest.param(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"), id="EXIF that leads nowhere"),
    pytest.param(segment(0xE1, b"Exif\0\0xx"), id="EXIF without a header"),
    pytest.param(segment(0xE1, b"Exif"), id="EXIF with only its name"),
    pytest.param(segment(0xE5, b""), id="empty segment"),
    pytest.param(segment(0xFE, b""), id="empty comment"),
]


@pytest.mark.parametrize("made", DAMAGED)
def test_a_damaged_segment_does_not_cost_the_picture(made):
    assert pixels(with_segment(made)) == pixels(saved(gradient(), "JPEG"))


def test_segments_that_the_picture_needs_are_kept():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(NOISE.convert("CMYK"), "JPEG", exif=exif, icc_profile=b"p" * 200)
    with opened(with_segment(segment(0xE0, b"JFIF\0"), data), Limits()) as source:
        (frame,) = source.frames()
        assert (source.orientation, source.icc_profile) == (6, b"p" * 200)
        with opened(data, Limits()) as clean:
            assert frame.image.tobytes() == next(clean.frames()).image.tobytes()


def test_a_file_that_needs_everything_is_not_decoded_twice():
    assert list(without_metadata(saved(gradient(), "JPEG"))) == []


@pytest.mark.parametrize("tail", [b"", b"\xff", b"\xff\xff", b"\0" * 5000, b"\xff\xe1\x7f"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_that_lacks_only_its_end_is_read(kind, tail):
    data = saved(NOISE, "JPEG", **KINDS[kind])
    assert pixels(data[:-2] + tail) == pixels(data)


@pytest.mark.parametrize("size", [(300, 200), (60, 40), (20, 15)])
def test_it_is_read_at_a_fraction_as_well(size):
    data = saved(NOISE, "JPEG")
    assert pixels(data[:-2], size) == pixels(data, size)


@pytest.mark.parametrize(
    ("missing", "filling"), [(12, b""), (40, b""), (4000, b""), (40, b"\0" * 5000), (4000, b"\0" * 5000)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_missing_pixels_stay_an_error(kind, missing, filling):
    data = saved(NOISE, "JPEG", **KINDS[kind])
    with pytest.raises(UnreadableImage, match="truncated"):
        pixels(data[: -2 - missing] + filling)
    with pytest.raises(UnreadableImage, match="truncated"):
        pixels(data[: -2 - missing] + filling, (60, 40))


def test_missing_pixels_of_a_flat_picture_stay_an_error():
    data = saved(FLAT, "JPEG")
    with pytest.raises(UnreadableImage, match="truncated"):
        pixels(data[:-30])


def test_a_progressive_jpeg_whose_last_scans_are_missing_is_truncated():
    data = saved(NOISE, "JPEG", progressive=True)
    starts = [each.start for each in segments(data) if each.marker == 0xDA]
    assert len(starts) > 3
    for start in starts[1:]:
        assert not scans(data[:start]).complete
        with pytest.raises(UnreadableImage, match="its last scans are missing"):
            pixels(data[:start])


@pytest.mark.parametrize("tail", [b"trailer" * 50, b"\0" * 1000, b"\xff\xda\0\2" * 20])
def test_bytes_after_the_end_are_ignored(tail):
    data = saved(NOISE, "JPEG")
    assert scans(data + tail) == (len(data) - 2, True, True)
    assert pixels(data + tail) == pixels(data)


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xda\0\3\1", b"\xff\xd8\xff\xc0\0\4"]
)
def test_a_file_without_scans_is_not_complete(data):
    assert not scans(data).complete
