"""Where the mark sits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.watermark.placement import corner, fitted, margin_px, room, tiles
from services.watermark.settings import POSITIONS

sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@given(
    image=sizes,
    natural=sizes,
    position=st.sampled_from(POSITIONS),
    scale=st.floats(0.01, 1),
    margin=st.floats(0, 0.4),
)
def test_mark_never_leaves_the_image(image, natural, position, scale, margin):
    edge = margin_px(image, margin)
    mark = fitted(natural, room(image, scale, edge))
    x, y = corner(image, mark, position, edge)
    assert x >= 0
    assert y >= 0
    assert x + mark[0] <= image[0]
    assert y + mark[1] <= image[1]


@given(image=st.tuples(st.integers(100, 5000), st.integers(100, 5000)), position=st.sampled_from(POSITIONS))
def test_mark_keeps_its_margin(image, position):
    edge = margin_px(image, 0.05)
    mark = fitted((400, 100), room(image, 0.25, edge))
    x, y = corner(image, mark, position, edge)
    assert edge <= x <= image[0] - mark[0] - edge
    assert edge <= y <= image[1] - mark[1] - edge


@pytest.mark.parametrize(
    ("position", "point"),
    [
        ("top-left", (10, 10)),
        ("top-center", (450, 10)),
        ("top-right", (890, 10)),
        ("middle-left", (10, 225)),
        ("middle-center", (450, 225)),
        ("middle-right", (890, 225)),
        ("bottom-left", (10, 440)),
        ("bottom-center", (450, 440)),
        ("bottom-right", (890, 440)),
    ],
)
def test_nine_positions(position, point):
    assert corner((1000, 500), (100, 50), position, 10) == point


def test_scale_is_of_the_width():
    assert fitted((300, 30), room((1000, 800), 0.25, 16)) == (250, 25)


def test_a_tall_mark_is_held_by_the_height():
    width, height = fitted((10, 1000), room((1000, 100), 0.5, 10))
    assert height == 80
    assert width == 1


@given(image=sizes, mark=st.tuples(st.integers(1, 400), st.integers(1, 400)))
def test_tiles_leave_no_gap_wider_than_a_mark(image, mark):
    points = list(tiles(image, mark))
    assert points
    assert all(-mark[0] < x < image[0] and -mark[1] < y < image[1] for x, y in points)
    rows = sorted({y for _, y in points})
    assert rows[0] <= 0
    assert all(after - before <= mark[1] * 3 + 1 for before, after in pairwise(rows))
    assert rows[-1] + mark[1] * 3 + 1 >= image[1]
