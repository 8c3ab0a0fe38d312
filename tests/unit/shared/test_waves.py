"""A message that kills the function takes no other with it."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runners import KEYS, Bench, message, passed_on, stored

from shared import runner as runner_module
from shared.errors import UnsupportedImage
from shared.records import Record
from shared.runner import Emit
from shared.waves import waves


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


def kill():
    raise Killed


def record(number, receives):
    return Record(
        message_id=f"{number:02d}", receipt_handle="r", body="b", receives=receives, replays=0, first_received=None
    )


@given(st.lists(st.integers(1, 9), min_size=1, max_size=10))
def test_every_message_is_in_one_wave_and_every_suspect_alone(receives):
    batch = [record(*each) for each in enumerate(receives)]
    found = waves(batch, 5)
    assert sorted((each for wave in found for each in wave), key=lambda each: each.message_id) == batch
    assert all(len(wave) == 1 or {min(each.receives, 6) for each in wave} in ({1}, {6}) for wave in found)
    assert not any(each.receives > 5 for wave in found[1:] for each in wave)
    tries = [wave[0].receives for wave in found if 1 < wave[0].receives <= 5]
    assert tries == sorted(tries, reverse=True)


def test_a_batch_of_new_messages_is_one_wave():
    batch = [record(number, 1) for number in range(10)]
    assert waves(batch, 5) == [batch]


@pytest.mark.parametrize("place", range(10))
def test_of_a_batch_that_one_message_kills_all_others_are_done_within_two_more_tries(place):
    poison = KEYS[place]
    bench = Bench({poison: kill})
    receives, waiting, done = 1, list(KEYS), set()
    for receives in (1, 2, 3):
        with pytest.raises(Killed):
            bench.run(*(message(key, receives=receives) for key in waiting))
        done |= {receipt.removeprefix("handle-") for receipt in bench.inbox.acknowledged}
        waiting = [key for key in KEYS if key not in done]
    assert waiting == [poison]
    sent = [key for key in KEYS if passed_on(key).encode() in bench.outbox.sent]
    assert sent == [key for key in KEYS if key != poison]
    assert bench.run(message(poison, receives=6)) == []
    assert [letter.attributes["error"] for letter in bench.inbox.buried] == ["FunctionDied"]


def test_new_messages_are_sent_on_and_acknowledged_before_a_suspect_is_touched():
    bench = Bench({"poison": kill, "bad": UnsupportedImage("x")})
    with pytest.raises(Killed):
        bench.run(message("poison", receives=2), "a", "b", "bad")
    assert sorted(bench.inbox.acknowledged) == ["handle-a", "handle-b", "handle-bad"]
    assert len(bench.outbox.sent) == 2
    assert [letter.body for letter in bench.inbox.buried] == ["bad"]


def test_what_must_come_back_is_not_acknowledged_before_a_suspect():
    bench = Bench({"a": OSError("a bug")})
    assert bench.run("a", "b", message("c", receives=2)) == ["a"]
    assert bench.inbox.acknowledged == ["handle-b"]


def test_new_messages_that_hang_leave_time_for_a_suspect(monkeypatch):
    monkeypatch.setattr(runner_module, "RESERVE_SECONDS", 0)
    hung = threading.Event()
    bench = Bench({"new": lambda: hung.wait(20) and Emit(message=passed_on("new"))})
    try:
        assert bench.run("new", message("suspect", receives=4), seconds=2) == ["new"]
    finally:
        hung.set()
    assert bench.outbox.sent == [passed_on("suspect").encode()]


@pytest.mark.parametrize("receives", [2, 5, 6])
def test_what_is_stored_and_comes_again_is_not_even_worked_on(receives):
    bench = Bench({"a": stored("a")}, name="store", outbox=None)
    bench.run("a")
    assert bench.run(message("a", receives=receives)) == []
    assert (bench.steps, bench.inbox.buried, len(bench.notices.published)) == (["a"], [], 1)


def test_what_was_passed_on_may_not_have_been_sent_and_is_passed_on_again():
    bench = Bench()
    bench.run("a")
    bench.run(message("a", receives=2))
    assert bench.outbox.sent == [passed_on("a").encode()] * 2


def test_what_a_later_service_has_is_not_passed_on_again():
    bench = Bench()
    bench.run("a")
    later = Bench(name="watermark")
    later.service.ledger.entries = bench.ledger.entries
    later.run("a")
    for receives in (2, 6):
        assert bench.run(message("a", receives=receives)) == []
    assert (len(bench.outbox.sent), bench.inbox.buried, bench.notices.published) == (1, [], [])


def test_what_is_only_told_of_is_told_before_anything_can_kill_the_function():
    bench = Bench({"new": kill})
    with pytest.raises(Killed):
        bench.run("new", message("dead", receives=6), message("deader", receives=10))
    assert [letter.body for letter in bench.inbox.buried] == ["dead", "deader"]
    assert bench.inbox.acknowledged == ["handle-dead", "handle-deader"]
    assert {entry.outcome for entry in bench.ledger.entries} == {"failed"}


@pytest.mark.parametrize(("receives", "buried"), [(4, 0), (5, 1), (6, 0), (9, 0), (10, 1)])
def test_a_failure_that_cannot_be_told_comes_back_as_long_as_it_keeps_its_reason(receives, buried):
    bench = Bench({"a": UnsupportedImage("text")})
    bench.notices.down = True
    assert len(bench.run(message("a", receives=receives))) == 1 - buried
    assert len(bench.inbox.buried) == buried
    assert [entry.outcome for entry in bench.ledger.entries] == ["failed"] * buried


def late(*records, refused=()):
    """Messages that come when the time is over already."""
    bench = Bench()
    bench.inbox.refused = set(refused)
    return bench, bench.run(*records, seconds=0)


def test_waiting_is_no_try_so_what_was_never_begun_is_sent_anew_before_its_tries_are_used_up():
    record = message("a", receives=5, replays=2)
    bench, back = late(record, message("b", receives=4), "c")
    assert sorted(back) == ["b", "c"]
    assert [(each.body, each.attributes) for each in bench.inbox.renewed] == [("a", {"replays": "2"})]
    assert (bench.steps, bench.inbox.buried) == ([], [])
    assert set(bench.inbox.pauses) == {"handle-b", "handle-c"}


def test_what_cannot_be_sent_anew_comes_back():
    bench, back = late(message("a", receives=5), refused=["a"])
    assert back == ["a"]
    assert bench.inbox.buried == []
