"""`pipeline subscribe`, `subscriptions` and `unsubscribe`: who is notified of outcomes, and of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.options import command, option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from ops.aws.subscriptions import Only, Subscription
    from ops.cli.options import Target
    from ops.stack import Stack


@command(
    "pipeline subscribe you@example.com --only failures",
    "pipeline subscribe arn:aws:sqs:eu-west-1:123456789012:archive --prefix holiday/",
)
@click.argument(
    "endpoint", metavar="ENDPOINT", help="An e-mail address, the ARN of an SQS queue, an https URL, or mailbox."
)
@option(
    "--only",
    type=click.Choice(("failures", "completions")),
    help="Notify of these outcomes only (default: both).",
)
@option(
    "--prefix", metavar="FOLDER/", help="Notify of keys in this folder and the folders in it only (default: all keys)."
)
@target_options
def subscribe(target: Target, endpoint: str, only: Only | None, prefix: str | None) -> Exit:
    """Notify an e-mail address, an SQS queue, an https URL or the local mailbox of outcomes.

    People get an e-mail for an image that was uploaded alone, and one digest for an upload batch. Queues and URLs get a
    notification for each image, too. For an address that is subscribed already, the new filter replaces the old one.
    """
    from ops.aws.subscriptions import MAILBOX, advice_for, endpoint_of, has_mailbox, policy_of
    from ops.aws.subscriptions import subscribe as begin
    from ops.show import note

    stack = target.stack()
    where = endpoint_of(endpoint, stack.names)
    policy = policy_of(people=where.people, only=only, prefix=prefix)
    local = has_mailbox(stack)
    if endpoint == MAILBOX and not local:
        raise CommandError("there is no mailbox on AWS. Subscribe an e-mail address.", Exit.NOT_FOUND)
    if where.protocol == "http" and not local:
        raise CommandError(
            f"{endpoint}: AWS does not reach this machine; use an https URL of a public host", Exit.USAGE
        )
    found, new = begin(stack, where, policy)
    _print([found], target, stack)
    if not new:
        note("It was subscribed already. The new filter may take SNS 15 minutes.")
    for advice in advice_for(stack, where, found, local=local):
        note(advice)
    return Exit.DONE


@command("pipeline subscriptions", "pipeline subscriptions --json")
@target_options
def listed(target: Target) -> Exit:
    """List the subscriptions, including those that wait for their confirmation."""
    from ops.aws.subscriptions import subscriptions
    from ops.show import note

    stack = target.stack()
    every = subscriptions(stack)
    _print(every, target, stack)
    if not every:
        note("Nobody is subscribed. Subscribe: pipeline subscribe you@example.com")
    return Exit.DONE


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


def _print(every: list[Subscription], target: Target, stack: Stack) -> None:
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
