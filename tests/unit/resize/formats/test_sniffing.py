"""The format of a file is known by its first bytes, before any decoder is started."""

import struct

import pytest
from kit.heif import Heif, hvcc, ispe
from kit.pictures import gradient, saved

from services.resize.formats.opener import opened
from services.resize.formats.sniffing import READABLE, probe, setting_of
from services.resize.settings import INPUT_FORMATS, Limits
from shared.errors import ImageTooLarge, UnsupportedImage


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("JPEG", "JPEG"),
        ("PNG", "PNG"),
        ("GIF", "GIF"),
        ("WEBP", "WebP"),
        ("AVIF", "AVIF"),
        ("TIFF", "TIFF"),
        ("BMP", "BMP"),
    ],
)
def test_a_format_is_recognised_by_its_bytes(form, name):
    assert probe(saved(gradient(), form), Limits()) == name
    assert name in READABLE


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_recognised_by_its_brands(brand):
    assert probe(Heif(brand, b"mif1", b"heic").item(1, b"hvc1", ispe(64, 48), hvcc()).bytes(), Limits()) == "HEIC"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(b"%!PS-Adobe-3.0 EPSF", "EPS", id="eps"),
        pytest.param(b"%PDF-1.7", "PDF", id="pdf"),
        pytest.param(b"  \n<!DOCTYPE html>", "web page", id="html"),
        pytest.param(b"8BPS\x00\x01", "Photoshop", id="psd"),
        pytest.param(b"just some words", "found: a text file", id="text"),
        pytest.param(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "found: an MP4 video", id="mp4"),
        pytest.param(b"\xff", "unknown kind of file", id="one byte"),
    ],
)
def test_everything_else_is_refused_by_name(data, word):
    with pytest.raises(UnsupportedImage, match=word) as refused:
        probe(data, Limits())
    assert "JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF, BMP" in str(refused.value)


def test_an_empty_file_is_refused():
    with pytest.raises(UnsupportedImage, match="0 bytes"):
        probe(b"", Limits())


def test_a_large_file_is_refused_with_the_limit():
    with pytest.raises(ImageTooLarge, match=r"2,000 bytes; the limit is 1,024 \(limits.bytes\)"):
        probe(b"\xff\xd8\xff" + b"x" * 1997, Limits(bytes=1024))


def scans(count, marker=b"\xff\xda\x00\x02"):
    return b"\xff\xd8" + (marker + b"\x12\xff\x00\x34\xff\xd0") * count + b"\xff\xd9"


def test_scans_are_counted():
    assert probe(scans(64), Limits()) == "JPEG"
    with pytest.raises(ImageTooLarge, match="64 scans"):
        probe(scans(65), Limits())


def test_what_looks_like_a_scan_after_the_end_does_not_count():
    assert probe(scans(1) + b"\xff\xda" * 1000, Limits()) == "JPEG"


def test_what_looks_like_a_scan_inside_a_segment_does_not_count():
    segment = b"\xff\xe2" + struct.pack(">H", 2 + 200) + b"\xff\xda" * 100
    assert probe(b"\xff\xd8" + segment + scans(3)[2:], Limits()) == "JPEG"


def test_a_damaged_jpeg_is_left_to_the_decoder():
    assert probe(b"\xff\xd8\xff\xe0\x00\x10junk" + b"\x00" * 50, Limits()) == "JPEG"
    assert probe(b"\xff\xd8\xff\xff\xff\xff\xda\x00\x02no end", Limits()) == "JPEG"


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b"", id="nothing more"),
        pytest.param(b"\xff\xd0\xff\x01\xff\xd9", id="markers that stand alone"),
        pytest.param(b"\xff\xda\x00\x02" + b"\x12" * 40, id="a scan without an end"),
        pytest.param(b"\x00" * 9, id="no marker at all"),
    ],
)
def test_the_count_ends_whatever_follows_a_header(tail):
    assert probe(b"\xff\xd8\xff\xe0\x00\x04xx" + tail, Limits()) == "JPEG"


def test_a_webp_of_a_future_kind_is_left_to_the_decoder():
    assert probe(b"RIFF\x00\x00\x00\x00WEBPVP9X", Limits()) == "WebP"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"VP8X\x0a\x00\x00\x00\x02\x00\x00\x00" + b"\xff\x3f\x00" * 2, id="extended"),
        pytest.param(
            b"VP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14) + b"\x00" * 8, id="lossless"
        ),
        pytest.param(b"VP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383), id="lossy"),
    ],
)
def test_a_webp_canvas_is_refused_before_it_is_allocated(data):
    with pytest.raises(ImageTooLarge, match=r"limits\.pixels"):
        probe(b"RIFF\x00\x00\x00\x00WEBP" + data, Limits())


def test_every_format_that_is_read_can_be_switched_off():
    assert tuple(map(setting_of, READABLE)) == INPUT_FORMATS


def test_a_format_that_is_switched_off_is_refused_by_name_before_its_structure_is_checked():
    with pytest.raises(UnsupportedImage) as refused:
        probe(b"II*\0", Limits(), formats=("png", "jpeg"))
    assert str(refused.value) == "TIFF is switched off here (formats in pipeline.yaml); accepted: JPEG, PNG"
    with pytest.raises(UnsupportedImage, match="accepted: none"):
        probe(scans(1), Limits(), formats=())


def test_a_format_that_is_switched_off_is_not_opened():
    data = saved(gradient(), "BMP")
    with opened(data, Limits()) as source:
        assert source.format == "BMP"
    with pytest.raises(UnsupportedImage, match="BMP is switched off"), opened(data, Limits(), formats=("png",)):
        pass
