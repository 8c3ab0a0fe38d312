"""Event source mappings: what lets Lambda process a queue, found by the queue that they read."""

from collections.abc import Iterable
from typing import Any, Final

from ops.aws.refusals import passing_over
from ops.errors import CommandError, Exit
from ops.stack import Stack
from shared.clock import SYSTEM, Clock

_LOOK_SECONDS: Final = 1.0
_TOWARDS: Final = {"Enabled": "Enabling", "Disabled": "Disabling"}


def of_service(stack: Stack, service: str) -> list[dict[str, Any]]:
    """The mappings that read a service's queue, whatever they call, as Lambda describes them."""
    arn = stack.names.queue_arn(stack.names.queue(service))
    pages = stack.client("lambda").get_paginator("list_event_source_mappings").paginate(EventSourceArn=arn)
    return [each for page in pages for each in page["EventSourceMappings"]]


def switch(
    stack: Stack,
    services: Iterable[str],
    *,
    enabled: bool,
    timeout_seconds: float,
    clock: Clock = SYSTEM,
) -> dict[str, str]:
    """Enable or disable the mappings of services, and wait until they are; those that are already stay untouched.

    Returns:
        The state of each service's mapping at the end, or after the time-out.

    Raises:
        CommandError: a service has none.
    """
    wanted = "Enabled" if enabled else "Disabled"
    deadline = clock.monotonic() + timeout_seconds
    # Ask for all before anything is changed.
    states = {service: _state(stack, service) for service in services}
    while True:
        for service, state in states.items():
            if state not in (wanted, _TOWARDS[wanted]):
                _ask(stack, service, enabled=enabled)
        states = {service: _state(stack, service) for service in states}
        if set(states.values()) <= {wanted} or clock.monotonic() >= deadline:
            return states
        clock.wait(_LOOK_SECONDS)


def _ask(stack: Stack, service: str, *, enabled: bool) -> None:
    client = stack.client("lambda")
    for mapping in of_service(stack, service):
        # One that is on its way to another state is asked again once it is there.
        with passing_over("ResourceInUseException"):
            client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def _state(stack: Stack, service: str) -> str:
    """The state of a service's mapping; of several that differ, all of theirs."""
    states = sorted({mapping["State"] for mapping in of_service(stack, service)})
    if not states:
        raise CommandError(
            f"nothing processes the queue {stack.names.queue(service)}: it has no event source mapping;"
            f" make deploy SERVICE={service} makes it",
            Exit.NOT_FOUND,
        )
    return "/".join(states)
