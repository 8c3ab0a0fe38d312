"""The position of the watermark, and its size."""

import math
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.watermark.placement import (
    TILE_GAP,
    corner,
    fitted,
    margin_px,
    room,
    tiles,
    turned,
    turning,
    width_px,
)
from shared.choices import POSITIONS

sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
angles = st.floats(-180, 180)


@given(
    image=sizes,
    natural=sizes,
    position=st.sampled_from(POSITIONS),
    width=st.floats(1, 10_000),
    margin=st.floats(0, 0.4),
)
def test_a_watermark_never_leaves_the_image(image, natural, position, width, margin):
    edge = margin_px(image, margin)
    watermark = fitted(natural, width, room(image, edge))
    x, y = corner(image, watermark, position, edge)
    assert x >= 0
    assert y >= 0
    assert x + watermark[0] <= image[0]
    assert y + watermark[1] <= image[1]


@given(image=sizes, natural=sizes, width=st.floats(1, 10_000), angle=angles)
def test_a_rotated_watermark_exceeds_its_room_only_by_rounding(image, natural, width, angle):
    box = turned(fitted(natural, width, image, angle), angle)
    assert box[0] <= image[0] + 2
    assert box[1] <= image[1] + 2


@given(
    image=st.tuples(st.integers(100, 5000), st.integers(100, 5000)), position=st.sampled_from(POSITIONS), angle=angles
)
def test_a_watermark_keeps_its_margin(image, position, angle):
    edge = margin_px(image, 0.05)
    watermark = turned(fitted((400, 100), image[0] * 0.25, room(image, edge), angle), angle)
    x, y = corner(image, watermark, position, edge)
    assert edge - 1 <= x <= image[0] - watermark[0] - edge + 1
    assert edge - 1 <= y <= image[1] - watermark[1] - edge + 1


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


@pytest.mark.parametrize(
    ("image_width", "width"), [(1000, 250), (400, 120), (8000, 900)], ids=["scale", "least", "most"]
)
def test_the_width_is_a_share_of_the_image_s_within_bounds(image_width, width):
    assert width_px(image_width, 0.25, 120, 900) == width


def test_no_bound_makes_a_watermark_wider_than_its_room():
    assert fitted((300, 30), width_px(100, 0.25, 500, 900), room((100, 80), 10)) == (80, 8)


def test_a_tall_watermark_is_limited_by_the_height():
    assert fitted((10, 1000), 500, room((1000, 100), 10)) == (1, 80)


@given(natural=st.tuples(st.integers(20, 2000), st.integers(20, 2000)), aspect=st.floats(0.6, 3))
def test_its_share_of_the_width_is_the_same_in_every_rendition(natural, aspect):
    for width in (2048, 1024, 512, 256):
        image = (width, round(width / aspect))
        watermark = fitted(natural, width_px(width, 0.1, 1, 100_000), room(image, 0))
        assume(natural[1] / natural[0] * 0.1 * width <= image[1])
        assert abs(watermark[0] - 0.1 * width) <= 1


@pytest.mark.parametrize(
    ("angle", "box"), [(0, (200, 50)), (90, (50, 200)), (180, (200, 50)), (-90, (50, 200)), (45, (177, 177))]
)
def test_the_box_of_a_rotated_watermark(angle, box):
    assert turned((200, 50), angle) == box


@given(watermark=sizes, canvas=sizes, angle=angles)
def test_the_middle_stays_in_the_middle(watermark, canvas, angle):
    a, b, c, d, e, f = turning(watermark, canvas, angle)
    x, y = canvas[0] / 2, canvas[1] / 2
    assert a * x + b * y + c == pytest.approx(watermark[0] / 2, abs=1e-6)
    assert d * x + e * y + f == pytest.approx(watermark[1] / 2, abs=1e-6)


def middles(image, watermark, angle):
    box = turned(watermark, angle)
    return [(x + box[0] / 2, y + box[1] / 2) for x, y in tiles(image, watermark, angle)]


pictures = st.tuples(st.integers(1, 3000), st.integers(1, 3000))
tiled = st.tuples(st.integers(20, 800), st.integers(20, 400))


@given(image=pictures, watermark=tiled, angle=angles)
def test_tiles_reach_every_corner(image, watermark, angle):
    gap = math.sqrt(watermark[0] * watermark[1]) * TILE_GAP
    reach = 1.25 * math.hypot(watermark[0] + gap, watermark[1] + gap) + 2
    found = middles(image, watermark, angle)
    for point in ((0, 0), (image[0], 0), (0, image[1]), image, (image[0] / 2, image[1] / 2)):
        assert min(math.dist(point, middle) for middle in found) <= max(reach, math.hypot(*image) / 2 + 1)


@given(image=pictures, watermark=tiled, angle=angles)
def test_tiles_touch_the_image_and_never_each_other(image, watermark, angle):
    box = turned(watermark, angle)
    assert all(-box[0] < x < image[0] and -box[1] < y < image[1] for x, y in tiles(image, watermark, angle))
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    # Rotated back, tiles are apart by a watermark's width along the row or by its height across it.
    flat = [(x * cos - y * sin, x * sin + y * cos) for x, y in middles(image, watermark, angle)[:60]]
    for one, other in combinations(flat, 2):
        assert abs(one[0] - other[0]) >= watermark[0] or abs(one[1] - other[1]) >= watermark[1]


@pytest.mark.parametrize("angle", [0, 30, -30, 90])
def test_gaps_between_tiles_are_as_wide_as_high(angle):
    found = sorted(math.dist((1000, 1000), middle) for middle in middles((2000, 2000), (200, 50), angle))
    gap = math.sqrt(200 * 50) * TILE_GAP
    assert found[0] <= 1
    # The nearest tiles are in the rows above and below, shifted by half a step; then come those of its own row.
    assert found[1:5] == pytest.approx([math.hypot((200 + gap) / 2, 50 + gap)] * 4, abs=1.5)
    assert min(abs(each - (200 + gap)) for each in found[5:9]) <= 1.5


def test_a_hairline_is_repeated_no_more_often_than_can_be_drawn():
    assert len(list(tiles((5000, 5000), (50, 1), 30))) < 50_000


@pytest.mark.parametrize("angle", [0, 30, -45])
def test_tiles_are_the_same_each_time(angle):
    assert list(tiles((1024, 768), (256, 32), angle)) == list(tiles((1024, 768), (256, 32), angle))
