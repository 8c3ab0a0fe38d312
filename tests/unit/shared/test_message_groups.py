"""Message groups: on every message that a service sends of one, and of none where there was none."""

import json

import pytest
from kit.runners import Bench, message

from shared.errors import AwsUnavailable, NotBegun, UnsupportedImage
from shared.message_groups import BACKFILL, group_of, in_group


def of_group(body, group, **more):
    """A message that Lambda gives, of a group that a message attribute says."""
    found = message(body, **more)
    said = found.get("messageAttributes") or {}
    return found | {"messageAttributes": {**said, "group": {"stringValue": group, "dataType": "String"}}}


def test_what_is_passed_on_has_the_group_that_it_came_with():
    bench = Bench()
    bench.run(of_group("old.jpg", BACKFILL), "new.jpg", of_group("again.jpg", "replay"))
    keys = [json.loads(body)["source"]["key"] for body in bench.next_queue.sent]
    assert dict(zip(keys, bench.next_queue.groups, strict=True)) == {
        "old.jpg": BACKFILL,
        "new.jpg": None,
        "again.jpg": "replay",
    }


def test_what_is_requeued_keeps_its_group():
    bench = Bench({"old.jpg": NotBegun("no time")})
    bench.run(of_group("old.jpg", BACKFILL, receives=5))
    (requeued,) = bench.source_queue.requeued
    assert (requeued.group, requeued.attributes["group"]) == (BACKFILL, BACKFILL)


def test_what_is_dead_lettered_keeps_its_group_for_a_redrive_of_sqs():
    bench = Bench({"old.jpg": UnsupportedImage("no"), "new.jpg": UnsupportedImage("no")})
    bench.run(of_group("old.jpg", BACKFILL), "new.jpg")
    assert {entry.body: entry.group for entry in bench.source_queue.dead_lettered} == {
        "old.jpg": BACKFILL,
        "new.jpg": None,
    }


def test_what_comes_back_is_not_sent_and_so_keeps_its_own():
    bench = Bench({"old.jpg": AwsUnavailable("later")})
    assert bench.run(of_group("old.jpg", BACKFILL)) == ["old.jpg"]
    assert bench.next_queue.sent == []


def test_a_group_is_said_to_sqs_and_in_an_attribute():
    assert in_group({"MessageBody": "b"}, BACKFILL) == {
        "MessageBody": "b",
        "MessageGroupId": BACKFILL,
        "MessageAttributes": {"group": {"DataType": "String", "StringValue": BACKFILL}},
    }
    assert in_group({"MessageBody": "b", "MessageAttributes": {}}, None) == {"MessageBody": "b"}


def test_a_message_never_gets_more_attributes_than_sqs_takes():
    full = {str(number): {"DataType": "String", "StringValue": "x"} for number in range(10)}
    sent = in_group({"MessageBody": "b", "MessageAttributes": full}, BACKFILL)
    assert (sent["MessageAttributes"], sent["MessageGroupId"]) == (full, BACKFILL)


@pytest.mark.parametrize(
    ("attributes", "system", "group"),
    [
        ({"group": "a"}, {"MessageGroupId": "b"}, "a"),
        ({}, {"MessageGroupId": "b"}, "b"),
        ({}, {}, None),
        ({"group": "x" * 129}, {}, None),
        ({"group": "with a space"}, {}, None),
        ({"group": "ü"}, {}, None),
    ],
    ids=["attribute", "SQS's own", "none", "too long", "space", "not ASCII"],
)
def test_a_group_that_sqs_would_refuse_is_left_out(attributes, system, group):
    assert group_of(attributes, system) == group
