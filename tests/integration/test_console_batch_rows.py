"""Upload batches on the console: their counts are the ledger's own, and cost no more than what has changed."""

import pytest
from kit.ledger_rows import moment, row

from ops.console.batch_rows import MAX_BATCHES, batch_rows
from ops.console.ledger_reader import BATCH_AGAIN_SECONDS, BatchReader
from ops.console.state import State
from ops.images import batches
from ops.images.batches import BatchTotals
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.batches import DynamoUploadBatches
from shared.messages import UploadBatch

SIZE = 450


@pytest.fixture
def stack(aws):
    return connect(ROOT / "pipeline.yaml")


@pytest.fixture
def count(aws):
    """A batch of 450 in the ledger; count members of it."""
    upload_batches = DynamoUploadBatches(aws.dynamodb, aws.names.ledger)
    place = UploadBatch(id="big", number=0, size=SIZE)
    upload_batches.open(place, bucket="b", folders=["/"], at=moment(0))

    def counting(ending, *numbers):
        for number in numbers:
            upload_batches.count(UploadBatch(id="big", number=number, size=SIZE), ending)

    return counting


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def reads(monkeypatch):
    """How often the counts of which batch were read."""
    read, totals = [], batches.totals
    monkeypatch.setattr(
        "ops.console.ledger_reader.totals", lambda stack, batch: (read.append(batch), totals(stack, batch))[1]
    )
    return read


def test_totals_are_those_of_all_members_each_counted_once(stack, count):
    count("stored", 0, 210, 449)
    count("failed", 1, 210)
    count("missing", 2)
    found = batches.totals(stack, "big")
    assert found == BatchTotals(size=SIZE, counts={"stored": 3, "failed": 1, "missing": 1})
    assert found.pending == SIZE - 5
    assert batches.totals(stack, "unknown") is None


def test_a_batch_is_shown_by_the_counts_of_the_ledger_and_not_by_what_is_shown(stack, count):
    state = State(2)
    for number in range(3):
        state.see(row(f"i{number}", uploaded=number, batch="big", outcome="stored"))
    count("stored", *range(8))
    count("failed", 8)
    reader = BatchReader(stack, state, clock=Clock())
    (shown,) = batch_rows(state.newest_first(), reader.totals)
    assert (shown.images, shown.counted) == (2, False)
    assert reader.read()
    (shown,) = batch_rows(state.newest_first(), reader.totals)
    assert (shown.images, shown.stored, shown.failed, shown.pending, shown.other) == (SIZE, 8, 1, SIZE - 9, 0)


def test_counts_are_read_again_where_an_image_changed_and_now_and_then_else(stack, count, reads):
    state, clock = State(), Clock()
    state.see(row("i", batch="big"))
    reader = BatchReader(stack, state, clock=clock)
    assert [reader.read() for _ in range(3)] == [True, False, False]
    assert reads == ["big"]
    count("stored", 0)
    state.see(row("i", batch="big", updated=1, outcome="stored"))
    assert reader.read()
    assert reads == ["big"] * 2
    count("stored", 1)  # of an image that is not shown
    clock.now += BATCH_AGAIN_SECONDS
    assert reader.read()
    assert reads == ["big"] * 3


def test_a_batch_that_has_ended_is_not_read_again(stack, count, reads):
    count("stored", *range(SIZE))
    state, clock = State(), Clock()
    state.see(row("i", batch="big", outcome="stored"))
    reader = BatchReader(stack, state, clock=clock)
    reader.read()
    clock.now += 10 * BATCH_AGAIN_SECONDS
    assert not reader.read()
    assert reads == ["big"]


def test_only_the_newest_batches_are_read(stack, aws, reads):
    state = State()
    for number in range(MAX_BATCHES + 2):
        state.see(row(f"i{number}", uploaded=number, batch=f"b{number}"))
    reader = BatchReader(stack, state, clock=Clock())
    reader.read()
    assert reads == [f"b{number}" for number in range(MAX_BATCHES + 1, 1, -1)]
    assert len(reader.totals) == MAX_BATCHES
