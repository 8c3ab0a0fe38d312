"""Channels of grey, RGB, CMYK and Lab give the colours that they were made from."""

import struct

import pytest
from kit import tiffs
from kit.tiff_pixels import ALPHAS, CODES, COLOURS, GREYS, H, W, colours, flat, grey_of, greys, near, seen, words
from kit.tiffs import deflated, directory

from services.resize.formats.opener import opened
from services.resize.settings import Limits


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [8, 16, 24, 32, 64])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("photometric", [0, 1])
def test_grey_of_any_depth_order_and_meaning(photometric, big, bits, order):
    values = [255 - value for value in GREYS] if photometric == 0 else GREYS
    near(greys(grey_of(values, photometric, bits=bits, order=order, big=big)), GREYS)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("pack", [1, 8])
def test_colours_of_any_depth_order_and_arrangement(pack, planar, bits, order):
    planes = [[each[channel] for each in COLOURS] for channel in range(3)] if planar == 2 else [flat(COLOURS)]
    parts = [words(plane, bits, order) for plane in planes]
    parts = [deflated(part) for part in parts] if pack == 8 else parts
    page = directory(W, H, 3, 2, parts, bits=bits, compression=pack, t284=(3, [planar]))
    near(colours(tiffs.file(page, order=order)), COLOURS)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("associated", [False, True])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_alpha(channels, planar, associated, bits):
    pixels = [
        (*((value * alpha + 127) // 255 if associated else value for value in colour[:channels]), alpha)
        for colour, alpha in zip(COLOURS, ALPHAS, strict=True)
    ]
    planes = [[each[at] for each in pixels] for at in range(channels + 1)] if planar == 2 else [flat(pixels)]
    page = directory(
        W, H, channels + 1, 2 if channels == 3 else 1, [words(plane, bits) for plane in planes], bits=bits,
        t284=(3, [planar]), t338=(3, [1 if associated else 2]),
    )  # fmt: skip
    image = seen(tiffs.file(page))
    assert image.mode == "RGBA"
    assert list(image.getchannel("A").tobytes()) == list(ALPHAS)
    wanted = [colour if channels == 3 else (colour[0],) * 3 for colour in COLOURS]
    near(
        flat([tuple(p) for p in zip(*[iter(image.convert("RGB").tobytes())] * 3, strict=True)]), flat(wanted), within=4
    )


def test_a_channel_that_is_not_alpha_hides_nothing():
    page = directory(W, H, 4, 2, [flat((*colour, 0) for colour in COLOURS)], t338=(3, [0]))
    assert seen(tiffs.file(page)).mode == "RGB"


@pytest.mark.parametrize(("extra", "mode"), [([0], "RGB"), ([2], "RGBA"), ([0, 0], "RGB")])
@pytest.mark.parametrize("bits", [8, 16])
def test_inks_with_more_channels(bits, extra, mode):
    inks = [(*(255 - value for value in colour), 0, *[128] * len(extra)) for colour in COLOURS]
    page = directory(W, H, 4 + len(extra), 5, [words(flat(inks), bits)], bits=bits, t338=(3, extra))
    with opened(tiffs.file(page), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.mode == ("CMYK" if mode == "RGB" else "RGBA")
        near(flat(zip(*[iter(frame.image.convert("RGB").tobytes())] * 3, strict=True)), flat(COLOURS))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [8, 9])
@pytest.mark.parametrize("order", "<>")
def test_lab(order, photometric, bits):
    # L*a*b* of sRGB's red and of white, rounded: 54.3, 80.8, 69.9 (D50).
    signed = photometric == 8
    light, a, b = (54.3, 80.8, 69.9)
    unit, middle = (1, 0 if signed else 128) if bits == 8 else (256, 0 if signed else 32768)
    full = 65280 if (photometric, bits) == (9, 16) else 2**bits - 1
    red = (round(light / 100 * full), round(a * unit + middle), round(b * unit + middle))
    white = (full, middle, middle)
    part = struct.pack(f"{order}6{CODES[bits]}", *red, *white)
    got = colours(tiffs.file(directory(2, 1, 3, photometric, [part], bits=bits), order=order))
    near(got, [(255, 0, 0), (255, 255, 255)], within=9)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [8, 9])
@pytest.mark.parametrize("order", "<>")
def test_the_alpha_of_lab_is_unsigned(order, photometric, bits):
    middle = (0 if photometric == 8 else 1) << (bits - 1)
    full = 2**bits - 1
    pixels = [(full, middle, middle, alpha) for alpha in (0, full // 2, full)]
    part = struct.pack(f"{order}12{CODES[bits]}", *flat(pixels))
    page = directory(3, 1, 4, photometric, [part], bits=bits, t338=(3, [2]))
    image = seen(tiffs.file(page, order=order))
    assert list(image.getchannel("A").tobytes()) == [0, 127, 255]
    near(image.convert("RGB").tobytes()[:3], (255, 255, 255), within=2)


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("photometric", [8, 9])
@pytest.mark.parametrize("order", "<>")
def test_lab_in_floating_point_has_the_units_of_cie(order, photometric, bits):
    """As libvips 8.18 writes it."""
    red, green, grey = (54.3, 80.8, 69.9), (59.6, -37, 29), (53.6, 0, 0)
    code = {16: "e", 32: "f", 64: "d"}[bits]
    part = struct.pack(f"{order}9{code}", *red, *green, *grey)
    page = directory(3, 1, 3, photometric, [part], bits=bits, t339=(3, [3] * 3))
    near(colours(tiffs.file(page, order=order)), [(255, 0, 0), (80, 160, 90), (128, 128, 128)], within=6)


def test_the_lightness_of_lab_alone_is_in_floating_point_too():
    page = directory(3, 1, 1, 8, [struct.pack("<3f", 0, 53.6, 100)], bits=32, t339=(3, [3]))
    near(greys(tiffs.file(page)), (0, 128, 255))


def test_lab_in_floating_point_may_be_fractions_of_one():
    """As ImageMagick 6.9 writes it."""
    part = struct.pack("<6f", 138 / 255, 81 / 255, 70 / 255, 1, 0, 0)
    page = directory(2, 1, 3, 8, [part], bits=32, t339=(3, [3] * 3))
    near(colours(tiffs.file(page)), [(255, 0, 0), (255, 255, 255)], within=9)
