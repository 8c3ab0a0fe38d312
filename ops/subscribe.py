"""`pipeline subscribe`, `subscriptions` and `unsubscribe`: who is notified of outcomes, and of which."""

import argparse
from typing import Any

from botocore.exceptions import ClientError

from ops.errors import CommandError, Exit
from ops.options import add_stack_options, stack_of
from ops.show import note, print_json, print_table
from ops.stack import Stack
from ops.subscriptions import (
    MAILBOX,
    Endpoint,
    Subscription,
    endpoint_of,
    in_words,
    policy_of,
    subscribe,
    subscriptions,
    unsubscribe,
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands to the command line."""
    parser = commands.add_parser(
        "subscribe",
        help="report somebody of outcomes",
        description="Report an e-mail address, an SQS queue, an https URL or the local mailbox of outcomes. People get"
        " a"
        " mail for an image that was uploaded alone and one digest for a batch; queues and URLs get each image, too."
        " Anyone who is subscribed already gets the new filter instead of the old one.",
        epilog="examples: pipeline subscribe you@example.com --only failures;"
        " pipeline subscribe arn:aws:sqs:eu-west-1:123456789012:archive --prefix holiday/",
    )
    parser.add_argument(
        "endpoint", metavar="ENDPOINT", help=f"an e-mail address, the ARN of an SQS queue, an https URL, or {MAILBOX}"
    )
    parser.add_argument("--only", choices=("failures", "completions"), help="leave the others out (default both)")
    parser.add_argument("--prefix", metavar="FOLDER/", help="only of keys in this folder, and in those within")
    add_stack_options(parser)
    parser.set_defaults(run=run_subscribe)
    listing = commands.add_parser(
        "subscriptions",
        help="list who is notified",
        description="List the subscriptions, those that wait for their confirmation, too.",
        epilog="example: pipeline subscriptions --output json",
    )
    add_stack_options(listing)
    listing.set_defaults(run=run_subscriptions)
    ending = commands.add_parser(
        "unsubscribe",
        help="end a subscription",
        description="End a subscription.",
        epilog="example: pipeline unsubscribe you@example.com",
    )
    ending.add_argument("endpoint", metavar="ENDPOINT|ARN", help=f"as pipeline subscriptions lists it, or {MAILBOX}")
    add_stack_options(ending)
    ending.set_defaults(run=run_unsubscribe)


def run_subscribe(args: argparse.Namespace) -> Exit:
    """Subscribe, or change the filter of who is subscribed."""
    stack = stack_of(args)
    endpoint = endpoint_of(args.endpoint, stack.names)
    policy = policy_of(people=endpoint.people, only=args.only, prefix=args.prefix)
    local = has_mailbox(stack)
    if args.endpoint == MAILBOX and not local:
        raise CommandError("there is no mailbox on AWS: subscribe an e-mail address", Exit.NOT_FOUND)
    found, new = subscribe(stack, endpoint, policy)
    _print([found], args.output, stack)
    if not new:
        note("it was subscribed already: the filter is changed, which SNS may take 15 minutes for")
    for advice in _advice(stack, endpoint, found, local=local):
        note(advice)
    return Exit.DONE


def run_subscriptions(args: argparse.Namespace) -> Exit:
    """List them."""
    stack = stack_of(args)
    every = subscriptions(stack)
    _print(every, args.output, stack)
    if not every:
        note("nobody is subscribed: pipeline subscribe you@example.com")
    return Exit.DONE


def run_unsubscribe(args: argparse.Namespace) -> Exit:
    """End one."""
    stack = stack_of(args)
    note(f"Unsubscribed {_name(unsubscribe(stack, args.endpoint), stack)}.")
    return Exit.DONE


def has_mailbox(stack: Stack) -> bool:
    """Whether this is the local AWS, where a queue stands for an e-mail source_queue."""
    try:
        stack.queue_url(stack.names.mailbox)
    except CommandError:
        return False
    return True


def _advice(stack: Stack, endpoint: Endpoint, found: Subscription, *, local: bool) -> list[str]:
    """What is still to be done before anything arrives."""
    if endpoint.protocol == "email" and local:
        return [f"the local AWS sends no mail: pipeline subscribe {MAILBOX}, and pipeline {MAILBOX} shows what comes"]
    if endpoint.protocol == "email" and found.pending:
        return [f"SNS has sent a mail to {endpoint.address}: nothing comes before the link in it is clicked"]
    if endpoint.protocol == "https" and found.pending:
        return [f"SNS has posted a SubscribeURL to {endpoint.address}: nothing comes before it is visited"]
    if endpoint.protocol == "sqs" and not _lets_in(stack, endpoint.address):
        who = f"sns.amazonaws.com from {stack.names.topic_arn}"
        return [f"nothing comes before the queue's own policy allows sqs:SendMessage to {who}"]
    return []


def _lets_in(stack: Stack, queue_arn: str) -> bool:
    """Whether a queue's policy speaks of the topic, as far as we may see it."""
    account, name = queue_arn.split(":")[4:]
    try:
        url = stack.sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        answer = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    except ClientError:
        return False
    return stack.names.topic_arn in answer.get("Attributes", {}).get("Policy", "")


def _name(subscription: Subscription, stack: Stack) -> str:
    """As a person calls it."""
    return MAILBOX if subscription.endpoint == stack.names.queue_arn(stack.names.mailbox) else subscription.endpoint


def _print(every: list[Subscription], output: str, stack: Stack) -> None:
    if output == "json":
        print_json(map(_as_json, every))
    elif every:
        rows = [(_name(each, stack), each.protocol, each.state, in_words(each.policy)) for each in every]
        print_table(("ENDPOINT", "PROTOCOL", "STATE", "GETS"), rows)


def _as_json(subscription: Subscription) -> dict[str, Any]:
    return {
        "endpoint": subscription.endpoint,
        "protocol": subscription.protocol,
        "state": subscription.state,
        "arn": subscription.arn,
        "filter_policy": dict(subscription.policy),
    }
