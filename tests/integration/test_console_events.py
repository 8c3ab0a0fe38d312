"""What changes is reported: by one watch, to every page, and nothing else is."""

import asyncio
import itertools
import threading
from contextlib import aclosing
from dataclasses import replace

import pytest
from kit.ledger_rows import moment, row
from kit.noted_calls import noted
from kit.pictures import gradient, saved

from ops.aws.ledger import LedgerTable
from ops.aws.ledger_pages import LedgerPages
from ops.console import follower as following
from ops.console import ledger_reader
from ops.console.commands import Commands
from ops.console.events import Events, event
from ops.console.follower import Follower
from ops.console.ledger_reader import MIN_PAUSE_SECONDS, UNITS_A_SECOND, Reader
from ops.console.pages import Pages
from ops.console.state import State
from ops.console.throughput import Throughput
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.messages import Source, UploadBatch
from shared.ports import LedgerEntry

JPEG = saved(gradient((300, 200)), "JPEG")
PATIENCE_SECONDS = 30


@pytest.fixture
def stack(aws):
    return connect(ROOT / "pipeline.yaml")


@pytest.fixture
def events(stack):
    return Events(follower=Follower(stack=stack), pages=Pages(stack=stack, commands=Commands(names=stack.names)))


async def until(stream, wanted):
    """The events of a stream up to the first that is wanted."""
    found = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for reported in stream:
            found.append(reported)
            if wanted(reported):
                return found
    raise AssertionError("the stream has ended")


def of_rows(reported):
    return "event: rows\n" in reported


def test_an_event_ends_where_it_says_whatever_is_in_it():
    reported = event("rows", "a\r\nevent: evil\rdata: b\n\nc", "e-1")
    assert reported == "id: e-1\nevent: rows\ndata: a\ndata: event: evil\ndata: data: b\ndata: \ndata: c\n\n"


def test_a_page_is_notified_of_what_changed_after_it_was_written_and_no_more(events):
    board = events.follower.state
    board.see(row("before"))

    async def watch():
        async with aclosing(events.stream(events.since())) as stream:
            first = await until(stream, lambda reported: "event: state" in reported)
            board.see(row("after"))
            return first, await until(stream, of_rows)

    first, then = asyncio.run(watch())
    assert not any(map(of_rows, first))
    assert "i-after" in then[-1]
    assert "i-before" not in then[-1]
    assert f"id: {events.since()}\n" in then[-1]


def test_a_page_that_lost_its_stream_gets_what_it_missed(events):
    board, seen = events.follower.state, events.since()
    board.see(row("a"))
    board.see(row("b"))

    async def watch(since):
        async with aclosing(events.stream(since)) as stream:
            return (await until(stream, of_rows))[-1]

    both = asyncio.run(watch(seen))
    assert "i-a" in both
    assert "i-b" in both


def test_streams_end_when_the_console_does(events):
    async def watch():
        async with asyncio.timeout(PATIENCE_SECONDS):
            reported = []
            async for each in events.stream(events.since()):
                reported.append(each)
                events.follower.leave()
            return reported

    assert asyncio.run(watch())
    assert events.follower._watchers == 0


def test_a_page_of_another_process_begins_again(events):
    async def all_of(since):
        return [reported async for reported in events.stream(since)]

    for since in ("", "0-7", f"{events.follower.epoch}-x"):
        assert asyncio.run(all_of(since)) == [event("again", "begin again")]


def test_one_watch_asks_aws_for_all_pages(events, pipeline, monkeypatch):
    asking, at_once = [], []
    read = Reader.newest

    def counted(self):
        asking.append(1)
        at_once.append(len(asking))
        read(self)
        asking.pop()
        return 0.1

    monkeypatch.setattr(Reader, "newest", counted)

    async def watch():
        async with events.follower.running():
            await events.follower.known()
            streams = [events.stream(events.since()) for _ in range(5)]
            pipeline.upload("a.jpg", JPEG)
            await asyncio.to_thread(pipeline.run)
            stored = [until(stream, lambda reported: 'data-kind="stored"' in reported) for stream in streams]
            reported = await asyncio.gather(*stored)
            for stream in streams:
                await stream.aclose()
            return reported

    assert len(asyncio.run(watch())) == 5
    assert set(at_once) == {1}
    assert events.follower._watchers == 0


def test_nobody_is_asked_while_nobody_looks(events, monkeypatch):
    asked = []
    monkeypatch.setattr(Reader, "newest", lambda self: asked.append(1) or 0.0)
    monkeypatch.setattr(Reader, "pending", lambda self: 0.0)

    async def pause(_):
        await asyncio.sleep(0)

    async def idle():
        events.follower.pause = pause
        async with events.follower.running():
            await events.follower.known()
            before = len(asked)
            for _ in range(100):  # time for as many questions, if any were asked
                await asyncio.to_thread(lambda: None)
            return before, len(asked)

    before, later = asyncio.run(idle())
    assert before >= 1
    assert later <= before + 2  # what was under way


def test_an_error_is_reported_until_it_is_over(events, aws, monkeypatch):
    monkeypatch.setattr(following, "_TROUBLE_SECONDS", 0.05)
    monkeypatch.setattr(following, "_QUEUES_SECONDS", 0.05)
    gone = aws.names.dlq("store")
    aws.sqs.delete_queue(QueueUrl=aws.urls[gone])

    async def watch():
        async with events.follower.running(), aclosing(events.stream(events.since())) as stream:
            await until(stream, lambda reported: "cannot read the queues: " in reported)
            await asyncio.to_thread(aws.sqs.create_queue, QueueName=gone)
            await until(stream, lambda reported: "event: state" in reported and "live" in reported)

    asyncio.run(watch())


def test_a_batch_in_the_ledger_stops_nothing(events, aws, pipeline):
    batch = UploadBatch(id="20260101-000000-abcdef", number=0, size=2)
    DynamoUploadBatches(aws.dynamodb, aws.names.ledger).open(batch, bucket="b", folders=["/"], at=moment(0))
    pipeline.upload("a.jpg", JPEG)
    pipeline.run()

    async def watch():
        async with events.follower.running(), aclosing(events.stream(events.since())) as stream:
            return await until(stream, of_rows)

    reported = asyncio.run(watch())
    assert "a.jpg" in reported[-1]
    assert events.follower.trouble is None


def test_a_task_that_breaks_is_shown_and_begins_again(events, monkeypatch):
    monkeypatch.setattr(following, "_TROUBLE_SECONDS", 0.01)
    errors, mended = itertools.cycle([KeyError("uploaded_at"), ValueError("no such month")]), threading.Event()

    def read(_):
        if not mended.is_set():
            raise next(errors)
        return 60.0

    monkeypatch.setattr(Reader, "newest", read)

    async def watch():
        async with events.follower.running(), aclosing(events.stream(events.since())) as stream:
            await until(stream, lambda reported: "cannot read the ledger: ValueError" in reported)
            shown = await until(stream, lambda reported: "cannot read the ledger: KeyError" in reported)
            mended.set()
            await until(stream, lambda reported: "event: state" in reported and "live" in reported)
            return shown[-1]

    assert "Trying again" in asyncio.run(watch())


def test_an_error_of_one_task_stays_while_another_reads(events, monkeypatch):
    monkeypatch.setattr(following, "_TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(following, "_QUEUES_SECONDS", 0.01)
    monkeypatch.setattr(Reader, "newest", lambda self: {}["uploaded_at"])
    seen = []

    async def queues(self):
        seen.append(self.trouble)
        return 0.01

    monkeypatch.setattr(Follower, "_queues", queues)

    async def watch():
        async with asyncio.timeout(PATIENCE_SECONDS), events.follower.running():
            with events.follower.watched():
                while len([each for each in seen if each]) < 3:
                    await events.follower.rung(0.01)

    asyncio.run(watch())
    first = next(index for index, each in enumerate(seen) if each)
    assert all(each and "KeyError" in each for each in seen[first:])


def entry_of(number):
    source = Source(
        bucket="image-pipeline-input-123456789012-eu-west-1",
        key=f"{number}.jpg",
        version_id="v",
        size_bytes=1,
        uploaded_at=moment(number),
    )
    return LedgerEntry(source=source, service="store", seconds=0.1, at=moment(number), outcome="stored")


def test_a_large_ledger_takes_no_more_than_a_page(stack, aws, monkeypatch):
    monkeypatch.setattr(ledger_reader, "MAX_ROWS", 10)
    monkeypatch.setattr(ledger_reader, "LOOKED_AT_AGAIN", 4)
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    for number in range(30):
        ledger.record(entry_of(number))
    state = State(10)
    reader = Reader(stack, state, Throughput(), clock=lambda: 0.0)
    of_images = LedgerTable.of_images
    rows = []
    monkeypatch.setattr(
        LedgerTable, "of_images", lambda self, images: (rows.append(len(images)), of_images(self, images))[1]
    )
    with noted(stack.dynamodb) as read:
        assert [reader.newest() for _ in range(3)] == [MIN_PAUSE_SECONDS] * 3
    assert rows == [10, 4, 4]
    assert [seen.row.key for seen in state.newest_first()] == [f"{number}.jpg" for number in range(29, 19, -1)]
    assert set(read) == {"Query", "BatchGetItem"}


def test_what_somebody_else_replayed_is_seen_in_its_turn(stack, aws, monkeypatch):
    monkeypatch.setattr(ledger_reader, "LOOKED_AT_AGAIN", 2)
    ledger, state = DynamoLedger(aws.dynamodb, aws.names.ledger), State()
    for number in range(5):
        ledger.record(replace(entry_of(number), outcome="failed"))
    reader = Reader(stack, state, Throughput(), clock=lambda: 0.0)
    reader.newest()
    ledger.record(entry_of(0))
    reader.newest()
    assert state.counts() == {"failed": 5}
    reader.newest()
    reader.newest()
    assert state.counts() == {"failed": 4, "stored": 1}


def test_what_is_read_is_paid_for_by_a_pause(stack, monkeypatch):
    monkeypatch.setattr(LedgerPages, "newest", lambda self, _: setattr(self, "units", 128_500.0) or [])
    reader = Reader(stack, State(), Throughput(), clock=lambda: 0.0)
    assert reader.newest() == 128_500 / UNITS_A_SECOND


def test_reading_takes_its_share_of_the_time_and_no_more(stack):
    clock = iter([0.0, 3.0])
    reader = Reader(stack, State(), Throughput(), clock=lambda: next(clock))
    assert reader.newest() == 12.0
