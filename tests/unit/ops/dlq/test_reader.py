"""One dead-letter queue as it is read."""

from concurrent.futures import ALL_COMPLETED
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.exceptions import ClientError
from kit.clocks import FakeClock
from kit.dlq_messages import message

from ops.dlq.reader import DlqReader

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class FakeSqs:
    """An SQS that gives what it is reported to, one receive after the other; the last of them again and again."""

    def __init__(self, *receives, counts=("0",)):
        self.receives = list(receives)
        self.counts = list(counts)
        self.hidden = []
        self.refuses = False

    def get_queue_attributes(self, **_):
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        attributes = {"ApproximateNumberOfMessages": count, "ApproximateNumberOfMessagesNotVisible": "2"}
        return {"Attributes": attributes, "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(NOW)}}}

    def receive_message(self, **asked):
        assert asked["MaxNumberOfMessages"] == 10
        given = self.receives.pop(0) if len(self.receives) > 1 else self.receives[0]
        return {"Messages": given} if given else {}

    def change_message_visibility_batch(self, *, Entries, **_):  # noqa: N803 - as boto3 names it
        if self.refuses:
            raise ClientError({"Error": {"Code": "Throttled"}}, "ChangeMessageVisibilityBatch")
        assert 1 <= len(Entries) <= 10
        self.hidden += [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries]
        return {}


def put(*names, late=0):
    sent = int((NOW + timedelta(seconds=late)).timestamp() * 1000)
    return [{**message("body", message_id=name, sent=sent), "ReceiptHandle": f"h-{name}"} for name in names]


def reader(sqs, **options):
    return DlqReader(sqs=sqs, service="resize", url="u", max_receives=6, **options)


def read(sqs):
    with reader(sqs) as reading:
        return [entry.message_id for entries in reading.read() for entry in entries]


def test_each_message_is_read_once():
    assert read(FakeSqs(put("a", "b"), put("b", "c"), [], counts=["3"])) == ["a", "b", "c"]


def test_a_message_that_two_receives_are_given_at_once_is_read_once(monkeypatch):
    monkeypatch.setattr("ops.dlq.reader.FIRST_COMPLETED", ALL_COMPLETED)
    sqs = FakeSqs(put("a", "b"), put("a", "b"), [], counts=["20"])
    assert read(sqs) == ["a", "b"]


def test_what_came_after_the_beginning_is_not_read_but_held_and_given_back():
    sqs = FakeSqs(put("old"), put("new", late=5), [], counts=["1"])
    assert read(sqs) == ["old"]
    assert sqs.hidden == [("h-old", 0), ("h-new", 0)]


def test_a_queue_into_which_more_and_more_comes_is_read_to_an_end():
    class Filling(FakeSqs):
        def receive_message(self, **_):
            self.number = getattr(self, "number", 0) + 1
            return {"Messages": put(str(self.number), late=0 if self.number < 3 else 5)}

    assert read(Filling(counts=["9"])) == ["1", "2"]


def test_a_receive_that_finds_nothing_ends_nothing_while_there_should_be_more():
    assert read(FakeSqs([], put("a"), [], [], put("b"), [], counts=["2"])) == ["a", "b"]


def test_the_highest_count_is_believed_and_a_wrong_one_ends_all_the_same():
    assert read(FakeSqs(put("a"), [], put("b"), [], counts=["0", "2", "1"])) == ["a", "b"]
    assert read(FakeSqs([], counts=["99"])) == []


def test_more_than_were_counted_are_read():
    assert read(FakeSqs(put("a"), put("b"), put("c"), [], counts=["1"])) == ["a", "b", "c"]


def test_what_is_held_is_held_longer_while_the_work_lasts_and_then_given_back():
    clock = FakeClock()
    sqs = FakeSqs(put("a"), [], counts=["1"])
    with reader(sqs, clock=clock, visibility_seconds=300) as reading:
        next(reading.read())
        for seconds, renewed in ((149, 0), (151, 1), (300, 1), (302, 2)):
            clock.now = seconds
            reading.keep()
            assert sqs.hidden == [("h-a", 300)] * renewed
    assert sqs.hidden[-1] == ("h-a", 0)


def test_what_is_interrupted_gives_back_what_it_held():
    sqs = FakeSqs(put("a", "b"), [], counts=["2"])

    def interrupted():
        with reader(sqs) as reading:
            for _ in reading.read():
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sqs.hidden == [("h-a", 0), ("h-b", 0)]


def test_what_cannot_be_given_back_is_counted():
    sqs = FakeSqs(put(*map(str, range(10))), put("more"), [], counts=["11"])
    with reader(sqs) as reading:
        list(reading.read())
        sqs.refuses = True
    assert (reading.unreleased, reading.hidden) == (11, 2)
