"""Notifications as SNS takes them, which has room for 262,144 bytes."""

import json
from dataclasses import replace

import pytest

from shared.aws.topics import SnsNotices
from shared.messages import Source
from shared.notifications import BatchEnded, FailedMember, ImageFailed, ImageStored, StoredRendition
from shared.removals import ImageRemoved

LIMIT = 262_144


class Topic:
    """A client of SNS that refuses what SNS refuses."""

    def __init__(self):
        self.published = []

    def publish(self, **call):
        attributes = call["MessageAttributes"].items()
        of_attributes = sum(len((name + each["DataType"] + each["StringValue"]).encode()) for name, each in attributes)
        assert len(call["Message"].encode()) + of_attributes <= LIMIT
        self.published.append(json.loads(call["Message"]))


def published(notice):
    topic = Topic()
    SnsNotices(lambda: topic, "arn:aws:sns:us-east-1:000000000000:notices").publish(notice)
    return type(notice).decode(topic.published[0]["default"]), topic.published[0]["email"]


def key(char, number):
    """A key of 1,024 bytes, as long as S3 allows."""
    name = f"{number:03}.jpg"
    return char * ((1_024 - len(name)) // len(char.encode())) + name


def stored(char, outputs=100):
    one = StoredRendition(
        rendition="resized",
        bucket="b" * 63,
        key="",
        width=1024,
        height=768,
        frames=1,
        content_type="image/jpeg",
        size_bytes=95_000,
        set="hero",
        sha256="0" * 64,
    )
    return ImageStored(
        notice_id="n",
        source=Source(bucket="in", key=key(char, 0), size_bytes=1, uploaded_at="2026-03-01T09:30:12.123Z"),
        outputs=tuple(replace(one, key=key(char, number)) for number in range(outputs)),
        stored_at="2026-03-01T09:30:14.000Z",
        seconds=1.9,
        source_format="JPEG",
        source_width=4000,
        source_height=3000,
        alt_text=char * 1_000,
    )


@pytest.mark.parametrize("char", ["a", "ñ", "湖", "🐟", "\x01"], ids=ascii)
def test_a_hundred_outputs_with_the_longest_keys_are_notified(char):
    notice = stored(char)
    came, text = published(notice)
    assert 0 < len(came.outputs) == 100 - came.left_out
    assert came.outputs == notice.outputs[: len(came.outputs)]
    assert (f"and {came.left_out} more" in text) is (came.left_out > 0)


def test_as_many_are_listed_as_there_is_room_for():
    came, _ = published(stored("湖"))
    assert 20 < len(came.outputs) < 100


def test_a_few_outputs_are_all_listed():
    notice = stored("湖", 10)
    assert published(notice)[0] == notice


def test_the_keys_of_a_removal_are_left_out_where_there_is_no_room():
    removed = tuple(key("🐟", number) for number in range(100))
    notice = ImageRemoved(
        notice_id="n", source=stored("a").source, output_bucket="out", removed=removed, removed_at="2026"
    )
    came, text = published(notice)
    assert (came.removed, came.left_out) == (removed[: len(came.removed)], 100 - len(came.removed))
    assert f"and {came.left_out} more" in text


@pytest.mark.parametrize("char", ["a", "ñ", "湖", "🐟", "\x01"], ids=ascii)
def test_a_digest_of_the_longest_keys_is_published_with_all_its_counts(char):
    keys = tuple(key(char, number) for number in range(60))
    notice = BatchEnded(
        notice_id="n",
        batch_id="b",
        bucket="in",
        folders=tuple(f"{char * (900 // len(char.encode()))}{number}/" for number in range(10)),
        size=70,
        failed=20,
        missing=20,
        pending=30,
        failures=tuple(FailedMember(key=each, error="UnreadableImage", reason=char * 300) for each in keys[:20]),
        missing_keys=keys[20:40],
        missing_numbers=("20-39",),
        pending_keys=keys[40:],
        timeout_seconds=7_200,
        ended_at="2026-03-01T09:30:14.000Z",
    )
    came, text = published(notice)
    assert (came.failed, came.missing, came.pending) == (20, 20, 30)
    assert (len(came.failures) > 0, len(came.missing_keys) > 0) == (True, True)
    assert came.failures == notice.failures[: len(came.failures)]
    assert came.pending_keys == notice.pending_keys[: len(came.pending_keys)]
    assert f"and {30 - len(came.pending_keys)} more" in text


def test_a_notice_without_outputs_is_published_as_it_is():
    notice = ImageFailed(
        notice_id="n",
        source=stored("湖").source,
        service="resize",
        error="E",
        reason="r" * 1_000,
        attempts=1,
        failed_at="t",
        dlq="d",
    )
    assert published(notice)[0] == notice
