"""What becomes of an image by its row: with what backfills have sent, and with how long it has been stuck."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops.aws.ledger import Row
from ops.backfill.kinds import DONE, FAILED, SEND, UNDER_WAY, WAITING, Scope, Tally
from ops.backfill.sent import CLAIM
from ops.backfill.stuck import SETTLED, StuckRule
from shared.dlq_messages import iso

NOW = datetime(2026, 11, 29, tzinfo=UTC)
KEPT = timedelta(days=14)
SECOND = timedelta(seconds=1)


def ago(by):
    return iso(NOW - by)


def row(**values):
    found = Row(
        image_id="i",
        bucket="b",
        key="a.jpg",
        version_id="v",
        size_bytes=1,
        uploaded_at=ago(timedelta(days=1)),
        updated_at=ago(timedelta(days=1)),
        service="uploaded",
        outcome=None,
        error=None,
        reason=None,
        outputs=(),
        seconds={},
        finished={},
        replays=0,
    )
    return replace(found, **values)


def kind(found, **scope):
    return Scope(prefix="", kept=KEPT, now=NOW, **scope).kind_of(found)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, SEND),
        (row(outcome="vanished"), SEND),
        (row(outcome="stored"), DONE),
        (row(outcome="removed"), DONE),
        (row(outcome="failed"), FAILED),
        (row(), UNDER_WAY),
        (row(updated_at=ago(KEPT)), SEND),
        (row(sending_at=ago(CLAIM - SECOND)), WAITING),
        (row(sending_at=ago(CLAIM)), SEND),
        (row(sent_at=ago(KEPT - SECOND)), WAITING),
        (row(sent_at=ago(KEPT)), SEND),
        (row(outcome="failed", sent_at=ago(SECOND)), FAILED),
    ],
    ids=repr,
)
def test_a_row_says_whether_an_image_is_sent(found, expected):
    assert kind(found) == expected


def test_failed_images_are_sent_where_that_is_asked_for_and_none_waits():
    assert kind(row(outcome="failed"), failed=True) == SEND
    assert kind(row(outcome="failed", sent_at=ago(SECOND)), failed=True) == WAITING
    assert kind(row(outcome="failed", sending_at=ago(CLAIM)), failed=True) == SEND


def still(found, empty=(), after=None):
    return StuckRule(scope=Scope(prefix="", kept=KEPT, now=NOW), empty=frozenset(empty), after=after).kind_of(found)


@pytest.mark.parametrize(
    ("service", "queue"),
    [("uploaded", "resize"), ("resize", "watermark"), ("watermark", "store"), ("store", "store")],
)
def test_an_image_stands_still_before_an_empty_queue_once_its_message_must_be_there(service, queue):
    others = {"resize", "watermark", "store"} - {queue}
    assert still(row(service=service, updated_at=ago(SETTLED)), empty=[queue]) == SEND
    assert still(row(service=service, updated_at=ago(SETTLED - SECOND)), empty=[queue]) == UNDER_WAY
    assert still(row(service=service), empty=others) == UNDER_WAY


def test_an_image_stands_still_once_sqs_has_forgotten_its_message_or_the_operator_says_so():
    assert still(row(updated_at=ago(KEPT))) == SEND
    assert still(row(updated_at=ago(KEPT - SECOND))) == UNDER_WAY
    assert still(row(updated_at=ago(timedelta(hours=2))), after=timedelta(hours=2)) == SEND
    assert still(row(sent_at=ago(SECOND), updated_at=ago(SECOND)), empty=["resize"]) == WAITING
    assert still(row(outcome="failed", updated_at=ago(KEPT))) == UNDER_WAY


def test_one_that_is_one_too_many_is_not_counted():
    tally = Tally()
    assert [tally.takes(SEND, 5, 1), tally.takes(DONE, 5, 1), tally.takes(SEND, 5, 1)] == [True, False, False]
    assert (tally.full, tally.size_bytes, dict(tally.counts)) == (True, 5, {SEND: 1, DONE: 1})
