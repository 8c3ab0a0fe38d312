"""Event source mappings: what lets Lambda work off a queue, found by the queue that they read."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ops.errors import CommandError, Exit
from ops.stack import Stack

_LOOK_SECONDS: Final = 1.0
_TOWARDS: Final = {"Enabled": "Enabling", "Disabled": "Disabling"}


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One event source mapping.

    Args:
        uuid: by which Lambda knows it.
        stage: whose queue it reads.
        function_arn: that it calls: a function, or on AWS its alias.
        state: Enabled, Disabled, or on the way: Creating, Enabling, Disabling, Updating, Deleting.
        described: as Lambda describes it.
    """

    uuid: str
    stage: str
    function_arn: str
    state: str
    described: dict[str, Any]


def of_stage(stack: Stack, stage: str) -> list[Mapping]:
    """The mappings that read a stage's queue, whatever they call."""
    arn = stack.names.queue_arn(stack.names.queue(stage))
    pages = stack.client("lambda").get_paginator("list_event_source_mappings").paginate(EventSourceArn=arn)
    return [described(each, stage) for page in pages for each in page["EventSourceMappings"]]


def switch(
    stack: Stack,
    stages: Iterable[str],
    *,
    enabled: bool,
    timeout_seconds: float,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Enable or disable the mappings of stages, and wait until they are; those that are already stay untouched.

    Args:
        stack: whose.
        stages: which.
        enabled: what they are to be.
        timeout_seconds: from now.
        sleep: for seconds.

    Returns:
        The state of each stage's mapping at the end.

    Raises:
        CommandError: a stage has none.
    """
    wanted = "Enabled" if enabled else "Disabled"
    deadline = time.monotonic() + timeout_seconds
    # Ask for all before anything is changed.
    states = {stage: _state(stack, stage) for stage in stages}
    while True:
        for stage, state in states.items():
            if state not in (wanted, _TOWARDS[wanted]):
                _ask(stack, stage, enabled=enabled)
        states = {stage: _state(stack, stage) for stage in states}
        if set(states.values()) <= {wanted} or time.monotonic() >= deadline:
            return states
        sleep(_LOOK_SECONDS)


def _ask(stack: Stack, stage: str, *, enabled: bool) -> None:
    client = stack.client("lambda")
    for mapping in of_stage(stack, stage):
        try:
            client.update_event_source_mapping(UUID=mapping.uuid, Enabled=enabled)
        except client.exceptions.ResourceInUseException:
            continue  # it is on its way to another state: once it is there, it is asked again


def _state(stack: Stack, stage: str) -> str:
    """The state of a stage's mapping; of several that differ, all of theirs."""
    states = sorted({mapping.state for mapping in of_stage(stack, stage)})
    if not states:
        raise CommandError(
            f"nothing works off the queue {stack.names.queue(stage)}: it has no event source mapping;"
            f" make deploy SERVICE={stage} makes it",
            Exit.NOT_FOUND,
        )
    return "/".join(states)


def described(answer: dict[str, Any], stage: str) -> Mapping:
    """A mapping as Lambda describes it."""
    return Mapping(
        uuid=answer["UUID"],
        stage=stage,
        function_arn=answer["FunctionArn"],
        state=answer["State"],
        described=answer,
    )
