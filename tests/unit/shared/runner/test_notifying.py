"""Who notifies subscribers of an image, and how often: each outcome once, however many messages it has."""

import pytest
from kit.runners import NOW, Bench, message, rejected, source, stored

from shared.dlq_messages import iso
from shared.errors import AwsUnavailable, IntermediateObjectMissing, UnsupportedImage
from shared.messages import UploadBatch
from shared.ports import LedgerEntry

OUTCOMES = pytest.mark.parametrize("does", [rejected("a"), UnsupportedImage("no image")], ids=["rejected", "failed"])


def other(body, **options):
    """Another message about the same image."""
    return message(body, **options) | {"messageId": f"id-other-{body}"}


def from_dlq(body, error, replays=1):
    """A message as a replay sends it; SQS's own redrive leaves the number of replays."""
    record = other(body, replays=replays)
    record["messageAttributes"]["error"] = {"stringValue": error, "dataType": "String"}
    return record


def published(bench):
    return [notice.notice_id for notice in bench.notices.published]


def test_a_stored_image_is_reported_and_recorded():
    bench = Bench({"a": stored("a")}, next_queue=None)
    assert bench.run("a") == []
    assert published(bench) == ["a-stored"]
    assert [(entry.outcome, entry.outputs) for entry in bench.ledger.entries] == [("stored", ("a-resized",))]


@pytest.mark.parametrize(
    "does", [stored("a"), rejected("a"), UnsupportedImage("x")], ids=["stored", "rejected", "failed"]
)
def test_nobody_is_notified_of_what_is_not_recorded(does):
    bench = Bench({"a": does}, next_queue=None)
    bench.ledger.down = True
    assert bench.run("a") == ["a"]
    assert (bench.notices.published, bench.source_queue.dead_lettered) == ([], [])


def test_what_is_notified_is_recorded_already():
    bench = Bench({"a": stored("a")}, next_queue=None)
    seen = []
    bench.notices.publish = lambda _: seen.append(bench.ledger.progress(source("a")).outcome)
    bench.run("a")
    assert seen == ["stored"]


def test_a_message_that_recorded_an_image_and_comes_back_may_not_have_notified_and_does():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    assert bench.run(message("a", receives=2)) == []
    assert published(bench) == ["a-stored"] * 2  # a copy, with the same id
    assert bench.source_queue.dead_lettered == []


@pytest.mark.parametrize("receives", [1, 2, 6])
def test_another_message_of_a_stored_image_notifies_nobody(receives):
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    assert bench.run(other("a", receives=receives)) == []
    assert published(bench) == ["a-stored"]
    assert bench.source_queue.dead_lettered == []


def test_of_a_row_that_names_no_message_nobody_is_notified_again():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.ledger.record(LedgerEntry(source=source("a"), service="store", seconds=1, at=iso(NOW), outcome="stored"))
    assert bench.run(message("a", receives=2)) == []
    assert (bench.notices.published, bench.steps) == ([], [])


@pytest.mark.parametrize("receives", [5, 6, 8])
def test_an_image_that_is_stored_is_notified_though_the_attempts_are_used_up(receives):
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.notices.down = True
    assert bench.run(message("a", receives=2)) == ["a"]
    assert bench.run(message("a", receives=receives)) == ["a"]
    assert bench.source_queue.pauses["handle-a"] < 200
    bench.notices.down = False
    assert bench.run(message("a", receives=receives + 1)) == []
    assert published(bench) == ["a-stored"]
    assert bench.source_queue.dead_lettered == []


@pytest.mark.parametrize("replays", [0, 1])
def test_an_image_that_is_stored_and_cannot_be_notified_waits_in_the_dlq_for_a_replay(replays):
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.notices.down = True
    bench.run("a")
    assert bench.run(message("a", receives=10)) == []
    (entry,) = bench.source_queue.dead_lettered
    assert entry.attributes["error"] == "NotNotified"
    assert entry.attributes["reason"] == (
        "the image is stored, but nobody may have been notified: publishing: InternalError"
    )
    assert [each.outcome for each in bench.ledger.entries][-1] == "stored"
    bench.notices.down = False
    assert bench.run(from_dlq("a", "NotNotified", replays)) == []
    assert published(bench) == ["a-stored"]


def test_a_replay_of_what_failed_and_is_stored_by_another_message_notifies_nobody():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    assert bench.run(from_dlq("a", "AwsUnavailable")) == []
    assert published(bench) == ["a-stored"]


def test_a_stored_image_whose_intermediate_object_is_gone_was_notified():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run("a")
    bench.does["a"] = IntermediateObjectMissing("swept")
    assert bench.run(message("a", receives=2)) == []
    assert (bench.source_queue.dead_lettered, published(bench)) == ([], ["a-stored"])


@pytest.mark.parametrize("does", [AwsUnavailable("busy"), UnsupportedImage("gone")], ids=["transient", "permanent"])
def test_an_image_that_may_have_been_sent_on_fails_only_after_the_reserved_receives(does):
    bench = Bench()
    bench.run("a")
    bench.does["a"] = does
    for receives in (5, 6, 9):
        assert bench.run(message("a", receives=receives)) == ["a"]
    assert (bench.notices.published, bench.source_queue.dead_lettered) == ([], [])
    assert bench.source_queue.pauses["handle-a"] <= 324
    assert bench.run(message("a", receives=10)) == []
    assert len(bench.notices.published) == len(bench.source_queue.dead_lettered) == 1


def test_an_image_that_may_have_been_sent_on_is_sent_on_though_the_attempts_are_used_up():
    bench = Bench()
    bench.run("a")
    assert bench.run(message("a", receives=6)) == []
    assert (len(bench.next_queue.sent), bench.source_queue.dead_lettered) == (2, [])


def test_a_batch_that_cannot_be_counted_is_no_reason_for_another_notice():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.ledger.batches[source("a").image_id] = UploadBatch(id="b", number=0, size=1)
    bench.upload_batches.down = True
    assert bench.run("a") == ["a"]
    assert bench.run(message("a", receives=2)) == ["a"]
    bench.upload_batches.down = False
    assert bench.run(message("a", receives=3)) == []
    assert published(bench) == ["a-stored", "b-ended"]


def test_a_failure_that_the_dlq_refuses_is_no_reason_for_another_notice():
    bench = Bench({"a": UnsupportedImage("no image")})
    bench.source_queue.refused = {"a"}
    for receives in (1, 5, 6, 10):
        assert bench.run(message("a", receives=receives)) == ["a"]
    assert len(bench.notices.published) == 1


@OUTCOMES
def test_of_two_messages_with_one_outcome_the_one_that_recorded_it_notifies(does):
    bench = Bench({"a": does})
    bench.notices.down = True
    bench.run("a")
    bench.notices.down = False
    assert bench.run(other("a")) == []
    assert bench.notices.published == []
    assert bench.run(message("a", receives=2)) == []
    assert len(bench.notices.published) == 1


@OUTCOMES
def test_of_two_messages_that_end_at_once_one_notifies(does):
    bench = Bench({"a": does})
    record, once = bench.ledger.record, []

    def record_after_another(entry):
        if not once:
            once.append(entry)
            bench.run(other("a"))
        return record(entry)

    bench.ledger.record = record_after_another
    assert bench.run("a") == []
    assert len(bench.notices.published) == 1


def test_a_failure_after_the_last_attempt_is_notified_though_the_ledger_does_not_take_it():
    bench = Bench({"a": lambda: setattr(bench.ledger, "down", True) or UnsupportedImage("no image")})
    assert bench.run(message("a", receives=5)) == []
    (entry,) = bench.source_queue.dead_lettered
    assert (entry.attributes["error"], len(bench.notices.published)) == ("UnsupportedImage", 1)


@pytest.mark.parametrize("error", [UnsupportedImage("no image"), AwsUnavailable("busy"), OSError("a bug")])
def test_the_last_failure_is_notified_later_with_its_own_reason(error):
    bench = Bench({"a": error})
    bench.notices.down = True
    assert bench.run(message("a", receives=5)) == ["a"]
    assert bench.source_queue.pauses["handle-a"] <= 4
    assert bench.source_queue.dead_lettered == []
    bench.notices.down = False
    assert bench.run(message("a", receives=6)) == []
    (entry,) = bench.source_queue.dead_lettered
    (notice,) = bench.notices.published
    expected = (type(error).__name__, str(error))
    assert (entry.attributes["error"], entry.attributes["reason"]) == (notice.error, notice.reason) == expected
    assert bench.steps == ["a"]
    assert bench.ledger.progress(source("a")).error == type(error).__name__


def test_an_attempt_that_died_before_it_recorded_is_reported_by_the_next():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.run(message("a", receives=2))
    assert len(bench.notices.published) == 1


def test_a_requeued_message_is_the_one_that_recorded():
    bench = Bench({"a": stored("a")}, next_queue=None)
    bench.notices.down = True
    bench.run("a")
    bench.run(message("a", receives=5), seconds=0)
    (requeued,) = bench.source_queue.requeued
    bench.notices.down = False
    record = other("a")
    record["messageAttributes"] = {
        name: {"stringValue": value, "dataType": "String"} for name, value in requeued.attributes.items()
    }
    assert bench.run(record) == []
    assert published(bench) == ["a-stored"]
