"""`pipeline subscriptions`: who is notified of outcomes, and of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.exits import Exit
from ops.cli.options import command, target_options

if TYPE_CHECKING:
    from ops.aws.subscriptions import Subscription
    from ops.cli.options import Target
    from ops.stack import Stack


@command("pipeline subscriptions", "pipeline subscriptions --json")
@target_options
def listed(target: Target) -> Exit:
    """List the subscriptions, including those that wait for their confirmation."""
    from ops.aws.subscriptions import subscriptions
    from ops.show import note

    stack = target.stack()
    every = subscriptions(stack)
    print_subscriptions(every, target, stack)
    if not every:
        note("Nobody is subscribed. Subscribe: pipeline subscribe you@example.com")
    return Exit.DONE


def print_subscriptions(every: list[Subscription], target: Target, stack: Stack) -> None:
    """Print subscriptions as a table or as JSON."""
    from ops.aws.subscriptions import in_words, name_of
    from ops.cli.output import print_json, print_table, word

    if target.json:
        print_json(
            {
                "endpoint": each.endpoint,
                "protocol": each.protocol,
                "state": each.state,
                "arn": each.arn,
                "filter_policy": dict(each.policy),
            }
            for each in every
        )
    elif every:
        rows = [(name_of(each, stack), each.protocol, each.state, in_words(each.policy)) for each in every]
        print_table(("ENDPOINT", word("PROTOCOL"), word("STATE"), "GETS"), rows)
