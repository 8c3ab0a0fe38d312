"""PQ and HLG are shown as Chromium 156 shows them: the numbers are its screenshots of 16-bit PNG and of AVIF."""

import pytest
from PIL import Image

from services.resize.colour import to_srgb
from services.resize.colour_codes import of_png

# Codes of 0 to 255, and the bytes that Chromium shows for them.
CODES = (0, 16, 32, 64, 100, 128, 148, 170, 192, 220, 255)
PQ_SHOWN = (0, 1, 5, 30, 76, 132, 187, 229, 255, 255, 255)
HLG_SHOWN = (0, 3, 14, 43, 75, 99, 120, 150, 189, 224, 255)


def shown(encoding, *colours, mode="RGB"):
    image = Image.new(mode, (len(colours), 1))
    for x, colour in enumerate(colours):
        image.putpixel((x, 0), colour)
    image = to_srgb(image, None, encoding)
    return [image.getpixel((x, 0)) for x in range(image.width)]


@pytest.mark.parametrize(("transfer", "expected"), [(16, PQ_SHOWN), (18, HLG_SHOWN)])
@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_greys_come_out_as_in_a_browser_and_stay_grey(primaries, transfer, expected):
    encoding = of_png(primaries, transfer)
    colours = shown(encoding, *((code, code, code) for code in CODES))
    assert [green for _, green, _ in colours] == pytest.approx(expected, abs=1)
    assert all(max(colour) - min(colour) <= 1 for colour in colours)
    assert shown(encoding, *CODES, mode="L") == pytest.approx(expected, abs=1)


# Codes of 0 to 255, and what Chromium shows for them with these primaries and this curve.
COLOURS = {
    (1, 16): [
        ((150, 40, 30), (194, 9, 4)),
        ((40, 110, 60), (9, 94, 26)),
        ((40, 60, 140), (9, 26, 163)),
        ((170, 150, 60), (244, 176, 22)),
        ((120, 90, 80), (114, 61, 48)),
        ((180, 60, 170), (255, 21, 232)),
        ((90, 140, 140), (61, 163, 163)),
        ((200, 180, 150), (255, 205, 125)),
    ],
    (9, 16): [
        ((150, 40, 30), (242, 0, 0)),
        ((40, 110, 60), (0, 100, 1)),
        ((40, 60, 140), (0, 22, 172)),
        ((170, 150, 60), (255, 155, 0)),
        ((120, 90, 80), (137, 50, 44)),
        ((180, 60, 170), (255, 0, 214)),
        ((90, 140, 140), (0, 171, 164)),
        ((200, 180, 150), (255, 175, 95)),
    ],
    (12, 16): [
        ((150, 40, 30), (212, 0, 0)),
        ((40, 110, 60), (0, 96, 8)),
        ((40, 60, 140), (4, 26, 170)),
        ((170, 150, 60), (251, 168, 0)),
        ((120, 90, 80), (122, 58, 44)),
        ((180, 60, 170), (255, 0, 227)),
        ((90, 140, 140), (0, 166, 165)),
        ((200, 180, 150), (255, 195, 104)),
    ],
    (1, 18): [
        ((150, 40, 30), (108, 26, 17)),
        ((40, 110, 60), (27, 81, 44)),
        ((40, 60, 140), (25, 40, 96)),
        ((170, 150, 60), (145, 123, 48)),
        ((120, 90, 80), (89, 67, 59)),
        ((180, 60, 170), (151, 46, 138)),
        ((90, 140, 140), (71, 110, 110)),
        ((200, 180, 150), (200, 168, 130)),
    ],
    (9, 18): [
        ((150, 40, 30), (137, 0, 9)),
        ((40, 110, 60), (0, 85, 37)),
        ((40, 60, 140), (0, 40, 100)),
        ((170, 150, 60), (161, 120, 23)),
        ((120, 90, 80), (101, 64, 58)),
        ((180, 60, 170), (185, 0, 145)),
        ((90, 140, 140), (8, 113, 110)),
        ((200, 180, 150), (218, 162, 122)),
    ],
}


@pytest.mark.parametrize("codes", COLOURS)
def test_colours_come_out_as_in_a_browser(codes):
    given, expected = zip(*COLOURS[codes], strict=True)
    for colour, right in zip(shown(of_png(*codes), *given), expected, strict=True):
        assert colour == pytest.approx(right, abs=6)


@pytest.mark.parametrize(
    ("peak_nits", "expected"),
    [(100, (2, 44, 181, 255, 255)), (400, (1, 39, 163, 229, 255)), (1000, (1, 30, 132, 187, 255))],
)
def test_the_peak_of_the_picture_determines_how_dark_its_white_is(peak_nits, expected):
    encoding = of_png(9, 16, peak_nits)
    assert shown(encoding, 16, 64, 128, 148, 192, mode="L") == pytest.approx(expected, abs=1)


def test_transparency_is_not_changed():
    encoding = of_png(9, 16)
    (colour,) = shown(encoding, (148, 148, 148, 77), mode="RGBA")
    assert colour == pytest.approx((187, 187, 187, 77), abs=1)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("peak_nits", [0.0001, 203, 204, 10_000, 429_496.7295])
def test_any_peak_keeps_the_order_of_greys(transfer, peak_nits):
    ramp = shown(of_png(9, transfer, peak_nits), *range(256), mode="L")
    assert ramp == sorted(ramp)
    assert ramp[0] == 0
