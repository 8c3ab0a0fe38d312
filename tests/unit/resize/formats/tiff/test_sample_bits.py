"""Samples whose bits are not a multiple of eight give the levels that they represent."""

import pytest
from kit import tiffs
from kit.tiff_pixels import COLOURS, GREYS, H, W, colours, flat, greys, near
from kit.tiffs import directory, packed_bits


@pytest.mark.parametrize("bits", [2, 3, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("order", "<>")
def test_packed_bits(order, bits):
    full = 2**bits - 1
    values = [round(value * full / 255) for value in GREYS]
    page = directory(W, H, 1, 1, [packed_bits(values, bits, W)], bits=bits)
    near(greys(tiffs.file(page, order=order)), [value * 255 / full for value in values], within=1)


@pytest.mark.parametrize("bits", [2, 4, 10, 12])
def test_packed_bits_of_colours(bits):
    full = 2**bits - 1
    values = [round(value * full / 255) for value in flat(COLOURS)]
    near([*flat(colours(tiffs.file(directory(W, H, 3, 2, [packed_bits(values, bits, 3 * W)], bits=bits))))],
         [value * 255 / full for value in values])  # fmt: skip
