"""Who notifies subscribers of an image, and how often: each outcome once, however many messages it has."""

from dataclasses import replace

import pytest
from kit.runners import Bench, message, rejected, stored

from shared.errors import AwsUnavailable, UnsupportedImage
from shared.runner.runner import Finish


def test_a_stored_image_is_reported_and_recorded():
    bench = Bench({"a": stored("a")}, next_queue=None)
    assert bench.run("a") == []
    assert [notice.notice_id for notice in bench.notices.published] == ["a-stored"]
    assert [(entry.outcome, entry.outputs) for entry in bench.ledger.entries] == [("stored", ("a-resized",))]


def test_a_stored_image_is_reported_once():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    bench.run(message("a", receives=2))
    assert len(bench.notices.published) == 1


def test_a_duplicate_event_is_reported_once():
    first = stored("a")
    bench = Bench({"a": first}, next_queue=None)
    bench.run("a")
    bench.does["a"] = Finish(outcome="stored", notice=first.notice, outputs=first.outputs, repeated=True)
    bench.run("a")
    assert len(bench.notices.published) == 1


def test_an_image_that_another_message_stores_right_now_is_left_to_that_once():
    contested = replace(stored("a"), contested=True)
    bench = Bench({"a": contested}, next_queue=None)
    assert bench.run("a") == ["a"]
    assert (bench.notices.published, bench.ledger.entries) == ([], [])
    # The other one died: nobody else notifies.
    assert bench.run(message("a", receives=2)) == []
    assert len(bench.notices.published) == 1


def test_an_image_that_another_message_has_stored_meanwhile_is_not_reported_again():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    bench.does["a"] = replace(stored("a"), contested=True)
    assert bench.run("a") == []
    assert len(bench.notices.published) == 1


@pytest.mark.parametrize("does", [rejected("a"), UnsupportedImage("no image")], ids=["rejected", "failed"])
def test_of_two_messages_with_one_outcome_the_one_that_came_first_notifies(does):
    bench = Bench({"a": does})
    bench.notices.down = True
    bench.run("a")
    bench.notices.down = False
    # It has not notified, and comes back. Another one neither notifies nor records, or the first would find that done.
    assert bench.run(message("a") | {"messageId": "id-other"}) == []
    assert (bench.notices.published, bench.ledger.entries) == ([], [])
    assert bench.run(message("a", receives=2)) == []
    assert len(bench.notices.published) == len(bench.ledger.entries) == 1


def test_a_failure_is_notified_though_the_ledger_cannot_say_who_notifies(monkeypatch):
    bench = Bench({"a": UnsupportedImage("no image")})

    def refuse(*_, **__):
        raise AwsUnavailable("noting who notifies: ThrottlingException")

    monkeypatch.setattr(bench.ledger, "may_notify", refuse)
    assert bench.run(message("a", receives=5)) == []
    assert len(bench.notices.published) == len(bench.ledger.entries) == 1


def test_an_attempt_that_died_before_it_notified_is_reported_by_the_next():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run(message("a", receives=2))
    assert len(bench.notices.published) == 1
