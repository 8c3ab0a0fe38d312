"""What the ledger says of an image that is tried again, and how status prints it."""

from ops.aws.ledger import LedgerTable
from ops.images.status import outcome_of
from shared.aws.ledger import DynamoLedger
from shared.messages import Source
from shared.ports import LedgerEntry
from shared.progress import Progress

AT = "2026-01-01T00:00:09.000Z"
SOURCE = Source(
    bucket="in", key="a.jpg", version_id="v1", sequencer="01", size_bytes=5, uploaded_at="2026-01-01T00:00:00.000Z"
)


def of(aws):
    """The ledger of the services, and what status prints."""

    def status():
        return [outcome_of(row) for row in LedgerTable(aws.dynamodb, aws.names.ledger).of_key("in", "a.jpg")]

    return DynamoLedger(aws.dynamodb, aws.names.ledger), status


def entry(service, outcome=None):
    return LedgerEntry(source=SOURCE, service=service, seconds=1, at=AT, outcome=outcome)


def test_an_image_whose_first_attempt_was_killed_has_a_row_that_says_so(aws):
    ledger, status = of(aws)
    ledger.attempt(SOURCE, "resize", number=2, most=5, at=AT)
    assert status() == ["on its way to resize, attempt 2 of 5"]
    assert ledger.progress(SOURCE) == Progress(service="uploaded")
    ledger.attempt(SOURCE, "resize", number=3, most=5, at=AT)
    assert status() == ["on its way to resize, attempt 3 of 5"]


def test_an_attempt_that_succeeded_is_not_one_of_the_next_service(aws):
    ledger, status = of(aws)
    ledger.attempt(SOURCE, "resize", number=2, most=5, at=AT)
    assert ledger.record(entry("resize"))
    assert status() == ["on its way to watermark"]
    ledger.attempt(SOURCE, "watermark", number=4, most=5, at=AT)
    assert status() == ["on its way to watermark, attempt 4 of 5"]
    assert ledger.record(entry("store", "stored"))
    assert status() == ["stored"]


def test_a_row_that_is_further_is_left_as_it_is(aws):
    ledger, status = of(aws)
    ledger.record(entry("watermark"))
    ledger.attempt(SOURCE, "resize", number=2, most=5, at="2026-01-02T00:00:00.000Z")
    assert status() == ["on its way to store"]
    (row,) = LedgerTable(aws.dynamodb, aws.names.ledger).of_key("in", "a.jpg")
    assert row.updated_at == AT
