"""How fast messages go back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.clocks import FakeClock

from ops.dlq.throttle import Pacer


@given(st.floats(0.1, 500), st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_never_more_go_than_the_rate_says(rate, counts):
    clock = FakeClock()
    pacer = Pacer(rate, clock=clock)
    gone = 0
    for count in counts:
        pacer.rate(count)
        assert gone <= clock.now * rate + 1e-6
        gone += count
    assert all(seconds > 0 for seconds in clock.waited)


def test_the_first_go_at_once():
    clock = FakeClock()
    Pacer(1, clock=clock).rate(1)
    assert clock.now == 0


def test_a_pause_is_no_credit_for_a_burst():
    clock = FakeClock()
    pacer = Pacer(2, clock=clock)
    pacer.rate(2)
    clock.now += 60
    pacer.rate(2)
    before = clock.now
    pacer.rate(2)
    assert clock.now - before == pytest.approx(1)


def test_a_long_wait_is_reported_once_a_second():
    clock, calls = FakeClock(), []
    pacer = Pacer(0.1, clock=clock)
    pacer.rate(1)
    pacer.rate(1, lambda: calls.append(clock.now))
    assert len(calls) == pytest.approx(10, abs=1)


@pytest.mark.parametrize(("rate", "at_once"), [(0.1, 1), (1, 1), (2.5, 2), (50, 10)])
def test_a_request_takes_what_a_second_allows(rate, at_once):
    assert Pacer(rate).at_once == at_once


def test_what_goes_within_a_second_is_bounded_and_never_nothing():
    assert [Pacer(rate).in_a_second(100) for rate in (0.1, 50, 1e9)] == [1, 50, 100]
