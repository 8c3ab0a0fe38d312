"""A palette gives its colours, from 8-bit and from 16-bit entries."""

import pytest
from kit import tiffs
from kit.tiff_pixels import COLOURS, H, W, colours
from kit.tiffs import directory, packed_bits


@pytest.mark.parametrize("times", [1, 257])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_palette_with_entries_of_either_size(bits, times):
    table = [colour[channel] * times for channel in range(3) for colour in (*COLOURS, *[(0, 0, 0)] * 250)[: 2**bits]]
    indices = [at % 2**bits for at in range(6)]
    page = directory(W, H, 1, 3, [packed_bits(indices, bits, W)], bits=bits, t320=(3, table))
    assert colours(tiffs.file(page)) == [COLOURS[index] for index in indices]
