"""Black and white are guessed as people expect them where no tag defines them."""

import struct

import pytest
from kit import tiffs
from kit.tiff_pixels import COLOURS, H, W, colours, flat, greys, near
from kit.tiffs import directory


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("code", "bits"), [("e", 16), ("f", 32), ("d", 64)])
def test_floating_point_colours(code, bits, order):
    part = struct.pack(f"{order}{3 * W * H}{code}", *(value / 255 for value in flat(COLOURS)))
    near(colours(tiffs.file(directory(W, H, 3, 2, [part], bits=bits, t339=(3, [3] * 3)), order=order)), COLOURS)


def test_light_above_white_is_white_and_darkens_nothing():
    values = [value / 255 for value in flat(COLOURS)]
    values[0] = 10.0
    part = struct.pack(f"<{len(values)}f", *(min(value, 0.4) if value <= 1 else value for value in values))
    got = colours(tiffs.file(directory(W, H, 3, 2, [part], bits=32, t339=(3, [3] * 3))))
    assert got[0][0] == 255
    assert got[1][1] == pytest.approx(102, abs=1)


def test_markers_of_missing_values_do_not_hide_the_others():
    values = (0.0, 100.0, 200.0, 1000.0, -3.4e38, float("nan"))
    page = directory(W, H, 1, 1, [struct.pack("<6f", *values)], bits=32, t339=(3, [3]))
    near(greys(tiffs.file(page))[:4], (0, 25, 51, 255))


def test_signed_numbers_below_zero_are_the_dark_half():
    part = struct.pack("<6h", -100, -50, 0, 50, 75, 100)
    page = directory(W, H, 1, 1, [part], bits=16, t339=(3, [2]))
    near(greys(tiffs.file(page)), (0, 64, 128, 191, 223, 255))


def test_plain_bytes_with_a_signed_tag_are_shown_as_bytes():
    stored = (100, 127, 128, 129, 200, 255)
    near(greys(tiffs.file(directory(W, H, 1, 1, [bytes(stored)], t339=(3, [2])))), stored, within=0)


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("planar", [1, 2])
def test_signed_bytes_below_zero_are_the_dark_half(photometric, planar):
    part = struct.pack("6b", -128, -20, -1, 0, 1, 127)
    shown = (0, 108, 127, 128, 129, 255)
    page = directory(W, H, 1, photometric, [part], t339=(3, [2]), t284=(3, [planar]))
    near(greys(tiffs.file(page)), shown if photometric else [255 - value for value in shown], within=0)


def test_colours_in_signed_bytes_have_one_meaning():
    part = struct.pack("18b", *(value for step in range(6) for value in (-128 + step, step - 3, 127)))
    page = directory(W, H, 3, 2, [part], t339=(3, [2] * 3))
    assert colours(tiffs.file(page)) == [(step, 125 + step, 255) for step in range(6)]
