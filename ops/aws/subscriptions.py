"""Subscriptions of the notifications' topic, each with its filter policy."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ops.aws.refusals import is_denied, is_named
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.stack import Stack
from shared.dlq_messages import printable
from shared.notices import PEOPLE

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

Only = Literal["failures", "completions"]
Policy = Mapping[str, Any]

MAILBOX: Final = "mailbox"

_OUTCOMES: Final[Mapping[Only, str]] = {"failures": "failed", "completions": "stored"}
_MAX_PREFIX: Final = 200

_THIS_MACHINE: Final = ("localhost", "127.0.0.1")

_EMAIL: Final = re.compile(r"[!-~]{1,64}@(?=.{1,255}\Z)([A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_QUEUE: Final = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:([A-Za-z0-9_-]{1,80}(\.fifo)?)")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where notices go.

    Args:
        protocol: email, sqs, https, or http on the local AWS.
        address: as SNS knows it.
        people: whether people read it: of a batch they get the digest alone.
    """

    protocol: str
    address: str
    people: bool


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What SNS knows of one subscription.

    Args:
        endpoint: its address.
        protocol: email, sqs, https, or another that somebody chose elsewhere.
        arn: None where SNS does not say it before it is confirmed.
        pending: whether it waits for a confirmation; until then nothing is sent.
        policy: the filter; empty for none.
    """

    endpoint: str
    protocol: str
    arn: str | None
    pending: bool
    policy: Policy

    @property
    def state(self) -> str:
        """Pending or confirmed."""
        return "pending" if self.pending else "confirmed"


def endpoint_of(text: str, names: Names) -> Endpoint:
    """What a person means by an address: an e-mail address, a queue's ARN, a URL, or "mailbox".

    Raises:
        CommandError: it is none of these.
    """
    mailbox = names.queue_arn(names.mailbox)
    if text in {MAILBOX, mailbox}:
        return Endpoint(protocol="sqs", address=mailbox, people=True)
    if text.startswith("arn:"):
        found = _QUEUE.fullmatch(text)
        if not found:
            raise CommandError(f"{text}: no ARN of an SQS queue, such as {names.queue_arn('my-queue')}", Exit.USAGE)
        if found[2]:
            raise CommandError(
                f"{text}: a FIFO queue, which takes nothing from this topic; a standard queue does", Exit.USAGE
            )
        return Endpoint(protocol="sqs", address=text, people=False)
    if "://" in text:
        return Endpoint(protocol=_scheme(text), address=text, people=False)
    if not _EMAIL.fullmatch(text):
        raise CommandError(f"{text}: no e-mail address, ARN of an SQS queue, https URL, nor {MAILBOX}", Exit.USAGE)
    return Endpoint(protocol="email", address=text, people=True)


def policy_of(*, people: bool, only: Only | None = None, prefix: str | None = None) -> dict[str, Any]:
    """A filter policy on the attributes that shared/notices.py gives; empty for everything.

    https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html allows five names.

    Args:
        people: leave the single images of batches out.
        only: failures or completions.
        prefix: what the keys' folders begin with, such as "holiday/".

    Raises:
        CommandError: the prefix is not a folder.
    """
    policy: dict[str, Any] = {"audience": [PEOPLE]} if people else {}
    if only is not None:
        policy["outcome"] = [_OUTCOMES[only]]
    if prefix is not None:
        if not prefix.endswith("/") or len(prefix) > _MAX_PREFIX:
            raise CommandError(
                f"--prefix {prefix}: notices are filtered by folders: it must end with / and have"
                f" at most {_MAX_PREFIX} characters, such as holiday/",
                Exit.USAGE,
            )
        policy["prefix"] = [{"prefix": printable(prefix)}]
    return policy


def in_words(policy: Policy) -> str:
    """What a subscription gets; a policy that somebody made elsewhere as it is."""
    only = next((only for only, outcome in _OUTCOMES.items() if policy.get("outcome") == [outcome]), None)
    rules = [rule for rule in policy.get("prefix", []) if isinstance(rule, dict)]
    prefix = next((rule["prefix"] for rule in rules if "prefix" in rule), None)
    people = policy.get("audience") == [PEOPLE]
    ours: dict[str, Any] = {"audience": [PEOPLE]} if people else {}
    ours |= {"outcome": [_OUTCOMES[only]]} if only is not None else {}
    ours |= {"prefix": [{"prefix": prefix}]} if prefix is not None else {}
    if ours != policy:
        return json.dumps(policy)
    what = (only or "everything") + (f" under {prefix}" if prefix else "")
    return f"{what}, one digest a batch" if people else f"{what}, each image and each digest"


def subscriptions(stack: Stack) -> list[Subscription]:
    """All subscriptions of the topic, by protocol and endpoint.

    Raises:
        CommandError: there is no topic.
    """
    try:
        pages = stack.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=stack.names.topic_arn)
        found = [each for page in pages for each in page["Subscriptions"]]
    except ClientError as error:
        if not is_named(error, "NotFoundException"):
            raise
        raise CommandError(
            f"no topic {stack.names.topic} in account {stack.names.account}, {stack.names.region}:"
            " another --region, or the pipeline is not there yet",
            Exit.NOT_FOUND,
        ) from error
    with ThreadPoolExecutor(8) as pool:
        every = list(pool.map(lambda each: _subscription(stack, each), found))
    return sorted(every, key=lambda each: (each.protocol, each.endpoint))


def subscribe(stack: Stack, endpoint: Endpoint, policy: Policy) -> tuple[Subscription, bool]:
    """Subscribe an endpoint with a filter; one that is subscribed gets it instead of its own.

    Returns:
        The subscription, and whether it is new.

    Raises:
        CommandError: there is no topic.
    """
    there = next((each for each in subscriptions(stack) if _is(each, endpoint)), None)
    written = json.dumps(policy)
    new = partial(_subscribe, stack.sns, stack.names.topic_arn, endpoint.protocol, endpoint.address)
    if there is None:
        new({"FilterPolicy": written} if policy else {})
    else:
        # SNS refuses to subscribe an endpoint again with another policy; and it asks for the confirmation once more.
        arn = there.arn or new({})
        stack.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=written)
    found = next((each for each in subscriptions(stack) if _is(each, endpoint)), None)
    if found is None:
        raise CommandError(f"SNS does not list {endpoint.address} yet: see pipeline subscriptions later", Exit.PARTIAL)
    return found, there is None


def unsubscribe(stack: Stack, text: str) -> Subscription:
    """End a subscription, by its endpoint or its ARN.

    Raises:
        CommandError: there is none, or it is not confirmed yet.
    """
    name = stack.names.queue_arn(stack.names.mailbox) if text == MAILBOX else text
    found = next((each for each in subscriptions(stack) if name in {each.endpoint, each.arn}), None)
    if found is None:
        raise CommandError(f"{text}: not subscribed; pipeline subscriptions lists who is", Exit.NOT_FOUND)
    if found.arn is None:
        raise CommandError(
            f"{text}: not confirmed, so SNS sends nothing there, and removes it after two days; it cannot be ended",
            Exit.PARTIAL,
        )
    end(stack.sns, found.arn)
    return found


def subscribe_queue(sns: "SNSClient", topic_arn: str, queue_arn: str, policy: Policy | None = None) -> str:
    """Subscribe a queue of this account to a topic, which needs no confirmation; the ARN of its subscription."""
    return _subscribe(sns, topic_arn, "sqs", queue_arn, {} if policy is None else {"FilterPolicy": json.dumps(policy)})


def end(sns: "SNSClient", subscription_arn: str) -> None:
    """End a subscription by its ARN."""
    sns.unsubscribe(SubscriptionArn=subscription_arn)


def has_mailbox(stack: Stack) -> bool:
    """Whether this is the local AWS, where a queue takes the place of an e-mail address.

    Who may not look it up is not there: in an account nobody needs a permission for a queue that does not exist.
    """
    try:
        stack.queue_url(stack.names.mailbox)
    except CommandError:
        return False
    except ClientError as error:
        if not is_denied(error):
            raise
        return False
    return True


def name_of(subscription: Subscription, stack: Stack) -> str:
    """An endpoint as people call it: the local mailbox by its name, any other by its address."""
    return MAILBOX if subscription.endpoint == stack.names.queue_arn(stack.names.mailbox) else subscription.endpoint


def advice_for(stack: Stack, endpoint: Endpoint, found: Subscription, *, local: bool) -> list[str]:
    """What must still be done before a notification arrives at an endpoint by its subscription."""
    if endpoint.protocol == "email" and local:
        return [f"The local AWS sends no mail. Subscribe {MAILBOX}, and read it: pipeline {MAILBOX}"]
    if endpoint.protocol == "email" and found.pending:
        return [f"Click the link in the mail to {endpoint.address} to confirm; nothing is sent before that."]
    if endpoint.protocol in {"https", "http"} and found.pending:
        step = f"Visit the SubscribeURL that SNS posted to {endpoint.address}; nothing is sent before that."
        return [f"{step} The same command has it posted again."]
    if endpoint.protocol == "sqs" and not _lets_in(stack, endpoint.address):
        who = f"sns.amazonaws.com from {stack.names.topic_arn}"
        return [f"Allow sqs:SendMessage to {who} in the queue's own policy; nothing arrives before that."]
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


def _scheme(text: str) -> str:
    """The scheme of a URL; http of this machine alone, where nobody listens in."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and text.isascii() and not re.search(r"\s", text)
        usable &= parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    except ValueError:
        usable = False
    if not usable:
        raise CommandError(
            f"{text}: no URL that notices are sent to; it must begin with https:// and name a host, or with"
            " http://localhost on the local AWS",
            Exit.USAGE,
        )
    return parts.scheme


def _is(subscription: Subscription, endpoint: Endpoint) -> bool:
    return (subscription.protocol, subscription.endpoint) == (endpoint.protocol, endpoint.address)


def _subscribe(sns: "SNSClient", topic_arn: str, protocol: str, address: str, attributes: Mapping[str, str]) -> str:
    return sns.subscribe(
        TopicArn=topic_arn,
        Protocol=protocol,
        Endpoint=address,
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]


def _subscription(stack: Stack, listed: Mapping[str, Any]) -> Subscription:
    """What SNS lists of one, with its policy; of one that is pending SNS may report neither ARN nor policy."""
    arn = listed["SubscriptionArn"] if listed["SubscriptionArn"].startswith("arn:") else None
    attributes: Mapping[str, str] = {}
    if arn is not None:
        try:
            attributes = stack.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NotFound":  # ended while it was being looked at
                raise
    return Subscription(
        endpoint=listed["Endpoint"],
        protocol=listed["Protocol"],
        arn=arn,
        pending=arn is None or attributes.get("PendingConfirmation") == "true",
        policy=json.loads(attributes.get("FilterPolicy") or "{}"),
    )
