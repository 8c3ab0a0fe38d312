"""Event source mappings, switched on and off and waited for."""

from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError
from kit.clocks import FakeClock

from ops.aws import mappings
from ops.errors import CommandError
from ops.names import SERVICES, Names

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")


class ResourceInUseException(ClientError):
    """As Lambda's model names it."""


class FakeLambda:
    """Mappings that take some looks until they are what was asked for."""

    def __init__(self, mappings, looks=9):
        self.mappings = mappings
        self.looks = looks
        self.asked = []
        self.coming = {}

    def get_paginator(self, _):
        return self

    def paginate(self, **asked):
        for each in self.mappings:
            left, state = self.coming.get(each["UUID"], (0, None))
            if left:
                self.coming[each["UUID"]] = (left - 1, state)
            elif state:
                each["State"] = state
        return [
            {
                "EventSourceMappings": [
                    each for each in self.mappings if each["EventSourceArn"] == asked["EventSourceArn"]
                ]
            }
        ]

    def update_event_source_mapping(self, **asked):
        (mapping,) = [each for each in self.mappings if each["UUID"] == asked["UUID"]]
        if mapping["State"].endswith("ing"):
            raise ResourceInUseException({}, "UpdateEventSourceMapping")
        self.asked.append((asked["UUID"], asked["Enabled"]))
        self.coming[asked["UUID"]] = (self.looks, "Enabled" if asked["Enabled"] else "Disabled")
        mapping["State"] = "Enabling" if asked["Enabled"] else "Disabling"


@dataclass
class FakeStack:
    lambdas: FakeLambda
    names: Names = NAMES
    clock: FakeClock = field(default_factory=FakeClock)

    def client(self, service):
        return self.lambdas


def stack(looks=9, **states):
    return FakeStack(
        FakeLambda(
            [
                {
                    "UUID": service,
                    "EventSourceArn": NAMES.queue_arn(NAMES.queue(service)),
                    # On AWS a mapping is on the function's alias.
                    "FunctionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:{NAMES.function(service)}:live",
                    "State": state,
                }
                for service, state in states.items()
            ],
            looks,
        )
    )


def switch(found, services=SERVICES, *, enabled, timeout_seconds=60):
    return mappings.switch(found, services, enabled=enabled, timeout_seconds=timeout_seconds, clock=found.clock)


def test_it_waits_until_each_is_what_was_asked_for():
    found = stack(resize="Enabled", watermark="Enabled", store="Enabled")
    assert switch(found, enabled=False) == dict.fromkeys(SERVICES, "Disabled")
    assert found.lambdas.asked == [(service, False) for service in SERVICES]
    assert found.clock.waited


def test_what_is_so_already_is_left_alone():
    found = stack(resize="Disabled", watermark="Enabled", store="Disabled")
    switch(found, enabled=False)
    assert found.lambdas.asked == [("watermark", False)]


def test_one_that_is_on_its_way_elsewhere_is_asked_again_when_it_is_there():
    found = stack(resize="Enabling")
    found.lambdas.coming["resize"] = (3, "Enabled")
    assert switch(found, ["resize"], enabled=False) == {"resize": "Disabled"}
    assert found.lambdas.asked == [("resize", False)]


def test_a_time_out_reports_how_far_it_came():
    found = stack(looks=1000, resize="Enabled")
    assert switch(found, ["resize"], enabled=False, timeout_seconds=9) == {"resize": "Disabling"}
    assert 9 <= found.clock.now < 11


def test_nothing_is_changed_where_one_of_them_is_missing():
    found = stack(resize="Enabled", store="Enabled")
    with pytest.raises(CommandError, match="make deploy SERVICE=watermark"):
        switch(found, enabled=False)
    assert found.lambdas.asked == []
