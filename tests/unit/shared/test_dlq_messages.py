"""What a dead-letter message carries, within what SQS allows."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from shared.dlq_messages import MAX_REASON, dlq_message, iso, printable
from shared.errors import UnsupportedImage
from shared.messages import Source


def allowed(char):
    code = ord(char)
    return code in {9, 10, 13} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


@given(st.text(), st.text(min_size=1))
def test_attributes_are_what_sqs_takes(reason, key):
    source = Source(bucket="b", key=key.encode(errors="replace").decode(), size_bytes=1, uploaded_at="t")
    entry = dlq_message(
        "the body",
        service="resize",
        error=UnsupportedImage(reason),
        attempts=1,
        source=source,
        first_failure=datetime.now(UTC),
        replays=0,
    )
    assert entry.body == "the body"
    assert len(entry.attributes) <= 10
    assert all(value and all(map(allowed, value)) for value in entry.attributes.values())


def test_a_long_reason_is_cut():
    entry = dlq_message(
        "b",
        service="s",
        error=UnsupportedImage("x" * 5000),
        attempts=1,
        source=None,
        first_failure=datetime.now(UTC),
        replays=0,
    )
    assert len(entry.attributes["reason"]) == MAX_REASON


def test_what_sqs_refuses_is_written_out():
    assert printable("a\x00b\ud800\uffff é🌄\n") == "a\\x00b\\ud800\\uffff é🌄\n"


def test_times_are_in_utc():
    moment = datetime(2026, 1, 1, 2, 0, 0, 5000, tzinfo=timezone(timedelta(hours=2)))
    assert iso(moment) == "2026-01-01T00:00:00.005Z"
