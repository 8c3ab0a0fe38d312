"""Run-length codes of a BMP give their pixels, as in Chromium 156, and truncated ones are refused."""

import struct

import pytest

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooSlow, UnreadableImage

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def bgr(*colours):
    return b"".join(bytes(colour[::-1]) for colour in colours)


def run(count, colour):
    return bytes([count]) + bgr(colour)


def bmp(size, codes):
    head = struct.pack("<IiiHHIIiiII24x", 64, *size, 1, 24, 4, len(codes), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 78 + len(codes), 0, 0, 78) + head + codes


PALETTE = (RED, GREEN, BLUE, WHITE)


def indexed(size, codes, bits=8, palette=PALETTE):
    """A BMP of 4 or 8 bits; its first colour is not black."""
    colours = b"".join(bgr(colour) + b"\0" for colour in palette)
    head = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, {8: 1, 4: 2}[bits], len(codes), 0, 0, len(palette), 0)
    begin = 54 + len(colours)
    return b"BM" + struct.pack("<IHHI", begin + len(codes), 0, 0, begin) + head + colours + codes


def rows(data, limits=None, deadline=None):
    with opened(data, limits or Limits(), *([deadline] if deadline else [])) as source:
        (frame,) = source.frames()
    image = frame.image.convert("RGB") if frame.image.mode == "P" else frame.image
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


NEXT_ROW, MOVE, END = b"\0\0", b"\0\2", b"\0\1"


@pytest.mark.parametrize(
    ("bits", "codes", "top", "bottom"),
    [
        pytest.param(8, b"\0\3\1\2\3\0\2\0" + NEXT_ROW + b"\5\1", [GREEN] * 5, [GREEN, BLUE, WHITE, RED, RED], id="8"),
        pytest.param(
            4, b"\5\x12\0\0\0\5\1\x23\x10\0", [RED, GREEN, BLUE, WHITE, GREEN], [GREEN, BLUE] * 2 + [GREEN], id="4"
        ),
        pytest.param(
            8,
            b"\2\1" + NEXT_ROW + MOVE + b"\1\0\2\2",
            [BLACK, BLUE, BLUE, BLACK, BLACK],
            [GREEN] * 2 + [BLACK] * 3,
            id="skipped",
        ),
        pytest.param(
            4,
            b"\2\x11" + MOVE + b"\1\1\2\x22",
            [BLACK] * 3 + [BLUE] * 2,
            [GREEN] * 2 + [BLACK] * 3,
            id="skipped, 4 bits",
        ),
        pytest.param(8, b"\5\1", [BLACK] * 5, [GREEN] * 5, id="ended early"),
        pytest.param(8, b"", [BLACK] * 5, [BLACK] * 5, id="ended at once"),
        pytest.param(8, b"\5\x09" + NEXT_ROW + b"\5\3", [WHITE] * 5, [BLACK] * 5, id="beyond the palette"),
        pytest.param(8, b"\x09\1" + NEXT_ROW + b"\0\6\1\1\1\1\1\3", [GREEN] * 5, [GREEN] * 5, id="beyond the row"),
    ],
)
def test_indices_are_shown_in_their_colours_and_others_in_black(bits, codes, top, bottom):
    assert rows(indexed((5, 2), codes + END, bits)) == [top, bottom]


def test_indices_may_be_stored_from_top_to_bottom():
    assert rows(indexed((2, -2), b"\2\1" + NEXT_ROW + b"\2\2" + END)) == [[GREEN] * 2, [BLUE] * 2]


def test_indices_of_a_grey_palette_stay_grey():
    assert rows(indexed((2, 1), b"\2\1" + END, palette=[(9, 9, 9), (50, 50, 50)])) == [[50, 50]]


@pytest.mark.parametrize("codes", [b"\2\1", b"\2\1\0\0", b"\2\1\0\0\0\4\1\1\1", b"\2\1\0\0\0\2\1"])
def test_truncated_indices_are_refused(codes):
    with pytest.raises(UnreadableImage, match="pixels are missing"):
        rows(indexed((5, 2), codes))


def test_the_deadline_ends_many_codes():
    now = iter(range(100))
    with pytest.raises(ImageTooSlow):
        rows(bmp((2, 2), b"\0\2\0\0" * 99_999), deadline=Deadline(9, lambda: float(next(now))))
