"""How fast messages go back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.dlq.throttle import Pacer


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


@given(st.floats(0.1, 500), st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_never_more_go_than_the_rate_says(rate, counts):
    clock = Clock()
    pacer = Pacer(rate, clock=clock, sleep=clock.sleep)
    gone = 0
    for count in counts:
        pacer.rate(count)
        assert gone <= (clock.now - 100) * rate + 1e-6
        gone += count


def test_the_first_go_at_once():
    clock = Clock()
    Pacer(1, clock=clock, sleep=clock.sleep).rate(1)
    assert clock.now == 100


def test_a_pause_is_no_credit_for_a_burst():
    clock = Clock()
    pacer = Pacer(2, clock=clock, sleep=clock.sleep)
    pacer.rate(2)
    clock.now += 60
    pacer.rate(2)
    before = clock.now
    pacer.rate(2)
    assert clock.now - before == pytest.approx(1)


def test_a_long_wait_is_reported_once_a_second():
    clock, calls = Clock(), []
    pacer = Pacer(0.1, clock=clock, sleep=clock.sleep)
    pacer.rate(1)
    pacer.rate(1, lambda: calls.append(clock.now))
    assert len(calls) == pytest.approx(10, abs=1)


@pytest.mark.parametrize(("rate", "at_once"), [(0.1, 1), (1, 1), (2.5, 2), (50, 10)])
def test_a_request_takes_what_a_second_allows(rate, at_once):
    assert Pacer(rate).at_once == at_once
