"""Colours without a profile are computed as their standards define: compared with independently computed numbers."""

import io
from itertools import pairwise

import pytest
from kit import icc
from PIL import Image, ImageCms

from services.resize.colour import to_srgb
from services.resize.colour_codes import (
    BT_709,
    BT_2020,
    HLG,
    PQ,
    SRGB,
    Curve,
    apply,
    between,
    encoded,
    matrix_profile,
    of_heif,
    of_png,
    to_xyz,
)

P3 = of_heif(12, 13)


def test_primaries_become_the_matrices_of_their_standards():
    # IEC 61966-2-1 and ITU-R BT.2087-0, table 4
    assert to_xyz(BT_709)[1] == pytest.approx((0.2126, 0.7152, 0.0722), abs=1e-4)
    assert to_xyz(BT_2020)[1] == pytest.approx((0.2627, 0.6780, 0.0593), abs=1e-4)
    for row, expected in zip(
        between(BT_709, BT_2020),
        ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956)),
        strict=True,
    ):
        assert row == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("primaries", [4, 8, 9, 11, 12])
def test_white_stays_white_in_all_primaries(primaries):
    assert apply(between(of_heif(primaries, 13).primaries, BT_709), (1, 1, 1)) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize("code", [4, 5, 7, 8, 13, 17])
def test_curves_rise_from_black_to_white_without_a_step(code):
    curve = of_png(1, code).transfer
    lights = [curve.light(value / 1000) for value in range(1001)]
    assert lights[0] == 0
    assert lights[-1] == pytest.approx(1.0 if code != 17 else 52.37 / 48)
    assert all(0 <= after - before < 0.01 for before, after in pairwise(lights))


def test_srgb_and_back():
    assert [255 * encoded(SRGB.light(value / 255)) for value in range(256)] == pytest.approx(list(range(256)), abs=0.01)


@pytest.mark.parametrize("codes", [(1, 13), (2, 2), (1, 1), (1, 6), (1, 14), (2, 13), (99, 200)])
def test_codes_that_mean_srgb_or_nothing_change_nothing(codes):
    assert of_heif(*codes) is None


def test_codes_name_the_high_dynamic_ranges():
    assert (of_heif(9, 16).transfer, of_heif(9, 18).transfer) == (PQ, HLG)
    assert (of_heif(2, 16).primaries, of_heif(9, 16).primaries) == (BT_709, BT_2020)
    assert [of_heif(*codes).hdr for codes in ((9, 16), (9, 18), (9, 14), (1, 4))] == ["PQ", "HLG", "", ""]
    assert of_heif(9, 16).warnings == ("HDR (PQ) was tone-mapped to SDR",)
    assert of_heif(12, 13).warnings == ()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_display_p3_by_codes_equals_display_p3_by_profile(mode):
    colour = (200, 100, 50)
    image = Image.new(mode, (1, 1), (*colour, 77)[: len(mode)])
    red, green, blue = (
        icc.encoded(light) for light in apply(between(P3.primaries, BT_709), map(SRGB.light, parts(colour)))
    )
    shown = to_srgb(image, None, P3).getpixel((0, 0))
    assert shown[:3] == pytest.approx((red, green, blue), abs=1)
    assert shown[3:] == (77,)[: len(mode) - 3]


def parts(colour):
    return tuple(value / 255 for value in colour)


def test_lcms_accepts_the_profile():
    profile = ImageCms.ImageCmsProfile(io.BytesIO(matrix_profile(P3))).profile
    assert (profile.version, profile.xcolor_space.strip(), profile.connection_space.strip()) == (4.4, "RGB", "XYZ")
    assert ImageCms.isIntentSupported(profile, ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Direction.INPUT) == 1


def test_a_profile_needs_a_curve():
    with pytest.raises(TypeError, match="PQ"):
        matrix_profile(of_heif(9, 16))


def test_an_encoding_overrides_a_profile_and_is_ignored_for_inks():
    image = Image.new("RGB", (1, 1), (200, 100, 50))
    both = to_srgb(image, icc.matrix_profile(icc.ADOBE_RGB), P3)
    assert both.tobytes() == to_srgb(image, None, P3).tobytes()
    inks = Image.new("CMYK", (1, 1), (20, 30, 40, 50))
    assert to_srgb(inks, None, P3) is inks


def test_a_gamma_makes_grey_lighter_or_darker():
    ramp = Image.frombytes("L", (3, 1), bytes((0, 128, 255)))
    assert list(to_srgb(ramp, None, of_heif(1, 8)).tobytes()) == [0, 188, 255]
    assert of_heif(1, 8).transfer == Curve(1.0)
