"""A message that kills the function takes no other with it."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.runners import KEYS, Bench, message, passed_on, stored

from shared.errors import UnsupportedImage
from shared.runner.event import Record
from shared.runner.poison_isolation import SHARE_OF_FIRST_DELIVERIES, isolation_groups
from shared.runner.runner import GRACE_SECONDS, RESERVE_SECONDS
from shared.runner.steps import Emit


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


def kill():
    raise Killed


def record(number, receives):
    return Record(
        message_id=f"{number:02d}", receipt_handle="r", body="b", receives=receives, replays=0, first_received=None
    )


@given(st.lists(st.integers(1, 9), min_size=1, max_size=10))
def test_every_first_delivery_is_in_one_group_and_every_redelivered_message_alone(receives):
    batch = [record(*each) for each in enumerate(receives)]
    found = isolation_groups(batch, 5)
    assert sorted((each for wave in found for each in wave), key=lambda each: each.message_id) == batch
    assert all(len(wave) == 1 or {min(each.receives, 6) for each in wave} in ({1}, {6}) for wave in found)
    assert not any(each.receives > 5 for wave in found[1:] for each in wave)
    attempts = [wave[0].receives for wave in found if 1 < wave[0].receives <= 5]
    assert attempts == sorted(attempts, reverse=True)


def test_a_batch_of_first_deliveries_is_one_group():
    batch = [record(number, 1) for number in range(10)]
    assert isolation_groups(batch, 5) == [batch]


@pytest.mark.parametrize("place", range(10))
def test_of_a_batch_that_one_message_kills_all_others_are_done_within_two_more_attempts(place):
    poison = KEYS[place]
    bench = Bench({poison: kill})
    receives, waiting, done = 1, list(KEYS), set()
    for receives in (1, 2, 3):
        with pytest.raises(Killed):
            bench.run(*(message(key, receives=receives) for key in waiting))
        done |= {receipt.removeprefix("handle-") for receipt in bench.source_queue.acknowledged}
        waiting = [key for key in KEYS if key not in done]
    assert waiting == [poison]
    sent = [key for key in KEYS if passed_on(key).encode() in bench.next_queue.sent]
    assert sent == [key for key in KEYS if key != poison]
    assert bench.run(message(poison, receives=6)) == []
    assert [entry.attributes["error"] for entry in bench.source_queue.dead_lettered] == ["FunctionDied"]


def test_first_deliveries_are_sent_on_and_acknowledged_before_a_redelivered_message_begins():
    bench = Bench({"poison": kill, "bad": UnsupportedImage("x")})
    with pytest.raises(Killed):
        bench.run(message("poison", receives=2), "a", "b", "bad")
    assert sorted(bench.source_queue.acknowledged) == ["handle-a", "handle-b", "handle-bad"]
    assert len(bench.next_queue.sent) == 2
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["bad"]


def test_what_must_come_back_is_not_acknowledged_before_a_redelivered_message():
    bench = Bench({"a": OSError("a bug")})
    assert bench.run("a", "b", message("c", receives=2)) == ["a"]
    assert bench.source_queue.acknowledged == ["handle-b"]


def test_first_deliveries_that_hang_leave_time_for_a_redelivered_message():
    def hang():
        bench.clock.advance(SHARE_OF_FIRST_DELIVERIES * (60 - RESERVE_SECONDS) + GRACE_SECONDS)
        waited_for.append(not hung.wait(20))
        return Emit(message=passed_on("new"))

    hung, waited_for, bench = threading.Event(), [], Bench({"new": hang})
    try:
        assert bench.run("new", message("suspect", receives=4), seconds=60) == ["new"]
        assert waited_for == []
    finally:
        hung.set()
    assert bench.next_queue.sent == [passed_on("suspect").encode()]


@pytest.mark.parametrize("receives", [2, 5, 6])
def test_what_another_message_has_stored_is_not_processed(receives):
    bench = Bench({"a": stored("a")}, name="store", next_queue=None)
    bench.run("a")
    again = message("a", receives=receives) | {"messageId": "id-other"}
    assert bench.run(again) == []
    assert (bench.steps, bench.source_queue.dead_lettered, len(bench.notices.published)) == (["a"], [], 1)


def test_what_was_passed_on_may_not_have_been_sent_and_is_passed_on_again():
    bench = Bench()
    bench.run("a")
    bench.run(message("a", receives=2))
    assert bench.next_queue.sent == [passed_on("a").encode()] * 2


def test_what_a_later_service_has_is_not_passed_on_again():
    bench = Bench()
    bench.run("a")
    later = Bench(name="watermark")
    later.service.ledger.entries = bench.ledger.entries
    later.run("a")
    for receives in (2, 6):
        assert bench.run(message("a", receives=receives)) == []
    assert (len(bench.next_queue.sent), bench.source_queue.dead_lettered, bench.notices.published) == (1, [], [])


def test_what_is_only_reported_is_reported_before_anything_can_kill_the_function():
    bench = Bench({"new": kill})
    with pytest.raises(Killed):
        bench.run("new", message("dead", receives=6), message("deader", receives=10))
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["dead", "deader"]
    assert bench.source_queue.acknowledged == ["handle-dead", "handle-deader"]
    assert {entry.outcome for entry in bench.ledger.entries} == {"failed"}


@pytest.mark.parametrize(("receives", "dead_lettered"), [(4, 0), (5, 0), (6, 0), (9, 0), (10, 1)])
def test_a_failure_that_cannot_be_notified_comes_back_as_long_as_it_may(receives, dead_lettered):
    bench = Bench({"a": UnsupportedImage("text")})
    bench.notices.down = True
    assert len(bench.run(message("a", receives=receives))) == 1 - dead_lettered
    assert len(bench.source_queue.dead_lettered) == dead_lettered
    assert [entry.outcome for entry in bench.ledger.entries] == ["failed"]


@pytest.mark.parametrize(("receives", "dead_lettered"), [(4, 0), (5, 1), (6, 0), (9, 0), (10, 1)])
def test_a_failure_that_cannot_be_recorded_comes_back_as_long_as_it_keeps_its_reason(receives, dead_lettered):
    bench = Bench({"a": lambda: setattr(bench.ledger, "down", True) or UnsupportedImage("text")})
    bench.ledger.down = receives > 5  # these are not attempts
    assert len(bench.run(message("a", receives=receives))) == 1 - dead_lettered
    assert len(bench.source_queue.dead_lettered) == dead_lettered
    assert len(bench.notices.published) == dead_lettered


def late(*records, refused=()):
    """Messages that come when the time is over already."""
    bench = Bench()
    bench.source_queue.refused = set(refused)
    return bench, bench.run(*records, seconds=0)


def test_waiting_is_not_an_attempt_so_what_was_never_begun_is_requeued_before_its_attempts_are_exhausted():
    record = message("a", receives=5, replays=2)
    bench, back = late(record, message("b", receives=4), "c")
    assert sorted(back) == ["b", "c"]
    assert [(each.body, each.attributes) for each in bench.source_queue.requeued] == [
        ("a", {"replays": "2", "requeued_from": "id-a"})
    ]
    assert (bench.steps, bench.source_queue.dead_lettered) == ([], [])
    assert set(bench.source_queue.pauses) == {"handle-b", "handle-c"}


def test_what_cannot_be_requeued_comes_back():
    bench, back = late(message("a", receives=5), refused=["a"])
    assert back == ["a"]
    assert bench.source_queue.dead_lettered == []
