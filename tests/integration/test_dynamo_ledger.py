"""The ledger on moto: rows that only move forward, and who notifies of an outcome."""

from dataclasses import replace

import pytest
from kit.ledger_rows import all_rows

from ops.aws.ledger import LedgerTable
from shared.aws.ledger import DynamoLedger
from shared.errors import AwsUnavailable
from shared.messages import Source
from shared.ports import NOTIFIED, LedgerEntry
from shared.progress import Progress

SOURCE = Source(
    bucket="in", key="a b.jpg", version_id="v1", sequencer="01", size_bytes=5, uploaded_at="2026-01-01T00:00:00.000Z"
)


def entry(service="resize", outcome=None, **more):
    return LedgerEntry(
        source=SOURCE, service=service, seconds=0.25, at="2026-01-01T00:00:01.000Z", outcome=outcome, **more
    )


def test_a_row_never_goes_back(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    assert ledger.record(entry("watermark"))
    assert not ledger.record(entry("resize"))
    assert ledger.record(entry("store", "failed", error="E", reason="r"))
    assert not ledger.record(entry("watermark"))
    assert ledger.record(entry("store", "stored", outputs=("o",)))
    for outcome in ("failed", "vanished", "superseded"):
        assert not ledger.record(entry("store", outcome))
    assert ledger.progress(SOURCE) == Progress(service="store", outcome="stored")


def test_an_image_on_its_way_has_no_outcome(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    assert ledger.progress(SOURCE) is None
    ledger.record(entry("resize"))
    assert ledger.progress(SOURCE) == Progress(service="resize")


def test_a_replayed_failure_is_distinguished(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    ledger.record(entry("store", "failed", error="E", reason="r"))
    assert ledger.record(entry("store", "failed", error="E", reason="r", replays=1))
    assert ledger.progress(SOURCE) == Progress(service="store", outcome="failed", replays=1, error="E", reason="r")


def test_operators_read_what_the_services_write(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    ledger.record(entry("resize"))
    ledger.record(entry("store", "failed", error="E", reason="r"))
    (row,) = LedgerTable(aws.dynamodb, aws.names.ledger).of_key("in", "a b.jpg")
    assert (row.outcome, row.error, row.reason, row.seconds) == ("failed", "E", "r", {"resize": 0.25, "store": 0.25})
    assert row.placeholder is None
    ledger.record(entry("store", "stored", outputs=("x", "y"), placeholder="abc=", warnings=("page 1 of 3",)))
    (row,) = all_rows(LedgerTable(aws.dynamodb, aws.names.ledger))
    assert (row.outcome, row.error, row.reason, row.outputs) == ("stored", None, None, ("x", "y"))
    assert row.placeholder == "abc="
    assert row.warnings == ("page 1 of 3",)


def test_a_hundred_and_one_images_are_looked_up(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    images = []
    for index in range(101):
        source = Source(bucket="in", key=f"{index}", size_bytes=1, uploaded_at="2026-01-01T00:00:00.000Z")
        ledger.record(LedgerEntry(source=source, service="resize", seconds=0, at="2026-01-01T00:00:00.000Z"))
        images.append(("in", f"{index}", source.image_id))
    assert len(LedgerTable(aws.dynamodb, aws.names.ledger).of_images(images)) == 101


def test_the_message_that_recorded_an_outcome_notifies_and_no_other(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)

    def record(notifier, outcome="failed", service="resize", replays=0, *, takes_over=False):
        options = {"error": "E", "reason": "r"} if outcome == "failed" else {}
        values = entry(service, outcome, replays=replays, **options)
        return ledger.record(replace(values, notifier=notifier, takes_over=takes_over)) is not None

    assert [record("first"), record("second"), record("first")] == [True, False, True]
    assert ledger.progress(SOURCE) == Progress(
        service="resize", outcome="failed", notifier="first", error="E", reason="r"
    )
    assert record(NOTIFIED, takes_over=True)
    assert not record("second")
    assert ledger.progress(SOURCE).notifier == NOTIFIED
    assert record("replayed", replays=1)
    assert record("later", service="watermark")
    assert [record("a", "stored", "store"), record("b", "stored", "store")] == [True, False]
    assert not record("later", service="watermark", takes_over=True)  # what is stored stays stored
    assert ledger.progress(SOURCE) == Progress(service="store", outcome="stored", notifier="a")
    assert record("b", "stored", "store", takes_over=True)
    assert ledger.progress(SOURCE).notifier == "b"


def test_an_outcome_of_which_nobody_is_notified_names_no_message(aws):
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    ledger.record(replace(entry("resize", "failed", error="E", reason="r"), notifier="first"))
    ledger.record(entry("store", "superseded"))
    assert ledger.progress(SOURCE) == Progress(service="store", outcome="superseded")


def test_a_ledger_that_cannot_answer_is_transient(aws):
    with pytest.raises(AwsUnavailable, match="ResourceNotFound"):
        DynamoLedger(aws.dynamodb, "no-such-table").record(entry())
