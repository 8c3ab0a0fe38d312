"""Chunks of a PNG mean what they mean in Chromium 156, in which the expected values were measured."""

import struct
import zlib
from dataclasses import replace

import pytest
from kit import icc
from kit.pictures import png, saved
from PIL import Image

from services.resize.colour_codes import BT_709, HLG, PQ, Curve
from services.resize.formats.png_facts import facts_of
from services.resize.settings import Rendition, Settings
from services.resize.step import render

EXIF_6 = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
SRGB = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def picture(*greys, colours=(), **chunks):
    """A row of 16-bit pixels: greys, then colours, of 0 to 255."""
    pixels = [(grey, grey, grey) for grey in greys] + list(colours)
    data = b"".join(struct.pack(">3H", *(value * 257 for value in pixel)) for pixel in pixels)
    return png((len(pixels), 1), 16, 2, data, **chunks)


def shown(data):
    made = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=8192, height=8192),)))
    image = made.renditions[0].frames[0].convert("RGB")
    return [image.getpixel((x, 0)) for x in range(image.width)]


def greys(data):
    return [red for red, _, _ in shown(data)]


RAMP = (16, 64, 128, 148, 192, 220, 255)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({"gAMA": struct.pack(">I", 100_000)}, (71, 137, 188, 200, 225, 239, 255)),
        ({"gAMA": struct.pack(">I", 55_556)}, (20, 81, 146, 165, 203, 227, 255)),
        ({"gAMA": struct.pack(">I", 35_000)}, (1, 38, 104, 127, 178, 212, 255)),
        ({"gAMA": struct.pack(">I", 45_455)}, RAMP),
        ({"gAMA": struct.pack(">I", 45_000)}, RAMP),
        ({"gAMA": bytes(4)}, RAMP),
        ({"gAMA": struct.pack(">I", 100_000), "sRGB": b"\0"}, RAMP),
        ({"cICP": bytes((1, 4, 0, 1))}, (7, 62, 129, 149, 193, 221, 255)),
        ({"cICP": bytes((1, 8, 0, 1))}, (71, 137, 188, 200, 225, 239, 255)),
        ({"cICP": bytes((1, 13, 0, 0))}, RAMP),
        ({"cICP": bytes((9, 16, 0, 0))}, RAMP),
        ({"cICP": bytes((2, 16, 0, 1))}, RAMP),
        ({"cICP": bytes((1, 9, 0, 1))}, RAMP),
        ({"cICP": bytes((1, 13, 0, 1)), "gAMA": struct.pack(">I", 100_000)}, RAMP),
        ({"cICP": bytes((9, 16, 0, 1))}, (1, 30, 132, 187, 255, 255, 255)),
        ({"cICP": bytes((9, 18, 0, 1))}, (3, 43, 99, 120, 189, 224, 255)),
    ],
)
def test_greys_are_shown_as_in_a_browser(chunks, expected):
    assert greys(picture(*RAMP, **chunks)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({"cHRM": P3, "gAMA": struct.pack(">I", 45_455)}, (213, 65, 3)),
        ({"cHRM": SRGB, "gAMA": struct.pack(">I", 45_455)}, (196, 77, 34)),
        ({"cHRM": P3}, (195, 78, 39)),
        ({"cHRM": P3, "gAMA": struct.pack(">I", 45_455), "sRGB": b"\0"}, (195, 78, 39)),
        ({"cICP": bytes((12, 13, 0, 1)), "sRGB": b"\0"}, (211, 67, 17)),
    ],
)
def test_colours_are_shown_as_in_a_browser(chunks, expected):
    assert shown(picture(colours=[(195, 78, 39)], **chunks))[0] == pytest.approx(expected, abs=1)


def test_grey_pictures_follow_their_gamma_and_stay_grey():
    data = png((len(RAMP), 1), 8, 0, bytes(RAMP), gAMA=struct.pack(">I", 100_000))
    made = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=64, height=64),)))
    image = made.renditions[0].frames[0]
    assert image.mode == "L"
    assert list(image.tobytes()) == pytest.approx([71, 137, 188, 200, 225, 239, 255], abs=1)


def test_codes_take_precedence_over_a_profile_and_a_profile_over_a_gamma():
    profile = {"iCCP": b"x\0\0" + zlib.compress(icc.matrix_profile(icc.DISPLAY_P3))}
    colour = (195, 78, 39)
    both = picture(colours=[colour], cICP=bytes((1, 13, 0, 1)), **profile)
    assert shown(both)[0] == pytest.approx(colour, abs=1)
    assert shown(picture(colours=[colour], gAMA=struct.pack(">I", 100_000), **profile))[0] == pytest.approx(
        icc.srgb_of(colour, icc.DISPLAY_P3), abs=1
    )


def facts(**chunks):
    return facts_of(picture(0, **chunks), has_profile=False)


def light(nits):
    return struct.pack(">II", nits * 10_000, 0)


def screen(nits):
    return bytes(16) + struct.pack(">II", nits * 10_000, 1)


@pytest.mark.parametrize(
    ("chunks", "peak_nits"),
    [
        ({}, 1000),
        ({"cLLI": light(0)}, 1000),
        ({"cLLI": light(400)}, 400),
        ({"mDCV": screen(4000)}, 4000),
        ({"cLLI": light(400), "mDCV": screen(4000)}, 400),
        ({"cLLI": light(0), "mDCV": screen(4000)}, 4000),
        ({"cLLI": b"\1\2"}, 1000),
    ],
)
def test_the_peak_is_that_of_the_picture_or_else_of_its_display(chunks, peak_nits):
    encoding = facts(cICP=bytes((9, 18, 0, 1)), **chunks).encoding
    assert (encoding.transfer, encoding.peak_nits) == (HLG, peak_nits)


def test_only_a_stated_peak_of_the_picture_is_passed_on():
    """Not that of the display on which it was made."""
    screen = struct.pack(">8H2I", *[0] * 8, 40_000_000, 1)
    light = struct.pack(">2I", 6_000_000, 1)
    codes = bytes((9, 16, 0, 1))
    assert facts(cICP=codes, mDCV=screen).encoding.max_cll == 0
    assert facts(cICP=codes, mDCV=screen, cLLI=light).encoding.max_cll == 600


def test_high_dynamic_range_is_reported():
    assert facts(cICP=bytes((9, 16, 0, 1))).encoding.transfer == PQ
    data = picture(0, cICP=bytes((9, 16, 0, 1)))
    settings = Settings(work_bucket="w", renditions=(Rendition(name="x", width=8, height=8),))
    assert render(data, settings).warnings == ("HDR (PQ) was tone-mapped to SDR",)
    kept = render(data, replace(settings, hdr="keep")).warnings
    assert kept == ("HDR (PQ) was tone-mapped to SDR: hdr: keep keeps it in AVIF outputs, with `extras: [avif10]`",)


@pytest.mark.parametrize("bad", [bytes(32), struct.pack(">8I", *[33_000] * 8), b"\xff" * 32, b"short"])
def test_invalid_chromaticities_are_harmless(bad):
    encoding = facts(gAMA=struct.pack(">I", 100_000), cHRM=bad).encoding
    assert encoding is None or encoding.primaries == BT_709
    if len(bad) == len(P3):
        assert len(shown(picture(9, gAMA=struct.pack(">I", 1), cHRM=bad))) == 1


def test_a_chunk_with_a_wrong_checksum_is_ignored():
    data = bytearray(picture(0, gAMA=struct.pack(">I", 100_000)))
    assert facts_of(bytes(data), has_profile=False).encoding.transfer == Curve(1.0)
    data[data.index(b"gAMA") + 8] ^= 1
    assert facts_of(bytes(data), has_profile=False).encoding is None


def test_exif_rotates_only_where_it_comes_before_the_pixels():
    assert facts(eXIf=EXIF_6).orientation == 6
    image = saved(Image.new("RGB", (8, 4)), "PNG")
    after = struct.pack(">I4s", len(EXIF_6), b"eXIf") + EXIF_6 + struct.pack(">I", zlib.crc32(b"eXIf" + EXIF_6))
    assert facts_of(image[:-12] + after + image[-12:], has_profile=False).orientation == 1


@pytest.mark.parametrize("length", range(0, 80, 3))
def test_a_file_truncated_anywhere_is_read_as_far_as_possible(length):
    assert facts_of(picture(0, gAMA=struct.pack(">I", 100_000))[:length], has_profile=False).orientation == 1
