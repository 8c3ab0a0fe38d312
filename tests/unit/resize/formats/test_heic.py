"""HEIC of kinds that no encoder here writes."""

import base64
import struct
import zlib

import pytest
from kit.heif import Heif, hvcc

from services.resize.formats.heic import _first_of
from services.resize.formats.heif_facts import HeifFacts, Sequence
from services.resize.formats.opener import opened
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.errors import UnreadableImage

# 96 x 64 px, grey quarters of 30, 210, 110 and 160 as 10-bit HEVC, encoded from numbers with x265.
GREY_10 = (
    "c-muNV30{GsVvAy&8%Pmg51nBLl8SRGck>UfzdxVwIq=N0u(b+a*CjAhJwuG5(YG&l$n#C3}U!AFfalk5HJ=)Xdv(eV&%-tyfiQmBq|Ezq%u"
    "Ky8D+_aASPcyW=Sqw$@$EJq5>ejA+sPkA4nGil{quAZ~&Qee}ELpePH<W=hrU=27cxQpbl{dMjpoh|3M0v!77-6N_H_hBm(8sofsKWB@P^75"
    "l-DT$t!y{6G*@aL@)^?0oAg*Fdi)0pyU9wK{z=-rzkHurvfO<%fQwE6cWiSE=YxXD*=cdAnvZn1Us7xNQh?^<if%Y7!)jxOw24mW?*hgA}H8"
    "gH5k_kA9!r;vgZH)?{b^tBjSIWyY6Y`Z4>@?qS0XOx~DVGFRwm#&%?2H`R_otR*C)p9D*WttzTc(m6_k&f0*&l*L~4b8vy@HXA}"
)
PLACES = ((20, 15), (70, 15), (20, 50), (70, 50))


def grey_10(codes=None):
    data = bytearray(zlib.decompress(base64.b85decode(GREY_10)))
    if codes is not None:
        struct.pack_into(">HH", data, data.index(b"colrnclx") + 8, *codes)
    return bytes(data)


def shown(data):
    made = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=8192, height=8192),)))
    image = made.renditions[0].frames[0]
    assert (image.mode, image.size) == ("L", (96, 64))
    return [image.getpixel(place) for place in PLACES], made.warnings


def test_grey_of_10_bits_is_scaled_and_not_clipped():
    greys, warnings = shown(grey_10())
    assert greys == pytest.approx([30, 210, 110, 160], abs=3)
    assert warnings == ()


def test_grey_of_10_bits_follows_its_colour_codes():
    # What Chromium 156 shows for these codes: PQ, and a linear signal.
    greys, warnings = shown(grey_10((9, 16)))
    assert greys == pytest.approx([4, 255, 93, 210], abs=4)
    assert warnings == ("HDR (PQ) was tone-mapped to SDR",)
    greys, _ = shown(grey_10((1, 8)))
    assert greys == pytest.approx([96, 233, 175, 206], abs=4)


def test_the_decoder_has_already_rotated_it():
    with opened(grey_10(), Limits()) as source:
        assert (source.orientation, source.size) == (1, (96, 64))


def track(samples):
    return Sequence(codec="hvc1", size=(8, 8), samples=samples, timescale=10, duration_ticks=10, plays=None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"images": 1}, (), id="a still"),
        pytest.param({"images": 3}, ("first of 3 pictures",), id="a burst"),
        pytest.param(
            {"images": 1, "sequence": track(8)}, ("the still picture of a sequence of 8 frames",), id="moving"
        ),
        pytest.param({"images": 1, "sequence": track(1)}, (), id="a track of one frame"),
    ],
)
def test_a_choice_among_pictures_is_reported(facts, expected):
    assert _first_of(HeifFacts(brands=("heic",), **facts)) == expected


def test_the_major_brand_of_2022_is_opened():
    data = grey_10()
    with opened(data[:8] + b"mif2" + data[12:], Limits()) as source:
        assert source.size == (96, 64)


def test_a_picture_without_a_size_is_damaged():
    data = Heif().item(1, b"hvc1", hvcc()).bytes()
    with pytest.raises(UnreadableImage, match="has no size"), opened(data, Limits()):
        pass
