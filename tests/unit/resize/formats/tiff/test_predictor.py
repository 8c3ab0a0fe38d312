"""Differences of every depth, order and number of channels are undone."""

import struct

import pytest
from kit import tiffs
from kit.tiff_pixels import ALPHAS, CODES, COLOURS, GREYS, H, W, colours, flat, greys, near, seen
from kit.tiffs import deflated, differences, directory


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("bits", "samples"), [(8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (16, 1), (16, 2), (16, 3), (16, 4), (32, 3)]
)
def test_differences_are_undone(samples, bits, order):
    photometric = 2 if samples > 2 else 1
    pixels = [
        (*colour[: 3 if samples > 2 else 1], *[alpha] * (samples - (3 if samples > 2 else 1)))
        for colour, alpha in zip(COLOURS, ALPHAS, strict=True)
    ]
    full = 2**bits - 1
    steps = differences([value * full // 255 for value in flat(pixels)], W, samples, bits)
    part = deflated(struct.pack(f"{order}{len(steps)}{CODES[bits]}", *steps))
    extra = {"t338": (3, [2, 0][: samples % 3 or 1])} if samples in {2, 4, 5} else {}
    data = tiffs.file(
        directory(W, H, samples, photometric, [part], bits=bits, compression=8, t317=(3, [2]), **extra), order=order
    )
    if extra:
        assert list(seen(data).getchannel("A").tobytes()) == list(ALPHAS)
    if samples > 2:
        near(colours(data), COLOURS)
    else:
        near(greys(data), [colour[0] for colour in COLOURS])


@pytest.mark.parametrize("order", "<>")
def test_differences_of_floating_point_numbers_are_undone(order):
    rows = b""
    for start in (0, W):
        line = struct.pack(f">{W}f", *(value / 255 for value in GREYS[start : start + W]))
        planes = b"".join(line[byte::4] for byte in range(4))
        rows += bytes((planes[at] - (planes[at - 1] if at else 0)) & 255 for at in range(len(planes)))
    page = directory(W, H, 1, 1, [deflated(rows)], bits=32, compression=8, t317=(3, [3]), t339=(3, [3]))
    near(greys(tiffs.file(page, order=order)), GREYS)
