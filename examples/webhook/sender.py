"""Posts the pipeline's notifications from an SQS queue to a webhook, each with an HMAC signature."""

import argparse
import json
import os
import random
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

import boto3
from signatures import headers_of, key_of

# Every copy of a notification carries the same id in this field.
ID_FIELD: Final = "notice_id"

TIMEOUT_SECONDS: Final = 20
FIRST_RETRY_SECONDS: Final = 5
# What SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
MAX_RETRY_SECONDS: Final = 11 * 3600

Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, Mapping[str, str]]]


class GoneError(Exception):
    """The receiver answered 410: it wants no more webhooks."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A webhook goes to the URL that was given, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - as urllib has it
        """Follow nothing: the answer counts as it is."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """Post a body; the status of the answer and its headers by names in lower case.

    Raises:
        OSError: there is no answer.
    """
    request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - main() checks the scheme
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}


def retry_seconds(receives: int, headers: Mapping[str, str], chance: float) -> int:
    """How long a notification waits for its next attempt: twice as long each time, with jitter.

    Args:
        receives: How often SQS has delivered it.
        headers: Of the answer, whose Retry-After counts if it is longer.
        chance: A random number from 0 to 1.
    """
    backoff = FIRST_RETRY_SECONDS * 2 ** min(receives - 1, 20) * (1 + chance)
    requested = headers.get("retry-after", "")
    return int(
        min(max(backoff, int(requested) if requested.isascii() and requested.isdigit() else 0), MAX_RETRY_SECONDS)
    )


def forward(
    sqs: Any,  # noqa: ANN401 - a client of boto3
    queue_url: str,
    webhook_url: str,
    keys: Sequence[bytes],
    *,
    send: Post = post,
    now: Callable[[], float] = time.time,
    chance: Callable[[], float] = random.random,
    wait_seconds: int = 20,
) -> int:
    """Receive once, and post each notification; returns the number of messages received.

    A message is deleted after an answer of 2xx. Any other answer leaves it in the queue for its next attempt, until the
    redrive policy moves it to a dead-letter queue.

    Raises:
        GoneError: the receiver wants no more; the messages stay in the queue.
    """
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=wait_seconds,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    )
    messages = answer.get("Messages", [])
    for message in messages:
        try:
            text = json.loads(message["Body"])["Message"]
            webhook_id, body = str(json.loads(text)[ID_FIELD]), text.encode()
        except (ValueError, KeyError, TypeError) as error:
            print(f"left in the queue: {error!r}", file=sys.stderr)
            continue
        headers = {"content-type": "application/json", **headers_of(webhook_id, int(now()), body, keys)}
        try:
            status, answered = send(webhook_url, body, headers)
        except OSError as error:
            status, answered = 0, {}
            print(f"{webhook_id}: no answer: {error}", file=sys.stderr)
        handle = {"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]}
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            sqs.delete_message(**handle)
            continue
        if status == HTTPStatus.GONE:
            raise GoneError(f"{webhook_url} answered 410: it wants no more webhooks")
        seconds = retry_seconds(int(message["Attributes"]["ApproximateReceiveCount"]), answered, chance())
        sqs.change_message_visibility(**handle, VisibilityTimeout=seconds)
        print(f"{webhook_id}: answer {status}; next attempt in {seconds} s", file=sys.stderr)
    return len(messages)


def main() -> None:
    """Forward until interrupted."""
    parser = argparse.ArgumentParser(description="Post the notifications of a queue to a webhook, signed.")
    parser.add_argument("queue_url", help="the URL of a queue that is subscribed to the topic")
    parser.add_argument("webhook_url", help="where to post; https, or http on this machine")
    args = parser.parse_args()
    parts = urlsplit(args.webhook_url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        parser.error(f"{args.webhook_url} is not an https URL")
    # Two while a secret is replaced: receivers have one or the other.
    keys = [key_of(each) for each in os.environ["WEBHOOK_SECRET"].split()]
    sqs = boto3.client("sqs")
    while True:
        forward(sqs, args.queue_url, args.webhook_url, keys)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except GoneError as gone:
        sys.exit(str(gone))
