"""Fits, crops and orientations are arithmetic: properties over all sizes, and the cases that people know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.resize.scaling import needed, plan, stored_box, swapped
from services.resize.settings import FITS

sides = st.integers(1, 30_000)
sizes = st.tuples(sides, sides)
boxes = st.tuples(st.integers(1, 8192), st.integers(1, 8192))


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


@given(source=sizes, box=boxes, fit=st.sampled_from(FITS))
def test_nothing_is_enlarged_and_nothing_vanishes(source, box, fit):
    planned = plan(source, box, fit)
    left, top, right, bottom = planned.crop
    assert 0 <= left < right <= source[0] + 1e-6
    assert 0 <= top < bottom <= source[1] + 1e-6
    assert 1 <= planned.size[0] <= max(1, round(right - left))
    assert 1 <= planned.size[1] <= max(1, round(bottom - top))
    assert planned.size[0] <= box[0]
    assert planned.size[1] <= box[1]


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
    stored = Image.effect_noise((7, 5), 100)
    turn = TURNS[orientation]
    seen = stored.transpose(turn) if turn is not None else stored
    assert swapped(stored.size, orientation) == seen.size
    box = (1, 0, 4, 3)
    cut = stored.crop(tuple(int(edge) for edge in stored_box(box, seen.size, orientation)))
    assert (cut.transpose(turn) if turn is not None else cut).tobytes() == seen.crop(box).tobytes()
