"""Percentiles, parts of an image's time, and rates over time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.load_tests import START, row, sent

from ops.load import latencies
from ops.load.latencies import PARTS, WHOLE, WHOLE_FAILED, bins, histogram, parts, percentile, summaries, summary

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(TIMES, st.integers(1, 100))
def test_a_percentile_is_the_least_measured_time_that_so_many_do_not_exceed(times, percent):
    found = percentile(sorted(times), percent)
    assert found in times
    assert sum(each <= found for each in times) * 100 >= percent * len(times)
    assert sum(each < found for each in times) * 100 < percent * len(times)


@pytest.mark.parametrize(("count", "p50", "p95", "p99"), [(1, 1, 1, 1), (20, 10, 19, 20), (100, 50, 95, 99)])
def test_percentiles_of_the_numbers_from_one_on(count, p50, p95, p99):
    found = summary(range(count, 0, -1))
    assert (found.count, found.p50, found.p95, found.p99, found.longest) == (count, p50, p95, p99, count)


@given(TIMES)
def test_percentiles_rise_to_the_longest(times):
    found = summary(times)
    assert min(times) <= found.p50 <= found.p95 <= found.p99 <= found.longest == max(times)
    assert min(times) <= found.mean * (1 + 1e-9)
    assert found.mean <= max(times) * (1 + 1e-9)


def test_nothing_has_no_summary():
    assert summary([]) is None


def test_the_parts_of_an_image_s_time_are_its_whole():
    found = row(sent(), ends=(1.0, 2.0, 4.0), seconds=(0.5, 0.25, 0.125))
    assert parts(found) == pytest.approx(
        {
            "wait for resize": 0.5,
            "resize": 0.5,
            "wait for watermark": 0.75,
            "watermark": 0.25,
            "wait for store": 1.875,
            "store": 0.125,
        }
    )
    assert math.fsum(parts(found).values()) == pytest.approx(found.total_seconds) == 4.0


def test_a_clock_that_is_behind_makes_no_time_negative():
    found = row(sent(), ends=(-1.0, -2.0, -3.0))
    assert min(parts(found).values()) >= 0
    assert found.total_seconds == 0


def test_stored_and_failed_images_are_summed_up_apart():
    stored, failed, missing = sent(0), sent(1), sent(2)
    rows = {
        stored.uploaded.image_id: row(stored),
        failed.uploaded.image_id: row(failed, "failed", error="E", ends=(0.5,)),
        missing.uploaded.image_id: row(missing, None, ends=(1.0,)),
    }
    found = summaries([stored, failed, missing], rows)
    assert (found["upload"].count, found[WHOLE].count, found[WHOLE_FAILED].count) == (3, 1, 1)
    assert (found[WHOLE].p50, found[WHOLE_FAILED].p50) == (4.0, 0.5)
    assert {found[name].count for name in PARTS} == {1}


@given(st.lists(st.floats(-5, 5000)), st.lists(st.floats(-5, 5000)), st.floats(0, 20_000))
def test_every_image_is_in_one_span(sent_at, ended_at, seconds):
    found = bins(sent_at, ended_at, seconds=seconds)
    assert sum(each.sent for each in found) == len(sent_at)
    assert sum(each.ended for each in found) == len(ended_at)
    assert 1 <= len(found) <= 60
    assert found[-1].start + found[-1].seconds >= seconds
    assert len({each.seconds for each in found}) == 1


def test_a_rate_is_over_the_span():
    found = bins([0.1, 0.2, 3.9], [3.5], seconds=4)
    assert [each.sent_a_second for each in found] == [2, 0, 0, 1]
    assert latencies.busiest(found) == 1


@given(st.lists(st.floats(0, 1e4), max_size=100))
def test_every_time_is_in_one_class_of_a_histogram(values):
    found = histogram(values)
    assert sum(count for _, _, count in found) == len(values)
    assert all(low <= high for low, high, _ in found)


def test_a_moment_is_in_seconds():
    assert latencies.moment("2026-01-02T03:04:05.500Z") == START + 0.5
