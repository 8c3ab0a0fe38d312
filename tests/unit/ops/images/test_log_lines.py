"""Lines of the functions' logs."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from ops.images import log_lines
from ops.names import Names

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")


class FakeLogs:
    """Log groups, and what was asked of them."""

    def __init__(self, **groups):
        self.groups = {f"/aws/lambda/{NAMES.function(service)}": events for service, events in groups.items()}
        self.patterns = set()

    def get_paginator(self, _):
        return self

    def paginate(self, **asked):
        self.patterns.add(asked["filterPattern"])
        if asked["logGroupName"] not in self.groups:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        events = [each for each in self.groups[asked["logGroupName"]] if each["timestamp"] >= asked["startTime"]]
        return [{"events": events[:1]}, {"events": events[1:]}]


class FakeStack:
    names = NAMES

    def __init__(self, client):
        self.clients = {"logs": client}

    def client(self, service):
        return self.clients[service]


def event(milliseconds, **said):
    return {"timestamp": milliseconds, "message": json.dumps({"level": "INFO", "service": "x", **said}) + "\n"}


START = datetime.fromtimestamp(0, UTC)


def test_lines_of_all_services_are_merged_by_time():
    logs = FakeLogs(
        resize=[event(1000, message="passed on", image_id="i"), event(4000, message="done before", image_id="i")],
        watermark=[event(2000, message="passed on", image_id="i")],
        store=[event(2000, message="stored", image_id="i")],
    )
    lines, missing = log_lines.of_images(FakeStack(logs), {"i"}, START)
    assert [(line.service, line.message) for line in lines] == [
        ("resize", "passed on"),
        ("watermark", "passed on"),
        ("store", "stored"),
        ("resize", "done before"),
    ]
    assert missing == []
    assert logs.patterns == {'"i"'}


def test_another_image_that_is_named_in_a_line_is_left_out():
    logs = FakeLogs(resize=[event(1, message="passed on", image_id="j", reason="instead of i")], watermark=[], store=[])
    assert log_lines.of_images(FakeStack(logs), {"i"}, START) == ([], [])


def test_a_key_is_found_as_it_stands_in_json():
    key = 'a "b" ü.jpg'
    logs = FakeLogs(
        resize=[event(1, message="retrying", image_id="i", key=key), event(2, message="retrying", key=f"x/{key}")],
        watermark=[],
        store=[],
    )
    lines, _ = log_lines.of_key(FakeStack(logs), key, START)
    assert [line.key for line in lines] == [key]
    assert logs.patterns == {'"a \\\\"b\\\\" ü.jpg"'}


def test_a_service_that_is_not_there_is_named_and_the_others_are_read():
    lines, missing = log_lines.of_images(
        FakeStack(FakeLogs(resize=[event(1, image_id="i")], watermark=[])), {"i"}, START
    )
    assert len(lines) == 1
    assert missing == ["/aws/lambda/image-pipeline-store"]


@pytest.mark.parametrize("text", ["Task timed out\n", "[1, 2]", "{"], ids=["words", "a list", "cut"])
def test_what_is_no_json_object_is_a_message(text):
    line = log_lines.parse("resize", 1500, text)
    assert (line.message, line.level, line.fields, line.image_id) == (text.strip(), "", {}, None)
    assert line.at == datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)


def test_what_powertools_adds_to_each_line_is_no_detail():
    text = json.dumps(
        {"level": "ERROR", "message": "failed", "location": "x:1", "timestamp": "t", "reason": "r", "key": "k"}
    )
    assert log_lines.parse("resize", 0, text).fields == {"reason": "r"}
