"""A call that fails between a notification and its record is tried again at once."""

from datetime import UTC, datetime, timedelta

import pytest
from kit.runners import Bench, message, stored

from shared.errors import AwsUnavailable, UnsupportedImage
from shared.runner.insistence import MAX_CALLS, insist

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Failing:
    """Fails some times, and then does what it stands for."""

    def __init__(self, times, does=lambda *_: "done"):
        self.left, self.does, self.calls = times, does, 0

    def __call__(self, *values):
        self.calls += 1
        if self.left:
            self.left -= 1
            raise AwsUnavailable("InternalError")
        return self.does(*values)


def test_a_call_is_tried_until_aws_answers():
    call = Failing(MAX_CALLS - 1)
    assert (insist(call, lambda: NOW), call.calls) == ("done", MAX_CALLS)


def test_the_last_failure_is_raised():
    call = Failing(MAX_CALLS)
    with pytest.raises(AwsUnavailable):
        insist(call, lambda: NOW)
    assert call.calls == MAX_CALLS


def test_after_a_slow_failure_there_is_no_other_try():
    times = iter([NOW, NOW + timedelta(seconds=6)])
    call = Failing(1)
    with pytest.raises(AwsUnavailable):
        insist(call, lambda: next(times))
    assert call.calls == 1


def test_other_errors_are_raised_at_once():
    with pytest.raises(ZeroDivisionError):
        insist(lambda: 1 // 0, lambda: NOW)


def test_a_failure_after_the_last_attempt_is_notified_though_one_call_fails():
    bench = Bench({"a": UnsupportedImage("x")})
    bench.notices.publish = Failing(1, bench.notices.publish)
    assert bench.run(message("a", receives=5)) == []
    (notice,) = bench.notices.published
    assert notice.error == "UnsupportedImage"


def test_what_was_notified_is_recorded_though_one_call_fails():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.ledger.record = Failing(1, bench.ledger.record)
    assert bench.run("a") == []
    assert [entry.outcome for entry in bench.ledger.entries] == ["stored"]
    assert len(bench.notices.published) == 1


def test_a_failure_is_notified_though_its_row_is_not_read_at_first():
    bench = Bench({"a": UnsupportedImage("x")})
    bench.ledger.progress = Failing(1, bench.ledger.progress)
    assert bench.run(message("a", receives=5)) == []
    assert len(bench.notices.published) == 1
