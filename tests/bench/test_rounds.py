"""The order in rounds, and their results."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.bench_runs import answers

from bench import inputs, rounds
from bench.contestants import OURS, SHARP
from bench.inputs import JPEG_12, Input
from bench.rounds import Rounds, turns


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=1, max_value=40))
def test_in_each_round_everyone_has_one_turn(people, rounds):
    names = [f"contestant {number}" for number in range(people)]
    orders = list(turns(names, rounds))
    assert len(orders) == rounds
    assert all(sorted(order) == sorted(names) for order in orders)


def test_everyone_is_first_in_turn():
    assert [order[0] for order in turns(["a", "b", "c"], 4)] == ["a", "b", "c", "a"]


def test_a_contestant_that_was_not_measured_has_no_figures(results):
    assert results.rounds.cpu(JPEG_12, "nobody") is None
    assert results.rounds.wall(JPEG_12, "nobody") is None
    assert results.rounds.size_bytes(JPEG_12, "nobody") is None
    assert results.rounds.ratio(JPEG_12, OURS, "nobody") is None


def test_an_unfit_contestant_does_not_count_only_for_that_picture():
    both = {("a", SHARP): answers(1.0), ("b", SHARP): answers(1.0)}
    kept = Rounds(answers=both, outputs={}, versions={}).without((("a", SHARP),))
    assert kept.cpu("a", SHARP) is None
    assert kept.cpu("b", SHARP).middle == pytest.approx(1.0)


def test_no_picture_is_made_into_the_file_of_another():
    """A HEIC becomes a JPEG, and has the stem of the JPEG of the same size."""
    pictures = [
        Input(name=each.name, description=each.description, kind=each.kind, path=Path(each.file))
        for each in inputs._RECIPES
    ]
    made = [rounds._file(each, "ours") for each in pictures]
    assert len(set(made)) == len(made)
