"""The watermark in the form that blends fastest."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from services.watermark.stamps import Stamp, Stamps, stamp


def diagonal(size):
    picture = Image.new("RGBA", size)
    ImageDraw.Draw(picture).line((0, size[1] - 1, size[0] - 1, 0), fill=(200, 100, 50, 180), width=9)
    return picture


@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)), in_strips=st.booleans())
def test_the_pieces_add_up_to_the_watermark(size, in_strips):
    picture = diagonal(size)
    again = Image.new("RGBA", size)
    for piece in stamp(picture, "RGBA", in_strips=in_strips).pieces:
        again.alpha_composite(piece.ink, piece.at)
    assert again.tobytes() == picture.tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_ink_has_the_background_s_mode_and_a_mask(mode):
    (piece,) = stamp(Image.new("RGBA", (20, 10), (10, 10, 10, 99)), mode).pieces
    assert (piece.ink.mode, piece.mask.mode, piece.mask.getextrema()) == (mode, "L", (99, 99))


def test_strips_of_a_rotated_watermark_skip_most_of_its_box():
    picture = diagonal((400, 300))
    pixels = sum(piece.ink.width * piece.ink.height for piece in stamp(picture, "RGB", in_strips=True).pieces)
    assert pixels < 0.25 * 400 * 300


def test_an_invisible_watermark_has_no_pieces():
    assert stamp(Image.new("RGBA", (20, 10)), "RGB").pieces == ()


def of_bytes(count):
    return stamp(Image.new("RGBA", (count // 5, 1), (0, 0, 0, 255)), "RGB")


def test_bytes_are_those_of_ink_and_mask():
    assert of_bytes(500).bytes == 500
    assert stamp(Image.new("RGBA", (10, 10), "red"), "RGBA").bytes == 400


def test_the_least_recently_used_stamp_makes_room():
    stamps, made = Stamps(1000), []

    def get(name):
        return stamps.get(name, lambda: made.append(name) or of_bytes(400))

    for name in "abacab":
        get(name)
    assert made == ["a", "b", "c", "b"]
    assert stamps.bytes == 800


def test_a_stamp_larger_than_the_bound_is_returned_and_not_kept():
    stamps = Stamps(100)
    assert stamps.get("large", lambda: of_bytes(500)).bytes == 500
    assert stamps.bytes == 0


def test_threads_share_one_bound():
    stamps = Stamps(2000)
    start = threading.Barrier(8)

    def work(seed):
        start.wait()
        for step in range(300):
            name = (seed * 7 + step * 3) % 11
            got = stamps.get(name, lambda name=name: of_bytes(100 + 50 * name))
            assert got.bytes == 100 + 50 * name
            assert stamps.bytes <= 2000 + 8 * 600

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert stamps.bytes == sum(each.bytes for each in stamps._kept.values()) <= 2000


def test_an_empty_stamp_costs_nothing():
    assert Stamp(size=(5, 5), pieces=()).bytes == 0
