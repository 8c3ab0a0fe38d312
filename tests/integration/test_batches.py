"""Batches in the ledger, and one digest of each whatever dies in between."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from fakes import FakeContext, FakeInbox
from runners import message, parse, source, stored

from shared import batches
from shared.aws import batches as kept
from shared.aws.batches import MOST_FAILURES, DynamoBook
from shared.aws.ledger import DynamoLedger
from shared.aws.topics import SnsNotices
from shared.batches import SHEET
from shared.errors import AwsUnavailable, UnsupportedImage
from shared.messages import Batch, BatchEnded, FailedMember
from shared.runner import Finish, Runner


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(aws, clock):
    return DynamoBook(aws.dynamodb, aws.names.ledger, clock)


def place(number, size, name="b"):
    return Batch(id=name, number=number, size=size)


def test_the_last_member_of_the_last_sheet_completes_a_batch(book):
    size = 2 * SHEET + 3
    for start in range(0, size - 1, SHEET):
        numbers = range(start, min(start + SHEET, size - 1))
        assert not book.count(place(start, size), "stored", numbers)
    assert book.count(place(size - 1, size), "vanished")
    assert book.claim(place(size - 1, size)).counts == {"stored": size - 1, "vanished": 1}


def test_a_member_that_is_counted_again_counts_once_and_asks_again(book):
    assert not book.count(place(0, 2), "failed")
    assert not book.count(place(0, 2), "failed")
    assert not book.count(place(0, 2), "stored")
    assert book.count(place(1, 2), "stored")
    assert book.count(place(1, 2), "stored")
    tally = book.claim(place(1, 2))
    assert tally.counts == {"stored": 2}


def test_two_batches_do_not_know_each_other(book):
    assert not book.count(place(0, 2, "one"), "stored")
    assert not book.count(place(1, 2, "other"), "stored")
    assert book.count(place(1, 2, "one"), "stored")


def test_one_claims_and_another_only_when_that_time_is_over(book, clock):
    assert book.claim(place(0, 2)) is not None
    assert book.claim(place(0, 2)) is not None  # its own message is back
    with pytest.raises(AwsUnavailable, match="somebody else is about to tell of the batch b"):
        book.claim(place(1, 2))
    clock.now += kept.CLAIM_SECONDS + 1
    assert book.claim(place(1, 2)) is not None


def test_what_is_told_is_told(book, clock):
    book.count(place(0, 1), "stored")
    book.claim(place(0, 1))
    book.told(place(0, 1), "2026-01-01T00:00:00.000Z")
    clock.now += kept.CLAIM_SECONDS + 1
    assert book.claim(place(0, 1)) is None
    assert not book.count(place(0, 1), "stored")


def test_a_batch_says_where_it_came_from_and_which_failed_for_good(book):
    book.open(place(0, 3), bucket="in", folders=["a/", "b/"], at="2026-01-01T00:00:00.000Z")
    for number, key in enumerate(("a/ü 日.jpg", "b/later-stored.jpg")):
        book.note(place(number, 3), FailedMember(key=key, error="E", reason='a "reason"'))
        book.count(place(number, 3), "failed")
    book.count(place(1, 3), "stored")
    book.count(place(2, 3), "superseded")
    tally = book.claim(place(2, 3))
    assert tally.failures == (FailedMember(key="a/ü 日.jpg", error="E", reason='a "reason"'),)
    assert (tally.bucket, tally.folders, tally.dropped_at) == ("in", ("a/", "b/"), "2026-01-01T00:00:00.000Z")
    assert tally.counts == {"failed": 1, "stored": 1, "superseded": 1}


def test_failures_are_kept_as_long_as_there_is_room(book):
    size = MOST_FAILURES + 5
    for number in range(size):
        book.note(place(number, size), FailedMember(key=f"{number}.jpg", error="E", reason="r"))
        book.count(place(number, size), "failed")
    tally = book.claim(place(0, size))
    assert (len(tally.failures), tally.counts) == (MOST_FAILURES, {"failed": size})


def test_a_ledger_that_is_gone_is_worth_another_try(aws):
    with pytest.raises(AwsUnavailable):
        DynamoBook(aws.dynamodb, "no-such-table").count(place(0, 1), "stored")


def test_a_row_names_the_batch_whichever_is_written_first(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    first = ledger.join(source("a"), place(0, 2))
    assert "outcome" not in first
    assert ledger.progress(source("a")).service == "dropped"
    assert ledger.progress(source("a")).batch == place(0, 2)


class Crash(BaseException):
    """The function's process is gone."""


class Faults:
    """Lets the nth call of some clients fail: before it reaches AWS or after, with the process or as AWS refuses."""

    def __init__(self, *clients):
        self.calls = []
        self._at = None
        for client in clients:
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    @contextmanager
    def at(self, number, fault):
        self.calls, self._at = [], (number, *fault)
        try:
            yield
        finally:
            self._at = None

    def _before(self, model, **_):
        self.calls.append(model.name)
        self._strike("before", model.name)

    def _after(self, model, **_):
        self._strike("after", model.name)

    def _strike(self, when, name):
        if self._at is not None and self._at[:2] == (len(self.calls) - 1, when):
            fault, self._at = self._at[2], None
            raise Crash if fault == "crash" else ClientError({"Error": {"Code": "InternalError"}}, name)


FAULTS = [("before", "crash"), ("after", "crash"), ("before", "refusal"), ("after", "refusal")]


class World:
    """One service on moto's ledger and topic, fed by a queue that gives back what is not done."""

    def __init__(self, aws):
        self.aws = aws
        dynamodb, sns = boto3.client("dynamodb"), boto3.client("sns")
        self.faults = Faults(dynamodb, sns)
        self.ledger = DynamoLedger(dynamodb, aws.names.ledger)
        self.inbox = FakeInbox()
        self.ends = {}
        self.service = Runner(
            name="store",
            namespace="pics",
            parse=parse,
            step=self._step,
            inbox=self.inbox,
            outbox=None,
            ledger=self.ledger,
            book=DynamoBook(dynamodb, aws.names.ledger),
            notices=SnsNotices(lambda: sns, aws.topic_arn),
            max_receive_count=10,
            workers=1,
            now=lambda: datetime.now(UTC),
        )

    def _step(self, job):
        ends = self.ends[job.source.key]
        if isinstance(ends, Exception):
            raise ends
        return ends

    def drop(self, name):
        """A batch of three that come to what needs the most calls; the keys."""
        keys = [f"{name}-{number}" for number in range(3)]
        ends = [Finish(outcome="vanished"), UnsupportedImage("text"), stored(keys[2])]
        self.ends |= dict(zip(keys, ends, strict=True))
        for number, key in enumerate(keys):
            self.ledger.join(source(key), place(number, 3, name))
        return keys

    def work_off(self, keys):
        """Until no message is left; how often something died."""
        deaths, waiting = 0, [(key, 1) for key in keys]
        while waiting:
            key, receives = waiting.pop(0)
            try:
                failures = self.service.run({"Records": [message(key, receives=receives)]}, FakeContext())
            except Crash:
                deaths += 1
                waiting.append((key, receives + 1))
                continue
            if failures["batchItemFailures"]:
                waiting.append((key, receives + 1))
            assert receives < 5
        return deaths

    def digests(self):
        url = self.aws.urls[self.aws.names.mailbox]
        found = []
        while messages := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                # Else it would come again where a busy machine takes longer than it is hidden for.
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                body = json.loads(each["Body"])["Message"]
                if "batch-ended" in body:
                    found.append(BatchEnded.decode(body))
        return found


@pytest.fixture
def world(aws, monkeypatch):
    # Three images are two sheets, so that sheets are completed in between.
    monkeypatch.setattr(batches, "SHEET", 2)
    monkeypatch.setattr(kept, "SHEET", 2)
    return World(aws)


def test_a_crash_or_refusal_at_any_call_leaves_one_digest(world):
    keys = world.drop("good")
    with world.faults.at(-1, FAULTS[0]):
        assert world.work_off(keys) == 0
        calls = world.faults.calls
    assert [each.notice_id for each in world.digests()] == ["good-ended"]
    assert set(calls) == {"UpdateItem", "GetItem", "Publish"}
    repeated = []
    for number, (when, fault) in [(number, fault) for number in range(len(calls)) for fault in FAULTS]:
        name = f"n{number}-{when}-{fault}"
        keys = world.drop(name)
        with world.faults.at(number, (when, fault)):
            deaths = world.work_off(keys)
        assert deaths == (fault == "crash"), name
        told = world.digests()
        assert {each.notice_id for each in told} == {f"{name}-ended"}, name
        assert {(each.size, each.stored, each.failed, each.vanished) for each in told} == {(3, 1, 1, 1)}, name
        assert [each.body for each in world.inbox.buried].count(keys[1]) >= 1
        if len(told) > 1:
            repeated.append((calls[number], when))
    # Nobody can publish and write it down at the same moment: what lies between is told again, under the same id.
    told = [("Publish", "after"), ("UpdateItem", "before")]
    assert sorted(repeated) == sorted(2 * told)
