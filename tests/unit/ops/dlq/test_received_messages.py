"""One DLQ message, read into what an operator asks for."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.dlq_messages import attributes, body_of, entry, message, source

from ops.dlq.received_messages import MOVED_BY_SQS, NO_REASON, OURS, message_of, replayed
from shared.dlq_messages import dlq_message
from shared.errors import AwsUnavailable


def read(service, body, **options):
    return message_of(service, message(body, **options), max_receives=6)


@pytest.mark.parametrize("service", ["resize", "watermark", "store"])
def test_a_message_without_attributes_reports_its_image_by_its_body(service):
    found = read(service, body_of(service, source("a b/ü\n.jpg")))
    about = source("a b/ü\n.jpg")
    assert (found.key, found.image_id, found.version_id) == (about.key, about.image_id, "v1")
    assert (found.error, found.replays, found.attempts, found.first_failure) == (NO_REASON, 0, None, None)


def test_what_a_service_dead_letters_is_read_back():
    made = dlq_message(
        body_of("resize", source("a.jpg")),
        service="resize",
        error=AwsUnavailable("S3 is down"),
        attempts=5,
        source=source("a.jpg"),
        first_failure=datetime.fromisoformat("2026-01-01T00:00:00Z"),
        replays=2,
    )
    found = read("resize", made.body, more=attributes(**made.attributes))
    assert (found.error, found.reason, found.attempts, found.replays) == ("AwsUnavailable", "S3 is down", 5, 2)
    assert found.first_failure == "2026-01-01T00:00:00.000Z"


def test_what_sqs_moved_says_so_and_not_what_failed_before():
    found = read("resize", body_of("resize", source()), moved=True, error="UnreadableImage", reason="old", replays=1)
    assert (found.error, found.attempts, found.replays) == (MOVED_BY_SQS, 6, 1)
    assert found.reason == "moved by SQS after 6 receives: the function was killed or ran out of time on each attempt"
    assert found.key == "a.jpg"


@pytest.mark.parametrize(
    "body", ["", "not JSON", "[]", "{}", '{"Records": [1]}', '{"type": "image-resized"}', "[" * 9999]
)
@pytest.mark.parametrize("service", ["resize", "watermark", "store"])
def test_a_body_that_cannot_be_read_is_a_message_all_the_same(service, body):
    found = read(service, body)
    assert (found.sources, found.key, found.image_id, found.prefix) == ((), None, None, "?")
    assert read(service, body, key="k", image_id="i").keys == ("k",)


def test_an_event_of_several_images_is_about_all_of_them():
    found = read("resize", body_of("resize", source("a.jpg"), source("b.jpg")))
    assert found.keys == ("a.jpg", "b.jpg")
    assert len(set(found.images)) == 2


def test_an_event_that_is_about_no_image_has_none():
    assert read("resize", json.dumps({"Event": "s3:TestEvent"})).keys == ()


@pytest.mark.parametrize(("key", "prefix"), [("a.jpg", "/"), ("x/y/a.jpg", "x/"), ("/a.jpg", "/"), ("日本/a", "日本/")])
def test_a_prefix_is_the_first_folder(key, prefix):
    assert entry(key=key).prefix == prefix


@pytest.mark.parametrize("text", ["-1", "x", "1" * 5000, "٣", "1.5"])
def test_what_is_no_number_counts_nothing(text):
    assert entry(replays=text, attempts=text).replays == 0


def test_a_replay_counts_and_changes_nothing_else():
    found = entry(error="AwsUnavailable", replays=2)
    again = replayed(found)
    assert again["MessageBody"] == found.body
    assert again["MessageAttributes"] == attributes(error="AwsUnavailable", replays=3, group="replay")


def test_the_first_replay_of_a_bare_message_is_counted():
    assert replayed(entry())["MessageAttributes"] == attributes(replays=1, group="replay")


def test_replays_are_a_group_so_that_new_uploads_do_not_wait_for_them():
    assert replayed(entry(group="backfill"))["MessageGroupId"] == "replay"


names = st.sampled_from([*OURS, *(f"other{number}" for number in range(10))])
values = st.one_of(
    st.builds(lambda text: {"DataType": "String", "StringValue": text}, st.text(min_size=1)),
    st.builds(lambda data: {"DataType": "Binary", "BinaryValue": data}, st.binary(min_size=1)),
)


@given(st.dictionaries(names, values, max_size=10))
def test_a_replay_never_has_more_attributes_than_sqs_takes_and_keeps_ours(given_attributes):
    found = entry(more=given_attributes)
    kept = replayed(found)["MessageAttributes"]
    assert len(kept) <= 10
    assert len(kept) == min(10, len(given_attributes.keys() | {"replays", "group"}))
    assert kept.pop("replays")["StringValue"] == str(found.replays + 1)
    assert kept.pop("group")["StringValue"] == "replay"
    assert all(given_attributes[name] == value for name, value in kept.items())
    assert {name for name in OURS if name in given_attributes} - {"replays", "group"} <= kept.keys()
