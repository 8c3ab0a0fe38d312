"""Runs of 24-bit colours in a BMP of OS/2 give their pixels, and truncated ones are refused."""

import struct

import pytest

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooSlow, UnreadableImage

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def bgr(*colours):
    return b"".join(bytes(colour[::-1]) for colour in colours)


def run(count, colour):
    return bytes([count]) + bgr(colour)


def bmp(size, codes):
    head = struct.pack("<IiiHHIIiiII24x", 64, *size, 1, 24, 4, len(codes), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 78 + len(codes), 0, 0, 78) + head + codes


def rows(data, limits=None, deadline=None):
    with opened(data, limits or Limits(), *([deadline] if deadline else [])) as source:
        (frame,) = source.frames()
    image = frame.image
    return [[image.getpixel((x, y)) for x in range(image.width)] for y in range(image.height)]


def test_runs_pixels_and_ends_of_rows():
    bottom = run(2, RED) + b"\0\3" + bgr(GREEN, BLUE, RED) + b"\0" + b"\0\0"
    top = b"\0\4" + bgr(BLUE, BLUE, GREEN, RED) + run(1, GREEN) + b"\0\1"
    assert rows(bmp((5, 2), bottom + top)) == [[BLUE, BLUE, GREEN, RED, GREEN], [RED, RED, GREEN, BLUE, RED]]


def test_skipped_pixels_are_black():
    assert rows(bmp((3, 2), b"\0\2\1\1" + run(1, RED) + b"\0\1")) == [[BLACK, RED, BLACK], [BLACK] * 3]


def test_a_run_ends_with_its_row():
    assert rows(bmp((2, 2), run(9, RED) + b"\0\1")) == [[BLACK] * 2, [RED] * 2]


def test_the_end_code_may_be_missing_where_all_pixels_are_present():
    assert rows(bmp((2, 1), run(2, RED))) == [[RED, RED]]


FULL_ROW = run(2, RED) + b"\0\0"


@pytest.mark.parametrize("codes", [FULL_ROW, FULL_ROW + b"\0\5" + bgr(RED), FULL_ROW + b"\2\1", b"\0\2\1", b"\2\1"])
def test_truncated_codes_are_refused(codes):
    with pytest.raises(UnreadableImage, match="pixels are missing"):
        rows(bmp((2, 2), codes))


def test_the_deadline_ends_many_codes():
    now = iter(range(100))
    with pytest.raises(ImageTooSlow):
        rows(bmp((2, 2), b"\0\2\0\0" * 99_999), deadline=Deadline(9, lambda: float(next(now))))
