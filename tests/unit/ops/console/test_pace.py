"""How many images came to their end lately."""

import pytest

from ops.console.pace import STEP_SECONDS, WINDOW_SECONDS, Pace

NOW = 1_000_003.0


@pytest.fixture
def pace():
    return Pace()


def test_an_idle_pipeline_makes_nothing(pace):
    assert pace.lately(NOW) == 0
    assert pace.total(NOW) == 0
    assert pace.bars(NOW) == [0.0] * (WINDOW_SECONDS // STEP_SECONDS)


def test_images_are_counted_a_second(pace):
    for number in range(60):
        pace.ended(f"i{number}", NOW - number / 2)
    assert pace.lately(NOW) == 2.0
    assert pace.total(NOW) == 60
    assert sum(pace.bars(NOW)) * STEP_SECONDS == 60


def test_an_image_that_ends_twice_counts_once(pace):
    pace.ended("a", NOW - 20)
    pace.ended("a", NOW - 1)
    pace.ended("a", NOW - 20)
    assert pace.total(NOW) == 1
    assert pace.bars(NOW)[-1] == 1 / STEP_SECONDS


def test_a_bar_does_not_change_while_time_goes_on(pace):
    pace.ended("a", 999_998.0)
    first = pace.bars(1_000_000.0)
    assert pace.bars(1_000_004.9) == first
    assert pace.bars(1_000_005.0)[-3] == first[-2]


def test_what_is_older_than_the_window_is_forgotten(pace):
    pace.ended("a", NOW - WINDOW_SECONDS - 10)
    pace.ended("b", NOW - 1)
    assert pace.total(NOW) == 1
    pace.forget(NOW)
    assert pace._ended.keys() == {"b"}


def test_what_will_end_later_by_another_clock_breaks_nothing(pace):
    pace.ended("a", NOW + 60)
    assert sum(pace.bars(NOW)) == 0
