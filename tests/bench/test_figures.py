"""Medians and paired ratios."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import ratios, spread

TIMES = st.floats(min_value=1e-3, max_value=1e3)


def test_the_spread_is_least_middle_and_most():
    found = spread([3.0, 1.0, 2.0, 10.0])
    assert (found.low, found.middle, found.high, found.rounds) == (1.0, 2.5, 10.0, 4)


def test_no_rounds_give_no_figures():
    with pytest.raises(ValueError, match="no rounds"):
        spread([])


def test_ratios_are_taken_round_by_round():
    # Of the medians it would be 1: each round for itself reports that ours takes twice as long in two of three.
    assert ratios([2.0, 4.0, 3.0], [1.0, 2.0, 6.0]).middle == 2.0


def test_rounds_that_do_not_match_are_not_paired():
    with pytest.raises(ValueError, match="3 rounds cannot be paired with 2"):
        ratios([1.0, 2.0, 3.0], [1.0, 2.0])


@given(st.lists(st.tuples(TIMES, TIMES, st.floats(min_value=0.1, max_value=10)), min_size=1))
def test_what_slows_both_in_a_round_changes_no_ratio(rounds):
    quiet = ratios([a for a, _, _ in rounds], [b for _, b, _ in rounds])
    noisy = ratios([a * slow for a, _, slow in rounds], [b * slow for _, b, slow in rounds])
    assert noisy.middle == pytest.approx(quiet.middle)
    assert noisy.low == pytest.approx(quiet.low)


@given(st.lists(TIMES, min_size=1))
def test_the_median_is_between_minimum_and_maximum(values):
    found = spread(values)
    assert found.low <= found.middle <= found.high
