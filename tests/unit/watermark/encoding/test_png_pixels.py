"""A decoder reads every filter of rows back, and a trial on a part of the rows finds the best."""

import io
import itertools
import random
import struct

import pytest
from kit.pictures import gradient
from PIL import Image

from services.watermark.encoding import png_pixels
from services.watermark.encoding.png_chunks import png_of
from services.watermark.encoding.png_pixels import (
    MEDIUM,
    QUICK,
    SMALL,
    Filter,
    best_filter,
    compressed,
    likely_filter,
    packed,
)

_COLOUR_TYPES = {"L": 0, "RGB": 2, "RGBA": 6}


def noise(mode, size, seed=1):
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(seed).randbytes(size[0] * size[1] * bands))  # noqa: S311 - the same in every run


def decoded(image, body):
    """The pixels that a decoder reads."""
    head = struct.pack(">IIBBBBB", *image.size, 8, _COLOUR_TYPES[image.mode], 0, 0, 0)
    with Image.open(io.BytesIO(png_of([(b"IHDR", head), (b"IDAT", body)]))) as opened:
        opened.load()
        return opened.mode, opened.tobytes()


@pytest.mark.parametrize("by", Filter)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (37, 23)])
def test_a_decoder_reads_every_filter_back(by, mode, size):
    image = noise(mode, size)
    assert decoded(image, compressed(image, by, QUICK)) == (mode, image.tobytes())


def test_paeth_is_the_standards_at_every_kind_of_corner():
    levels = (0, 1, 2, 127, 128, 253, 254, 255)
    blocks = [(a, b, c, x) for a in levels for b in levels for c in levels for x in (0, 255)]
    image = Image.new("L", (3 * len(blocks), 2))
    for at, (left, above, corner, here) in enumerate(blocks):
        image.putpixel((3 * at, 0), corner)
        image.putpixel((3 * at + 1, 0), above)
        image.putpixel((3 * at, 1), left)
        image.putpixel((3 * at + 1, 1), here)
    assert decoded(image, compressed(image, Filter.PAETH, QUICK)) == ("L", image.tobytes())


def walks():
    """Rows that have nothing in common, and along which levels rise by 0 to 3."""
    steps = random.Random(1)  # noqa: S311 - the same in every run
    rows = [itertools.accumulate(steps.choices(range(4), k=256)) for _ in range(256)]
    return Image.frombytes("L", (256, 256), bytes(level % 256 for row in rows for level in row))


@pytest.mark.parametrize(
    ("image", "best"),
    [
        (walks(), Filter.SUB),
        (walks().transpose(Image.Transpose.TRANSPOSE), Filter.UP),
        (noise("L", (256, 256)), Filter.NONE),
    ],
)
def test_a_part_of_the_rows_shows_the_best_filter(image, best):
    assert likely_filter(image) is best


def test_a_trial_looks_at_the_row_above_its_bands():
    # Each row is the one above plus a little: a band's first row alone would count against UP.
    image = Image.new("L", (64, 512))
    row = noise("L", (64, 1))
    for top in range(512):
        row = row.point([(level + 1) % 256 for level in range(256)])
        image.paste(row, (0, top))
    assert likely_filter(image) is Filter.UP
    samples, step = png_pixels._samples(image)
    assert png_pixels._trial_bytes(*png_pixels._bands(samples), step, Filter.UP) < 100


def test_the_best_filter_is_the_smallest():
    image = gradient((300, 200)).convert("RGB")
    sizes = {each: len(compressed(image, each, MEDIUM)) for each in Filter}
    assert sizes[best_filter(image, MEDIUM)] == min(sizes.values())


def test_equal_rows_take_no_more_bytes_at_full_effort():
    numbers = Image.new("L", (100, 300), 0x55)
    assert len(packed(numbers, 8, SMALL)) <= len(packed(numbers, 8, 9))
