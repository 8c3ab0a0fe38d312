"""How many images came to their end lately."""

import pytest

from ops.console.throughput import STEP_SECONDS, WINDOW_SECONDS, Throughput

NOW = 1_000_003.0


@pytest.fixture
def throughput():
    return Throughput()


def test_an_idle_pipeline_makes_nothing(throughput):
    assert throughput.lately(NOW) == 0
    assert throughput.total(NOW) == 0
    assert throughput.bars(NOW) == [0.0] * (WINDOW_SECONDS // STEP_SECONDS)


def test_images_are_counted_a_second(throughput):
    for number in range(60):
        throughput.ended(f"i{number}", NOW - number / 2)
    assert throughput.lately(NOW) == 2.0
    assert throughput.total(NOW) == 60
    assert sum(throughput.bars(NOW)) * STEP_SECONDS == 60


def test_an_image_that_ends_twice_counts_once(throughput):
    throughput.ended("a", NOW - 20)
    throughput.ended("a", NOW - 1)
    throughput.ended("a", NOW - 20)
    assert throughput.total(NOW) == 1
    assert throughput.bars(NOW)[-1] == 1 / STEP_SECONDS


def test_a_bar_does_not_change_while_time_goes_on(throughput):
    throughput.ended("a", 999_998.0)
    first = throughput.bars(1_000_000.0)
    assert throughput.bars(1_000_004.9) == first
    assert throughput.bars(1_000_005.0)[-3] == first[-2]


def test_what_is_older_than_the_window_is_evicted(throughput):
    throughput.ended("a", NOW - WINDOW_SECONDS - 10)
    throughput.ended("b", NOW - 1)
    assert throughput.total(NOW) == 1
    throughput.evict(NOW)
    assert throughput._ended.keys() == {"b"}


def test_what_will_end_later_by_another_clock_breaks_nothing(throughput):
    throughput.ended("a", NOW + 60)
    assert sum(throughput.bars(NOW)) == 0
