"""Signs uploads to the input bucket, and keeps what the notifications say became of them."""

import json
import sys
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.config import Config

# What visitors may upload, with the extension of the key. The signature fixes the type of each file.
TYPES: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/heic": ".heic",
}

# Without these two, boto3 signs as new buckets refuse it, or for an address that redirects.
SIGNING: Final = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})


@dataclass(kw_only=True)
class Uploads:
    """The uploads of this process, and their results.

    A process that ends forgets them. An app of several processes keeps them in its database.

    Args:
        s3: A client of boto3 that was made with SIGNING.
        input_bucket: Name of the pipeline's input bucket.
        output_bucket: Name of its output bucket.
        prefix: Beginning of all keys; the app's policy lets it write nowhere else.
        max_bytes: Size of the largest file that S3 accepts.
        form_seconds: Time in which an upload must begin.
        view_seconds: Time for which a link to an output works.
        kept: Number of uploads that are remembered; the oldest are forgotten first.
        results: The notification of each upload by its id; None until it comes.
    """

    s3: Any
    input_bucket: str
    output_bucket: str
    prefix: str = "visitors/"
    max_bytes: int = 10_000_000
    form_seconds: int = 300
    view_seconds: int = 3600
    kept: int = 10_000
    results: OrderedDict[str, Mapping[str, Any] | None] = field(default_factory=OrderedDict)

    def sign(self, content_type: str) -> dict[str, Any]:
        """Sign a form that uploads one file: S3 checks its key, its type and its size.

        The key contains a random id and no name of the visitor's, so nobody can write over the file of another.

        Raises:
            KeyError: images of this type are not accepted.
        """
        identity = uuid.uuid4().hex
        key = f"{self.prefix}{identity}{TYPES[content_type]}"
        form = self.s3.generate_presigned_post(
            self.input_bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, self.max_bytes]],
            ExpiresIn=self.form_seconds,
        )
        self.results[identity] = None
        while len(self.results) > self.kept:
            self.results.popitem(last=False)
        return {"id": identity, "url": form["url"], "fields": form["fields"]}

    def take(self, notification: Mapping[str, Any]) -> str | None:
        """Keep a notification of an upload; its id, or None where it is of something else.

        The same notification may come twice. A failure that was replayed is followed by its completion.
        """
        key = str((notification.get("source") or {}).get("key", ""))
        identity = key.removeprefix(self.prefix).partition(".")[0]
        if not key.startswith(self.prefix) or identity not in self.results:
            return None
        self.results[identity] = notification
        return identity

    def view(self, identity: str) -> dict[str, Any]:
        """What a page shows of an upload: its state, and links to its outputs or the reason why there are none.

        Raises:
            KeyError: there is no such upload, or it was forgotten.
        """
        notification = self.results[identity]
        if notification is None:
            return {"state": "waiting"}
        kind = notification["type"]
        if kind == "image-stored":
            return {"state": "stored", "outputs": [self._output(each) for each in notification["outputs"]]}
        if kind == "image-rejected":
            return {"state": "rejected", "reason": "this picture is not allowed here"}
        if kind == "image-failed":
            return {"state": "failed", "reason": notification["reason"]}
        return {"state": "removed", "reason": "this picture was deleted"}

    def _output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        where = {"Bucket": output["bucket"], "Key": output["key"]}
        url = self.s3.generate_presigned_url("get_object", Params=where, ExpiresIn=self.view_seconds)
        return {"url": url, **{name: output[name] for name in ("rendition", "width", "height", "size_bytes")}}


def receive(sqs: Any, queue_url: str, wait_seconds: int) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a client of boto3
    """The next messages of a queue, at most ten; it waits for the first.

    Args:
        sqs: A client of boto3.
        queue_url: URL of a queue that is subscribed to the topic of notifications.
        wait_seconds: Longest wait, at most 20.
    """
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
    messages: list[Mapping[str, Any]] = answer.get("Messages", [])
    return messages


def handle(message: Mapping[str, Any], take: Callable[[Mapping[str, Any]], Any]) -> bool:
    """Hand the notification in a message of SQS over; whether the message can be deleted.

    One that cannot be read stays in the queue, whose redrive policy moves it to a dead-letter queue.
    """
    try:
        take(json.loads(json.loads(message["Body"])["Message"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"left in the queue: {error!r}", file=sys.stderr)
        return False
    return True
