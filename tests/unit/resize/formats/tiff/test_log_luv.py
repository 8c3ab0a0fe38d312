"""LogL and LogLuv give the luminance and the colours that their logarithms represent."""

import struct

import pytest
from kit import tiffs
from kit.tiff_pixels import colours, greys, near
from kit.tiffs import directory

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooSlow, UnreadableImage, UnsupportedImage

# A luminance of 1/4, whose root is 1/2; 0; one above white; a negative one; and 1/16.
LIGHTS_16 = (62 * 256, 0, 70 * 256, 0x8000 | 62 * 256, 60 * 256)
LIGHTS_10 = (10 * 64, 0, 14 * 64, 0, 8 * 64)
LEVELS = (128, 0, 255, 0, 64)
# u' and v' of equal energy, and of the red, green and blue of ITU-R BT.709, in steps of 1/410.
WHITE, RED, GREEN, BLUE = (86, 194), (184, 214), (51, 230), (72, 64)


def in_runs(row):
    """Bytes as a run of two to 129 where all are equal, otherwise as literals."""
    return bytes([128 + len(row) - 2, row[0]]) if len(set(row)) == 1 and len(row) > 1 else bytes([len(row), *row])


def planes(rows):
    """Samples of rows, with their bytes packed in separate planes."""
    return b"".join(in_runs(plane) for row in rows for plane in zip(*row, strict=True))


def log_l(*rows, **tags):
    part = planes([[struct.pack(">H", light) for light in row] for row in rows])
    return directory(len(rows[0]), len(rows), 1, 32844, [part], bits=16, compression=34676, t339=(3, [2]), **tags)


def log_luv(pixels, **tags):
    part = planes([[struct.pack(">HBB", *pixel) for pixel in pixels]])
    return directory(len(pixels), 1, 3, 32845, [part], bits=16, compression=34676, t339=(3, [2] * 3), **tags)


def log_luv_24(codes):
    part = b"".join((light << 14 | colour).to_bytes(3, "big") for light, colour in codes)
    return directory(len(codes), 1, 3, 32845, [part], bits=16, compression=34677, t339=(3, [2] * 3))


@pytest.mark.parametrize("order", "<>")
def test_levels_are_the_root_of_the_luminance(order):
    data = tiffs.file(log_l(LIGHTS_16, LIGHTS_16[::-1], LIGHTS_16[:1] * 5), order=order)
    near(greys(data), LEVELS + LEVELS[::-1] + LEVELS[:1] * 5, within=1)


def test_colours_of_two_bytes():
    got = colours(tiffs.file(log_luv([(64 * 256, *chroma) for chroma in (WHITE, RED, GREEN, BLUE)])))
    # One step of a byte changes the root of a pure colour by 12 levels.
    near(got[:1], [(255, 255, 255)], within=8)
    assert [max(range(3), key=pixel.__getitem__) for pixel in got[1:]] == [0, 1, 2]
    assert all(min(pixel) < 40 for pixel in got[1:])


def test_colours_of_14_bit_codes():
    # As tiff2rgba 4.5 shows them at a luminance of 1/16. Code 16288 is the last one that is a colour.
    seen = {0: (255, 0, 255), 2000: (72, 0, 220), 7000: (114, 0, 115), 12000: (133, 0, 54), 16288: (0, 81, 0)}
    beyond = dict.fromkeys((16289, 16383), (64, 64, 64))
    codes = [(8 * 64, code) for code in (seen | beyond)]
    near(colours(tiffs.file(log_luv_24(codes))), (seen | beyond).values(), within=1)


def test_luminance_of_ten_bits():
    near(greys(tiffs.file(log_luv_24([(light, 16383) for light in LIGHTS_10]))), LEVELS, within=1)


def test_tiles_that_extend_beyond_the_edge():
    tiles = [planes([[struct.pack(">H", light)] * 16] * 16) for light in LIGHTS_16[:4]]
    page = directory(20, 18, 1, 32844, tiles, bits=16, compression=34676, tile=16, t339=(3, [2]))
    got = greys(tiffs.file(page))
    near((got[0], got[19], got[17 * 20], got[-1]), (128, 0, 255, 0), within=1)


def test_tiles_of_ten_bit_luminance_that_extend_beyond_the_edge():
    rows = [[light] * 4 + [LIGHTS_10[0]] * 12 for light in LIGHTS_10[:4]]
    tiles = [b"".join((light << 14 | 16383).to_bytes(3, "big") for light in row) * 16 for row in rows]
    page = directory(20, 18, 3, 32845, tiles, bits=16, compression=34677, tile=16, t339=(3, [2] * 3))
    got = greys(tiffs.file(page))
    near((got[0], got[19], got[17 * 20], got[-1]), (128, 0, 255, 0), within=1)


def test_a_run_ends_with_its_row():
    high, low = bytes([255, 62]), bytes([129, 0])
    page = directory(3, 2, 1, 32844, [(high + low) * 2], bits=16, compression=34676, t339=(3, [2]))
    near(greys(tiffs.file(page)), (128,) * 6, within=1)


@pytest.mark.parametrize("page", [log_l(LIGHTS_16), log_luv([(64 * 256, *RED)] * 9), log_luv_24([(8, 8)] * 9)])
def test_truncated_rows_are_refused(page):
    tags, (part,), *rest = page
    cut = tiffs.file((tags, [part[:-1]], *rest))
    with pytest.raises(UnreadableImage, match="truncated"), opened(cut, Limits()) as source:
        list(source.frames())


def test_logarithms_in_another_compression_are_named():
    page = directory(1, 1, 3, 32845, [bytes(6)], bits=16, t339=(3, [2] * 3))
    with (
        pytest.raises(UnsupportedImage, match=r"LogLuv.*compression none"),
        opened(tiffs.file(page), Limits()) as source,
    ):
        list(source.frames())


def test_the_deadline_ends_many_rows():
    now = iter(range(100))
    page = directory(1 << 9, 1 << 14, 1, 32844, [b"\xff\0" * (4 << 15)], bits=16, compression=34676, t339=(3, [2]))
    deadline = Deadline(8, lambda: float(next(now)))
    with pytest.raises(ImageTooSlow), opened(tiffs.file(page), Limits(), deadline) as source:
        list(source.frames())
