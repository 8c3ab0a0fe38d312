"""Dead-letter queues of any length, with the rules that AWS documents and a clock of their own."""

import threading
from datetime import UTC, datetime

import pytest
from kit.dlq_messages import SENT, attributes, body_of, source

from bench.simulated_sqs import MAX_IN_FLIGHT, SimulatedQueue
from ops.dlq.limits import CONCURRENCY
from ops.dlq.reader import DlqReader

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/image-pipeline-resize-dlq"


class Clock:
    """Time that passes in requests and waits alone, which as many threads share as a reader has."""

    def __init__(self):
        self.now = 0.0
        self._lock = threading.Lock()

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        with self._lock:
            self.now += seconds / CONCURRENCY


def queue_of(count, clock, *, request_seconds=0.0):
    queue = SimulatedQueue(request_seconds=request_seconds, clock=clock.monotonic, sleep=clock.sleep)
    body, said = body_of("resize", source("a.jpg")), attributes(error="AwsUnavailable")
    queue.put(((body, said) for _ in range(count)), SENT)
    return queue


def reader_of(queue, clock, **options):
    return DlqReader(sqs=queue, service="resize", url=URL, max_receives=6, clock=clock, **options)


def read(reader):
    return [entry.message_id for entries in reader.read() for entry in entries]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 700, 3_000])
def test_every_message_is_read_once_and_all_are_given_back(count):
    clock = Clock()
    queue = queue_of(count, clock)
    with reader_of(queue, clock) as reader:
        found = read(reader)
    assert (len(found), len(set(found)), reader.unseen) == (count, count, 0)
    assert (queue.depth, queue.in_flight, reader.unreleased) == (count, 0, 0)


def test_a_reading_that_takes_longer_than_its_visibility_timeout_sees_all_of_it():
    clock = Clock()
    # Some 380 receives and as many renewals, of 2 s by 32 threads, where others see each message after 30 s.
    queue = queue_of(3_000, clock, request_seconds=2)
    with reader_of(queue, clock, visibility_seconds=30) as reader:
        found = read(reader)
        assert queue.requests["ChangeMessageVisibilityBatch"] > 0
    assert clock.now > 30
    assert (len(found), len(set(found)), reader.unseen) == (3_000, 3_000, 0)
    assert queue.depth == 3_000


def test_requests_are_as_many_as_messages_need():
    clock = Clock()
    queue = queue_of(2_000, clock)
    with reader_of(queue, clock) as reader:
        read(reader)
    assert queue.requests["ReceiveMessage"] < 300  # seven out of ten receives give ten
    assert queue.requests["ChangeMessageVisibilityBatch"] == 200
    assert queue.requests["GetQueueAttributes"] <= 4


@pytest.mark.parametrize("wait_seconds", [0, 1])
def test_what_sqs_does_not_give_is_said(monkeypatch, wait_seconds):
    monkeypatch.setattr("ops.dlq.reader.MAX_IN_FLIGHT", 500)
    monkeypatch.setattr("bench.simulated_sqs.MAX_IN_FLIGHT", 500)
    clock = Clock()
    queue = queue_of(1_500, clock)
    with reader_of(queue, clock, wait_seconds=wait_seconds) as reader:
        found = read(reader)
    assert 490 <= len(found) == len(set(found)) <= 500
    assert queue.most_in_flight <= 500
    assert reader.unseen == pytest.approx(1_000, rel=0.05)
    assert queue.depth == 1_500


def test_messages_that_others_hold_leave_less_room(monkeypatch):
    monkeypatch.setattr("ops.dlq.reader.MAX_IN_FLIGHT", 500)
    monkeypatch.setattr("bench.simulated_sqs.MAX_IN_FLIGHT", 500)
    clock = Clock()
    queue = queue_of(1_500, clock)
    for _ in range(20):
        queue.receive_message(VisibilityTimeout=300, MaxNumberOfMessages=10)
    held = queue.in_flight
    with reader_of(queue, clock) as reader:
        found = read(reader)
    assert reader.hidden == pytest.approx(held, rel=0.02)
    assert 480 - held <= len(found) <= 500 - held
    assert reader.unseen > 900


def test_a_queue_whose_messages_are_deleted_as_they_come_is_read_whole(monkeypatch):
    monkeypatch.setattr("ops.dlq.reader.MAX_IN_FLIGHT", 500)
    monkeypatch.setattr("bench.simulated_sqs.MAX_IN_FLIGHT", 500)
    clock = Clock()
    queue = queue_of(1_500, clock)
    with reader_of(queue, clock) as reader:
        gone = sum(len(entries) for entries in reader.read() if not reader.delete(entries))
    assert (gone, reader.unseen, queue.depth, queue.in_flight) == (1_500, 0, 0, 0)


def test_the_limit_is_what_aws_documents():
    from ops.dlq.limits import MAX_IN_FLIGHT as OURS  # noqa: PLC0415

    assert OURS == MAX_IN_FLIGHT == 120_000


def test_messages_that_come_meanwhile_do_not_count_as_unseen():
    clock = Clock()
    queue = queue_of(100, clock)
    with reader_of(queue, clock) as reader:
        for number, entries in enumerate(reader.read()):
            assert all(entry.sent_at < datetime(2026, 1, 2, tzinfo=UTC) for entry in entries)
            if not number:
                queue.put([("new", {})], 4_000_000_000_000)
    assert reader.unseen == 0
