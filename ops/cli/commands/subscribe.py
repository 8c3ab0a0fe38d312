"""`pipeline subscribe`: notify an address of outcomes, or change which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.exits import Exit
from ops.cli.options import command, option, target_options
from ops.errors import CommandError

if TYPE_CHECKING:
    from ops.aws.subscriptions import Only
    from ops.cli.options import Target


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
    from ops.cli.commands.subscriptions import print_subscriptions
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
    print_subscriptions([found], target, stack)
    if not new:
        note("It was subscribed already. The new filter may take SNS 15 minutes.")
    for advice in advice_for(stack, where, found, local=local):
        note(advice)
    return Exit.DONE
