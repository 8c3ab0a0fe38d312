"""Batches in the ledger, and one digest of each whatever dies in between."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from kit.clocks import FakeClock
from kit.fakes import FakeContext, FakeSourceQueue
from kit.runners import message, parse, source, stored
from kit.sampling import sampled

from shared import batches
from shared.aws import batches as kept
from shared.aws.batches import MAX_FAILURES, DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.aws.topics import SnsNotices
from shared.batches import SHARD
from shared.errors import AwsUnavailable, UnsupportedImage
from shared.messages import UploadBatch
from shared.notifications import BatchEnded, FailedMember
from shared.runner.runner import Runner
from shared.runner.steps import Finish


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def upload_batches(aws, clock):
    return DynamoUploadBatches(aws.dynamodb, aws.names.ledger, clock)


def place(number, size, name="b"):
    return UploadBatch(id=name, number=number, size=size)


def test_the_last_member_of_the_last_shard_completes_a_batch(upload_batches):
    size = 2 * SHARD + 3
    for start in range(0, size - 1, SHARD):
        numbers = range(start, min(start + SHARD, size - 1))
        assert not upload_batches.count(place(start, size), "stored", numbers)
    assert upload_batches.count(place(size - 1, size), "vanished")
    assert upload_batches.lease(place(size - 1, size)).counts == {"stored": size - 1, "vanished": 1}


def test_a_member_that_is_counted_again_counts_once_and_asks_again(upload_batches):
    assert not upload_batches.count(place(0, 2), "failed")
    assert not upload_batches.count(place(0, 2), "failed")
    assert not upload_batches.count(place(0, 2), "stored")
    assert upload_batches.count(place(1, 2), "stored")
    assert upload_batches.count(place(1, 2), "stored")
    tally = upload_batches.lease(place(1, 2))
    assert tally.counts == {"stored": 2}


def test_a_place_is_the_first_images_that_claims_it(upload_batches):
    assert upload_batches.claim(place(0, 2), "first")
    assert not upload_batches.claim(place(0, 2), "second")
    assert upload_batches.claim(place(0, 2), "first")
    assert upload_batches.claim(place(1, 2), "second")
    assert upload_batches.claim(place(0, 2, "other"), "second")


def test_two_batches_do_not_know_each_other(upload_batches):
    assert not upload_batches.count(place(0, 2, "one"), "stored")
    assert not upload_batches.count(place(1, 2, "other"), "stored")
    assert upload_batches.count(place(1, 2, "one"), "stored")


def test_one_claims_and_another_only_when_that_time_is_over(upload_batches, clock):
    assert upload_batches.lease(place(0, 2)) is not None
    assert upload_batches.lease(place(0, 2)) is not None  # its own message is back
    with pytest.raises(AwsUnavailable, match="somebody else is about to report the batch b"):
        upload_batches.lease(place(1, 2))
    clock.now += kept.LEASE_SECONDS + 1
    assert upload_batches.lease(place(1, 2)) is not None


def test_what_is_reported_is_reported(upload_batches, clock):
    upload_batches.count(place(0, 1), "stored")
    upload_batches.lease(place(0, 1))
    upload_batches.notified(place(0, 1), "2026-01-01T00:00:00.000Z")
    clock.now += kept.LEASE_SECONDS + 1
    assert upload_batches.lease(place(0, 1)) is None
    assert not upload_batches.count(place(0, 1), "stored")


def test_a_batch_says_where_it_came_from_and_which_images_failed_permanently(upload_batches):
    upload_batches.open(place(0, 3), bucket="in", folders=["a/", "b/"], at="2026-01-01T00:00:00.000Z")
    for number, key in enumerate(("a/ü 日.jpg", "b/later-stored.jpg")):
        upload_batches.note(place(number, 3), FailedMember(key=key, error="E", reason='a "reason"'))
        upload_batches.count(place(number, 3), "failed")
    upload_batches.count(place(1, 3), "stored")
    upload_batches.count(place(2, 3), "superseded")
    tally = upload_batches.lease(place(2, 3))
    assert tally.failures == (FailedMember(key="a/ü 日.jpg", error="E", reason='a "reason"'),)
    assert (tally.bucket, tally.folders, tally.uploaded_at) == ("in", ("a/", "b/"), "2026-01-01T00:00:00.000Z")
    assert tally.counts == {"failed": 1, "stored": 1, "superseded": 1}


def test_failures_are_kept_as_long_as_there_is_room(upload_batches):
    size = MAX_FAILURES + 5
    for number in range(size):
        upload_batches.note(place(number, size), FailedMember(key=f"{number}.jpg", error="E", reason="r"))
        upload_batches.count(place(number, size), "failed")
    tally = upload_batches.lease(place(0, size))
    assert (len(tally.failures), tally.counts) == (MAX_FAILURES, {"failed": size})


def test_a_ledger_that_is_gone_is_worth_another_attempt(aws):
    with pytest.raises(AwsUnavailable):
        DynamoUploadBatches(aws.dynamodb, "no-such-table").count(place(0, 1), "stored")


def test_a_row_names_the_batch_whichever_is_written_first(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    first = ledger.join(source("a"), place(0, 2))
    assert "outcome" not in first
    assert ledger.progress(source("a")).service == "uploaded"
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
        self.source_queue = FakeSourceQueue()
        self.ends = {}
        self.service = Runner(
            clock=FakeClock(),
            name="store",
            namespace="pics",
            parse=parse,
            step=self._step,
            source_queue=self.source_queue,
            next_queue=None,
            ledger=self.ledger,
            upload_batches=DynamoUploadBatches(dynamodb, aws.names.ledger),
            notices=SnsNotices(lambda: sns, aws.topic_arn),
            max_receive_count=10,
            workers=1,
            now=lambda: datetime.now(UTC),
        )

    def _step(self, job, _):
        ends = self.ends[job.source.key]
        if isinstance(ends, Exception):
            raise ends
        return ends

    def upload(self, name):
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
    # Three images are two shards, so that shards are completed in between.
    monkeypatch.setattr(batches, "SHARD", 2)
    monkeypatch.setattr(kept, "SHARD", 2)
    return World(aws)


def test_a_crash_or_refusal_at_any_call_leaves_one_digest(world):
    keys = world.upload("good")
    with world.faults.at(-1, FAULTS[0]):
        assert world.work_off(keys) == 0
        calls = world.faults.calls
    assert [each.notice_id for each in world.digests()] == ["good-ended"]
    assert set(calls) == {"UpdateItem", "GetItem", "Publish"}
    repeated = []
    every = [(number, fault) for number in range(len(calls)) for fault in FAULTS]
    for number, (when, fault) in sampled(every):
        name = f"n{number}-{when}-{fault}"
        keys = world.upload(name)
        with world.faults.at(number, (when, fault)):
            deaths = world.work_off(keys)
        assert deaths == (fault == "crash"), name
        notified = world.digests()
        assert {each.notice_id for each in notified} == {f"{name}-ended"}, name
        assert {(each.size, each.stored, each.failed, each.vanished) for each in notified} == {(3, 1, 1, 1)}, name
        assert [each.body for each in world.source_queue.dead_lettered].count(keys[1]) >= 1
        if len(notified) > 1:
            repeated.append((calls[number], when))
    # Nobody can publish and write it down at the same moment: what lies between is reported again, under the same id.
    notified = [("Publish", "after"), ("UpdateItem", "before")]
    assert set(repeated) <= set(notified)
    if sampled(every) == every:
        assert sorted(repeated) == sorted(2 * notified)
