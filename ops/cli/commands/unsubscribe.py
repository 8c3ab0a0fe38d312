"""`pipeline unsubscribe`: end a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.exits import Exit
from ops.cli.options import command, target_options

if TYPE_CHECKING:
    from ops.cli.options import Target


@command("pipeline unsubscribe you@example.com")
@click.argument("endpoint", metavar="ENDPOINT|ARN", help="As pipeline subscriptions lists it, or mailbox.")
@target_options
def unsubscribe(target: Target, endpoint: str) -> Exit:
    """End a subscription: its address gets no more notifications."""
    from ops.aws.subscriptions import name_of
    from ops.aws.subscriptions import unsubscribe as end
    from ops.show import note

    stack = target.stack()
    note(f"Unsubscribed {name_of(end(stack, endpoint), stack)}.")
    return Exit.DONE
