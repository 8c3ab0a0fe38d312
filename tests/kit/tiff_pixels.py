"""A small TIFF of known pixels, and how it looks."""

import pytest
from kit import tiffs
from kit.tiffs import directory

from services.resize.colour import to_srgb, workable
from services.resize.downscale import upright
from services.resize.formats.opener import opened
from services.resize.settings import Limits

# Two rows of three pixels, each with a different value.
W, H = 3, 2

GREYS = (0, 255, 80, 200, 30, 128)

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 100, 50))

ALPHAS = (255, 255, 128, 128, 255, 64)

CODES = {8: "B", 16: "H", 32: "I", 64: "Q"}


def seen(data):
    """The picture as people see it: upright, in sRGB, at its own size."""
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return upright(to_srgb(workable(frame.image, source.bits), source.icc_profile), source.orientation)


def greys(data):
    return list(seen(data).convert("L").tobytes())


def colours(data):
    return [tuple(pixel) for pixel in zip(*[iter(seen(data).convert("RGB").tobytes())] * 3, strict=True)]


def near(got, wanted, within=2):
    flat = [value for each in got for value in (each if isinstance(each, tuple) else (each,))]
    want = [value for each in wanted for value in (each if isinstance(each, tuple) else (each,))]
    assert flat == pytest.approx(want, abs=within)


def words(values, bits=16, order="<"):
    """8-bit values as samples that use all of this many bits."""
    full = 2**bits - 1
    return b"".join((value * full // 255).to_bytes(bits // 8, "little" if order == "<" else "big") for value in values)


def grey_of(values, photometric=1, *, bits=16, order="<", big=False, **tags):
    return tiffs.file(
        directory(W, H, 1, photometric, [words(values, bits, order)], bits=bits, **tags), order=order, big=big
    )


def flat(pixels):
    return [value for pixel in pixels for value in pixel]
