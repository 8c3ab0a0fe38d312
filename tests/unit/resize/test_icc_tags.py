"""The colour codes in an ICC profile, which count more than its curves, and the profiles that have none."""

import struct

import pytest
from kit import icc
from kit.pictures import saved
from PIL import Image

from services.resize.colour_codes import of_png
from services.resize.formats.opener import opened
from services.resize.icc_tags import encoding_of
from services.resize.settings import Limits

PROFILE = icc.matrix_profile(icc.ADOBE_RGB)


def with_codes(primaries, transfer, matrix=0, full=1, *, profile=PROFILE, cut=0):
    """A profile with a tag cicp in place of its last tag."""
    tag = b"cicp\0\0\0\0" + bytes([primaries, transfer, matrix, full])
    count = int.from_bytes(profile[128:132], "big")
    at = 132 + 12 * (count - 1)
    entry = b"cicp" + struct.pack(">2I", len(profile), len(tag))
    made = profile[:at] + entry + profile[at + 12 :] + tag
    made = made[: len(made) - cut]
    return struct.pack(">I", len(made)) + made[4:]


@pytest.mark.parametrize("codes", [(9, 16), (9, 18), (12, 16), (1, 13), (12, 13)])
def test_codes_are_read_as_those_of_a_png(codes):
    assert encoding_of(with_codes(*codes)) == of_png(*codes)


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(PROFILE, id="none"),
        pytest.param(with_codes(9, 16, matrix=9), id="of YCbCr"),
        pytest.param(with_codes(9, 16, full=0), id="limited range"),
        pytest.param(with_codes(2, 2), id="unspecified"),
        pytest.param(with_codes(9, 16, cut=1), id="cut off"),
        pytest.param(with_codes(9, 16, profile=icc.grey_profile(1.8)), id="grey"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff" * 132, id="not a profile"),
    ],
)
def test_a_profile_without_codes_of_rgb_has_no_encoding(profile):
    assert encoding_of(profile) is None


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_picture_is_what_its_profile_s_codes_say(form):
    data = saved(Image.new("RGB", (16, 16), (128, 128, 128)), form, icc_profile=with_codes(9, 16))
    with opened(data, Limits()) as source:
        assert source.encoding == of_png(9, 16)
        assert source.warnings == ("HDR (PQ) was tone-mapped to SDR",)
