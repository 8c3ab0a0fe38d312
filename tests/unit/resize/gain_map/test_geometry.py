"""The part of a gain map that belongs to a rendition: the same part of the picture, at its own resolution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resize import scaling
from services.resize.gain_map.geometry import plan_of

sides = st.integers(1, 5000)
sizes = st.tuples(sides, sides)


def test_the_whole_picture_has_the_whole_gain_map():
    plan = scaling.plan((4080, 3072), (1024, 1024), "inside")
    found = plan_of(plan, (4080, 3072), (1020, 768))
    assert (found.crop, found.size, found.canvas) == ((0, 0, 1020, 768), (256, 193), (256, 193))


def test_a_crop_is_the_same_part_of_both():
    plan = scaling.plan((4000, 2000), (100, 100), "cover", gravity="east")
    found = plan_of(plan, (4000, 2000), (1000, 500))
    assert (found.crop, found.size) == ((500, 0, 1000, 500), (25, 25))


def test_a_gain_map_of_another_shape_is_stretched_over_the_picture():
    plan = scaling.plan((400, 200), (50, 100), "cover", gravity="east")
    found = plan_of(plan, (400, 200), (100, 100))
    assert (found.crop, found.size) == ((75, 0, 100, 100), (12, 50))


def test_padding_is_the_same_share_of_both():
    plan = scaling.plan((400, 200), (200, 200), "contain", gravity="south")
    found = plan_of(plan, (400, 200), (200, 100))
    assert (found.size, found.canvas, found.at) == ((100, 50), (100, 100), (0, 50))


@pytest.mark.parametrize(("gain_map", "size"), [((32, 24), (32, 24)), ((64, 48), (64, 48)), ((640, 480), (128, 96))])
def test_it_is_never_enlarged_and_never_larger_than_an_enlarged_picture(gain_map, size):
    plan = scaling.plan((64, 48), (128, 128), "inside", enlarge=True)
    assert plan.size == (128, 96)
    assert plan_of(plan, (64, 48), gain_map).size == size


@given(sizes, sizes, sizes, st.sampled_from(["inside", "cover", "contain"]), st.booleans())
def test_it_stays_within_the_gain_map_and_within_the_rendition(source, gain_map, box, fit, enlarge):
    plan = scaling.plan(source, box, fit, enlarge=enlarge)
    found = plan_of(plan, source, gain_map)
    left, top, right, bottom = found.crop
    assert -0.001 <= left < right <= gain_map[0] + 0.001
    assert -0.001 <= top < bottom <= gain_map[1] + 0.001
    assert 1 <= found.size[0] <= min(plan.size[0], right - left + 1)
    assert 1 <= found.size[1] <= min(plan.size[1], bottom - top + 1)
    assert found.size[0] + found.at[0] <= found.canvas[0] <= plan.canvas[0]
    assert found.size[1] + found.at[1] <= found.canvas[1] <= plan.canvas[1]
