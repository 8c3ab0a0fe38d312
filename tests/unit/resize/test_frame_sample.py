"""The frames that a moderator is shown: large enough, small enough, and from all of an animation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resize.frame_sample import MAX_SIDE_PX, MIN_SIDE_PX, FrameSample, plan

SIDES = st.integers(1, 65_535)


@given(st.tuples(SIDES, SIDES))
def test_every_side_is_one_that_the_moderator_takes(size):
    shown = plan(size)
    for side, inside, at in zip(shown.canvas, shown.size, shown.at, strict=True):
        assert MIN_SIDE_PX <= side <= MAX_SIDE_PX
        assert inside >= 1
        assert 0 <= at <= side - inside


@given(st.tuples(SIDES, SIDES))
def test_the_whole_picture_is_shown_in_its_shape(size):
    shown = plan(size)
    assert shown.crop == (0, 0, *size)
    across, down = (inside / side for inside, side in zip(shown.size, size, strict=True))
    # To within half a pixel of either side.
    assert abs(shown.size[0] - size[0] * down) <= 1 + size[0] / size[1]
    assert abs(shown.size[1] - size[1] * across) <= 1 + size[1] / size[0]


@pytest.mark.parametrize(
    ("size", "inside", "canvas"),
    [
        ((4000, 3000), (1024, 768), (1024, 768)),
        ((640, 480), (640, 480), (640, 480)),
        ((20, 10), (160, 80), (160, 80)),
        ((1, 1), (80, 80), (80, 80)),
        ((5000, 1), (1024, 1), (1024, 80)),
        ((10, 300), (34, 1024), (80, 1024)),
    ],
)
def test_large_ones_are_shrunk_and_small_ones_enlarged_or_padded(size, inside, canvas):
    assert (plan(size).size, plan(size).canvas) == (inside, canvas)


def sampled(count, most):
    """The indices that are chosen, and the maximum number that was kept at once."""
    sample, kept = FrameSample(most), 0
    for index in range(count):
        if sample.wants():
            sample.add(index)
        else:
            sample.skip()
        kept = max(kept, len(sample._kept))
    return sample.chosen(), kept


@given(st.integers(1, 600), st.integers(1, 5))
def test_frames_are_spread_from_the_first_to_the_last(count, most):
    chosen, kept = sampled(count, most)
    assert chosen[0] == 0
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    assert kept <= 4 * most
    gaps = max(1, most - 1)
    for number, index in enumerate(chosen):
        assert abs(index - (count - 1) * number / gaps) <= 1 + count / (2 * most)


@pytest.mark.parametrize(
    ("count", "most", "chosen"),
    [
        (1, 3, [0]),
        (2, 3, [0, 1]),
        (3, 3, [0, 1, 2]),
        (5, 3, [0, 2, 4]),
        (5, 1, [0]),
        (5, 2, [0, 4]),
        (100, 3, [0, 48, 96]),
    ],
)
def test_the_first_the_middle_and_the_last_of_few_are_chosen(count, most, chosen):
    assert sampled(count, most)[0] == chosen


def test_no_frames_give_an_empty_sample():
    assert FrameSample(3).chosen() == []
