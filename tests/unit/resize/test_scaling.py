"""Fits, crops and orientations are arithmetic: properties over all sizes, and well-known cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import grain
from PIL import Image

from services.resize.scaling import moved, needed, plan, seen_box, stored_box, swapped, within
from shared.choices import FITS, GRAVITIES

sides = st.integers(1, 30_000)
sizes = st.tuples(sides, sides)
boxes = st.tuples(st.integers(1, 8192), st.integers(1, 8192))
fits = st.sampled_from(FITS)
gravities = st.sampled_from(GRAVITIES)
# A line is the hardest to fit: one side has a single pixel.
shapes = st.one_of(sizes, st.sampled_from([(30_000, 1), (1, 30_000), (1, 1)]))


@pytest.mark.parametrize(
    ("source", "box", "fit", "size"),
    [
        pytest.param((4000, 3000), (1024, 1024), "inside", (1024, 768), id="landscape within the box"),
        pytest.param((3000, 4000), (1024, 1024), "inside", (768, 1024), id="portrait within the box"),
        pytest.param((800, 600), (1024, 1024), "inside", (800, 600), id="small images stay as they are"),
        pytest.param((4000, 3000), (256, 256), "cover", (256, 256), id="cover fills the box"),
        pytest.param((100, 2000), (256, 256), "cover", (100, 100), id="cover of a narrow image keeps the box's shape"),
        pytest.param((5000, 1), (1024, 1024), "inside", (1024, 1), id="no side becomes 0"),
        pytest.param((5000, 1), (256, 256), "cover", (1, 1), id="cover of a line is a point"),
    ],
)
def test_known_sizes(source, box, fit, size):
    assert plan(source, box, fit).size == size


def test_contain_pads_to_the_box():
    planned = plan((4000, 2000), (500, 500), "contain")
    assert planned.size == (500, 250)
    assert planned.canvas == (500, 500)


def test_cover_crops_around_the_middle():
    assert plan((400, 200), (100, 100), "cover").crop == (100, 0, 300, 200)


@given(source=shapes, box=boxes, fit=fits, gravity=gravities, enlarge=st.booleans())
def test_the_crop_is_within_the_source_and_no_side_vanishes(source, box, fit, gravity, enlarge):
    planned = plan(source, box, fit, gravity=gravity, enlarge=enlarge)
    left, top, right, bottom = planned.crop
    assert 0 <= left < right <= source[0]
    assert 0 <= top < bottom <= source[1]
    assert 1 <= planned.size[0] <= planned.canvas[0] <= box[0]
    assert 1 <= planned.size[1] <= planned.canvas[1] <= box[1]


@given(source=shapes, box=boxes, fit=fits, gravity=gravities)
def test_nothing_is_enlarged_unless_asked(source, box, fit, gravity):
    planned = plan(source, box, fit, gravity=gravity)
    left, top, right, bottom = planned.crop
    assert planned.size[0] <= max(1, round(right - left))
    assert planned.size[1] <= max(1, round(bottom - top))


@given(source=shapes, box=boxes, fit=fits, gravity=gravities)
def test_every_fit_that_may_enlarge_fills_the_box(source, box, fit, gravity):
    planned = plan(source, box, fit, gravity=gravity, enlarge=True)
    if fit == "cover":
        assert planned.size == planned.canvas == box
    else:
        assert box[0] == planned.size[0] or box[1] == planned.size[1]
        assert planned.canvas == (box if fit == "contain" else planned.size)


@given(source=shapes, box=boxes, fit=fits, gravity=gravities)
def test_enlarging_changes_nothing_where_the_source_is_larger(source, box, fit, gravity):
    larger = source[0] + box[0], source[1] + box[1]
    assert plan(larger, box, fit, gravity=gravity, enlarge=True) == plan(larger, box, fit, gravity=gravity)


@given(source=shapes, box=boxes, gravity=gravities, enlarge=st.booleans())
def test_cover_ends_exactly_where_its_gravity_says(source, box, gravity, enlarge):
    left, top, right, bottom = plan(source, box, "cover", gravity=gravity, enlarge=enlarge).crop
    sides = {"north": top == 0, "south": bottom == source[1], "west": left == 0, "east": right == source[0]}
    assert all(sides[side] for side in gravity.split("-") if side in sides)
    if not {"west", "east"} & set(gravity.split("-")):
        assert left == pytest.approx(source[0] - right, abs=1e-6)
    if not {"north", "south"} & set(gravity.split("-")):
        assert top == pytest.approx(source[1] - bottom, abs=1e-6)


@given(source=shapes, box=boxes, gravity=gravities, enlarge=st.booleans())
def test_contain_puts_the_picture_exactly_where_its_gravity_says(source, box, gravity, enlarge):
    planned = plan(source, box, "contain", gravity=gravity, enlarge=enlarge)
    (left, top), (width, height) = planned.at, planned.size
    right, bottom = box[0] - left - width, box[1] - top - height
    sides = {"north": top == 0, "south": bottom == 0, "west": left == 0, "east": right == 0}
    assert all(sides[side] for side in gravity.split("-") if side in sides)
    if not {"west", "east"} & set(gravity.split("-")):
        assert 0 <= right - left <= 1
    if not {"north", "south"} & set(gravity.split("-")):
        assert 0 <= bottom - top <= 1


@given(source=sizes, box=boxes, gravity=gravities)
def test_cover_keeps_the_box_s_shape_and_all_of_one_side(source, box, gravity):
    left, top, right, bottom = plan(source, box, "cover", gravity=gravity).crop
    width, height = right - left, bottom - top
    assert width == pytest.approx(source[0]) or height == pytest.approx(source[1])
    if min(width, height) > 1:
        assert width / height == pytest.approx(box[0] / box[1])


@given(source=shapes, box=boxes, share=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_moved_crop_keeps_its_size_and_stays_within_the_source(source, box, share):
    planned = plan(source, box, "cover", gravity="attention")
    crop = moved(planned, source, share).crop
    assert crop[2] - crop[0] == pytest.approx(planned.crop[2] - planned.crop[0])
    assert crop[3] - crop[1] == pytest.approx(planned.crop[3] - planned.crop[1])
    assert 0 <= crop[0] < crop[2] <= source[0]
    assert 0 <= crop[1] < crop[3] <= source[1]


def test_only_a_crop_that_can_move_seeks():
    assert plan((400, 200), (100, 100), "cover", gravity="attention").seeks
    assert not plan((400, 400), (100, 100), "cover", gravity="attention").seeks
    assert not plan((400, 200), (100, 100), "cover").seeks
    assert not plan((400, 200), (100, 100), "contain", gravity="attention").seeks


@given(source=st.tuples(st.integers(64, 9000), st.integers(64, 9000)), fit=st.sampled_from(("inside", "cover")))
def test_the_shape_is_kept_to_a_pixel(source, fit):
    planned = plan(source, (256, 256), fit)
    left, top, right, bottom = planned.crop
    scale_x, scale_y = planned.size[0] / (right - left), planned.size[1] / (bottom - top)
    assert abs(scale_x - scale_y) <= 0.5 / (right - left) + 0.5 / (bottom - top) + 1e-9


@given(source=sizes, box=boxes, fit=st.sampled_from(FITS))
def test_what_is_needed_suffices_for_every_plan(source, box, fit):
    plans = (plan(source, box, fit), plan(source, (256, 256), "cover"))
    width, height = needed(source, plans)
    assert width <= source[0]
    assert height <= source[1]
    for each in plans:
        assert (each.crop[2] - each.crop[0]) * width / source[0] >= each.size[0] - 1
        assert (each.crop[3] - each.crop[1]) * height / source[1] >= each.size[1] - 1


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_found_in_the_stored_picture(orientation):
    stored = grain((7, 5), 100)
    turn = TURNS[orientation]
    seen = stored.transpose(turn) if turn is not None else stored
    assert swapped(stored.size, orientation) == seen.size
    box = (1, 0, 4, 3)
    cut = stored.crop(tuple(int(edge) for edge in stored_box(box, seen.size, orientation)))
    assert (cut.transpose(turn) if turn is not None else cut).tobytes() == seen.crop(box).tobytes()


points = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(source=sizes, box=boxes, focus=points)
def test_cover_has_its_focus_in_the_middle_or_ends_at_an_edge(source, box, focus):
    left, top, right, bottom = plan(source, box, "cover", focus=focus).crop
    for start, end, whole, point in ((left, right, source[0], focus[0]), (top, bottom, source[1], focus[1])):
        middle, wanted = (start + end) / 2, point * whole
        assert 0 <= start < end <= whole
        assert (
            middle == pytest.approx(wanted, abs=1e-6)
            or (start == 0 and wanted <= middle)
            or (end == whole and wanted >= middle)
        )


@pytest.mark.parametrize(("focus", "crop"), [((0.2, 0.5), (0, 0, 200, 200)), ((0.5, 0), (100, 0, 300, 200))])
def test_a_focus_near_an_edge_is_kept_as_far_as_the_edge_allows(focus, crop):
    assert plan((400, 200), (100, 100), "cover", focus=focus).crop == crop


def test_a_focus_is_in_place_of_attention():
    assert not plan((400, 200), (100, 100), "cover", gravity="attention", focus=(0.1, 0.1)).seeks


@given(size=sizes, corners=st.tuples(sides, sides, sides, sides), orientation=st.integers(1, 8))
def test_a_box_is_found_again_where_people_see_it(size, corners, orientation):
    stored = stored_box(corners, size, orientation)
    assert seen_box(stored, swapped(size, orientation), orientation) == corners


@given(size=shapes, box=boxes, fit=fits, gravity=gravities, at=st.tuples(sides, sides))
def test_a_plan_within_a_part_is_that_of_the_part_wherever_it_is(size, box, fit, gravity, at):
    region = (*at, at[0] + size[0], at[1] + size[1])
    planned = plan(size, box, fit, gravity=gravity)
    shifted = within(planned, region)
    assert (shifted.size, shifted.canvas, shifted.at) == (planned.size, planned.canvas, planned.at)
    for each in (shifted, moved(shifted, (90_000, 90_000), (1.0, 0.0))):
        left, top, right, bottom = each.crop
        assert region[0] <= left < right <= region[2]
        assert region[1] <= top < bottom <= region[3]
