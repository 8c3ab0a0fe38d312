"""Reads the pipeline's notifications from an SQS queue, and handles each one once."""

import argparse
import base64
import json
import re
import sqlite3
import sys
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import boto3

# Every copy of a notification carries the same id in this field.
ID_FIELD = "notice_id"

# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CERTIFICATE = re.compile(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w.-]+\.pem")

Handler = Callable[[Mapping[str, Any]], None]


class ForgedError(Exception):
    """The envelope is not from the topic, or its signature does not match."""


def handle(notification: Mapping[str, Any]) -> None:
    """Handle a notification: replace this with your own code."""
    kind = notification["type"]
    if kind == "image-stored":
        outputs = ", ".join(output["key"] for output in notification["outputs"])
        print(f"stored   {notification['source']['key']}: {outputs}", flush=True)
    elif kind == "image-failed":
        print(f"failed   {(notification['source'] or {}).get('key')}: {notification['reason']}", flush=True)
    elif kind == "image-rejected":
        print(f"rejected {notification['source']['key']}: {notification['label']}", flush=True)
    elif kind == "batch-ended":
        print(
            f"batch    {notification['batch_id']}: {notification['stored']} of {notification['size']} stored",
            flush=True,
        )


def open_seen(path: str) -> sqlite3.Connection:
    """Open the database of handled notifications; ":memory:" forgets them at the end."""
    seen = sqlite3.connect(path, isolation_level=None)
    seen.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
    return seen


def once(seen: sqlite3.Connection, notification: Mapping[str, Any], handler: Handler) -> bool:
    """Handle a notification unless it was handled before; returns whether it was new.

    The id is stored in the same transaction as the handler runs. If the handler raises, nothing is stored and SQS
    delivers the message again. If this program dies in between, the handler runs a second time: what it does outside
    of this database should be safe to repeat.
    """
    seen.execute("BEGIN IMMEDIATE")
    try:
        new = seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (notification[ID_FIELD],)).rowcount == 1
        if new:
            handler(notification)
        seen.execute("COMMIT")
    except BaseException:
        seen.execute("ROLLBACK")
        raise
    return new


def verify(envelope: Mapping[str, str], fetch: Callable[[str], bytes], topic_arn: str | None = None) -> None:
    """Check that SNS signed an envelope.

    A queue whose policy lets only the topic send does not need this; an HTTPS endpoint does.

    Args:
        envelope: SNS's JSON around the notification.
        fetch: returns the bytes of the certificate at a URL.
        topic_arn: the only topic that is accepted; None for any.

    Raises:
        ForgedError: it is from another topic, or the signature does not match.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.x509 import load_pem_x509_certificate

    if topic_arn is not None and envelope["TopicArn"] != topic_arn:
        raise ForgedError(f"the notification is from {envelope['TopicArn']}, not from {topic_arn}")
    if not _CERTIFICATE.fullmatch(envelope["SigningCertURL"]):
        raise ForgedError(f"{envelope['SigningCertURL']} is not a certificate of SNS")
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in _SIGNED if envelope.get(name) is not None)
    algorithm = hashes.SHA256() if envelope["SignatureVersion"] == "2" else hashes.SHA1()  # noqa: S303 - SNS's version 1
    key: Any = load_pem_x509_certificate(fetch(envelope["SigningCertURL"])).public_key()
    try:
        key.verify(base64.b64decode(envelope["Signature"]), signed.encode(), padding.PKCS1v15(), algorithm)
    except InvalidSignature as error:
        raise ForgedError("the signature does not match the notification") from error


def consume(
    sqs: Any,  # noqa: ANN401 - a client of boto3
    queue_url: str,
    seen: sqlite3.Connection,
    *,
    handler: Handler = handle,
    check: Callable[[Mapping[str, str]], None] = lambda _: None,
    wait_seconds: int = 20,
) -> int:
    """Receive once, handle what is new, and delete what is done; returns the number of messages received."""
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
    messages = answer.get("Messages", [])
    for message in messages:
        try:
            envelope = json.loads(message["Body"])
            check(envelope)
            once(seen, json.loads(envelope["Message"]), handler)
        except (ValueError, KeyError, ForgedError) as error:
            # It stays in the queue, whose redrive policy moves it to a dead-letter queue.
            print(f"left in the queue: {error!r}", file=sys.stderr)
            continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


def main() -> None:
    """Consume until interrupted."""
    parser = argparse.ArgumentParser(description="Handle the notifications of a queue, once each.")
    parser.add_argument("queue_url", help="the URL of a queue that is subscribed to the topic")
    parser.add_argument("--seen", default="seen.sqlite3", help="file of handled ids (default: seen.sqlite3)")
    parser.add_argument("--topic-arn", help="verify signatures, and refuse all topics but this one")
    args = parser.parse_args()

    def fetch(url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - verify() allows only https to SNS
            certificate: bytes = answer.read()
        return certificate

    def check(envelope: Mapping[str, str]) -> None:
        if args.topic_arn:
            verify(envelope, fetch, args.topic_arn)

    with closing(open_seen(args.seen)) as seen:
        while True:
            consume(boto3.client("sqs"), args.queue_url, seen, check=check)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
