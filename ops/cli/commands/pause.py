"""`pipeline pause` and `pipeline resume`: services stop processing their queues, where all uploads wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.options import SERVICE, command, target_options, timeout_option
from ops.errors import Exit

if TYPE_CHECKING:
    from ops.cli.options import Target

_WHICH = "A service; without any: all of them."


@command("pipeline pause", "pipeline pause store --json")
@click.argument("services", nargs=-1, type=SERVICE, metavar="[SERVICE]...", help=_WHICH)
@timeout_option("for the change", 120)
@target_options
def pause(target: Target, services: tuple[str, ...], timeout: float) -> Exit:
    """Stop services from processing their queues.

    Nothing is lost: what is uploaded meanwhile waits, as long as the queues keep messages (retention.dlq_days). What is
    being processed is finished.
    """
    return _switch(target, services, timeout, enabled=False)


@command("pipeline resume", "pipeline resume store --json")
@click.argument("services", nargs=-1, type=SERVICE, metavar="[SERVICE]...", help=_WHICH)
@timeout_option("for the change", 120)
@target_options
def resume(target: Target, services: tuple[str, ...], timeout: float) -> Exit:
    """Let services process their queues again after pipeline pause."""
    return _switch(target, services, timeout, enabled=True)


def _switch(target: Target, services: tuple[str, ...], timeout: float, *, enabled: bool) -> Exit:
    from ops.aws import mappings
    from ops.aws.queues import depth_of
    from ops.cli.output import numeric, print_json, print_table, word
    from ops.names import SERVICES
    from ops.show import note

    stack = target.stack()
    chosen = [service for service in SERVICES if not services or service in services]
    states = mappings.switch(stack, chosen, enabled=enabled, timeout_seconds=timeout)
    rows = []
    for service, state in states.items():
        depth = depth_of(stack.sqs, stack.queue_url(stack.names.queue(service)))
        # Delayed are the messages alone that look at batches later: they are no images that wait.
        row = {"service": service, "state": state.lower(), "waiting": depth.visible, "in_flight": depth.in_flight}
        rows.append(row)
    if target.json:
        print_json(rows)
    else:
        header = (word("SERVICE"), word("STATE"), numeric("WAITING"), numeric("IN FLIGHT"))
        print_table(header, [tuple(map(str, row.values())) for row in rows])
    wanted = "enabled" if enabled else "disabled"
    late = [str(row["service"]) for row in rows if row["state"] != wanted]
    if late:
        note(f"not {wanted} within {timeout:g} s: {', '.join(late)}. Run the command again to wait on.")
        return Exit.TIMED_OUT
    if not enabled:
        note(f"Paused. Messages are kept for {stack.settings.retention.dlq_days} days. pipeline resume goes on.")
    return Exit.DONE
