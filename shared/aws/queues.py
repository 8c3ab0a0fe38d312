"""The queues on SQS: sending on, retrying later, the dead-letter queue; up to ten messages per request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from shared.aws.refusals import translated
from shared.errors import PipelineError
from shared.message_groups import in_group
from shared.ports import DlqMessage

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# Of one request, whatever its queue's own limit for a message:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html
MAX_ENTRIES: Final = 10
MAX_BYTES: Final = 1_048_576

# Lambda counts how often a chain of requests has come back to a function by this header, which the SDK adds to what a
# function sends, and stops the chain after about 16 times.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
_TRACE: Final = "X-Amzn-Trace-Id"


def send_later(client: "SQSClient", queue_url: str, body: str, seconds: int) -> None:
    """Send one message after a delay of at most 15 minutes.

    It begins a chain of requests of its own: a service may send one to itself for hours.

    Args:
        client: of SQS.
        queue_url: of the queue.
        body: of the message.
        seconds: the delay.

    Raises:
        TransientError: SQS cannot take it now.
    """
    # Right before it is sent, since the SDK has added the header by then, and signs without it.
    client.meta.events.register("before-send.sqs.SendMessage", _untraced, unique_id="untraced")
    with translated(f"sending to {queue_url.rsplit('/', 1)[-1]}"):
        client.send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=seconds)


def _untraced(request: "AWSPreparedRequest", **_: object) -> None:
    if _TRACE in request.headers:
        del request.headers[_TRACE]


class SqsNextQueue:
    """The queue of the next service."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, bodies: Sequence[str], groups: Sequence[str | None]) -> Sequence[str | None]:
        """Send messages; see shared.ports.NextQueue."""
        messages = [in_group({"MessageBody": body}, group) for body, group in zip(bodies, groups, strict=True)]
        return send_all(self._client, self._queue_url, messages)


class SqsSourceQueue:
    """The queue that feeds a service, with its dead-letter queue.

    Args:
        client: gives the client, which is made for the first failure: Lambda itself reads the queue.
        queue_url: of the queue.
        dlq_url: of its dead-letter queue.
    """

    def __init__(self, client: "Callable[[], SQSClient]", queue_url: str, dlq_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._dlq_url = dlq_url

    @property
    def dlq(self) -> str:
        """The name of the dead-letter queue."""
        return self._dlq_url.rsplit("/", 1)[-1]

    def retry_later(self, receipts: Mapping[str, int]) -> None:
        """Let messages come back after a pause; where SQS refuses, they come back after the queue's own."""
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
            for index, (handle, seconds) in enumerate(receipts.items())
        ]
        for start in range(0, len(entries), MAX_ENTRIES):
            batch = entries[start : start + MAX_ENTRIES]
            _attempt(
                lambda batch=batch: self._client().change_message_visibility_batch(  # type: ignore[misc]
                    QueueUrl=self._queue_url, Entries=batch
                ),
                "asking SQS for a pause",
            )

    def acknowledge(self, receipts: Sequence[str]) -> None:
        """Remove messages whose work is done; see shared.ports.SourceQueue."""
        for start in range(0, len(receipts), MAX_ENTRIES):
            batch = receipts[start : start + MAX_ENTRIES]
            entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(batch)]
            _attempt(
                lambda entries=entries: self._client().delete_message_batch(  # type: ignore[misc]
                    QueueUrl=self._queue_url, Entries=entries
                ),
                "acknowledging messages",
            )

    def requeue(self, entries: Sequence[DlqMessage]) -> Sequence[str | None]:
        """Send messages to this queue as if they were new; see shared.ports.SourceQueue."""
        return send_all(self._client(), self._queue_url, list(map(_entry, entries)))

    def dead_letter(self, entries: Sequence[DlqMessage]) -> Sequence[str | None]:
        """Send messages to the dead-letter queue; see shared.ports.SourceQueue."""
        return send_all(self._client(), self._dlq_url, list(map(_entry, entries)))


def _entry(entry: DlqMessage) -> dict[str, Any]:
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in entry.attributes.items()}
    return in_group({"MessageBody": entry.body, "MessageAttributes": attributes}, entry.group)


def send_all(client: "SQSClient", queue_url: str, messages: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Send messages in as few requests as SQS allows; returns why each one was not sent, or None.

    Args:
        client: the SQS client.
        queue_url: URL of the queue to send to.
        messages: each a MessageBody, and MessageAttributes and a MessageGroupId if it has any, in SQS's own form.
    """
    refusals: list[str | None] = [None] * len(messages)
    for batch in _batches(messages):
        entries = cast("list[SendMessageBatchRequestEntryTypeDef]", [{**messages[i], "Id": str(i)} for i in batch])
        try:
            with translated(f"sending to {queue_url.rsplit('/', 1)[-1]}"):
                answer = client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except Exception as error:  # noqa: BLE001 - whatever it was, these were not sent, and their senders must know
            for index in batch:
                refusals[index] = str(error)
            continue
        for failure in answer.get("Failed", []):
            refusals[int(failure["Id"])] = f"{failure['Code']}: {failure.get('Message', '')}"
    return refusals


def _batches(messages: Sequence[Mapping[str, Any]]) -> Iterator[list[int]]:
    """The messages' indices, in chunks that fit one request."""
    batch: list[int] = []
    size = 0
    for index, message in enumerate(messages):
        length = _size_bytes(message)
        if batch and (len(batch) == MAX_ENTRIES or size + length > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += length
    if batch:
        yield batch


def _size_bytes(message: Mapping[str, Any]) -> int:
    """What SQS counts: the body, and each attribute's name, type and value."""
    attributes = message.get("MessageAttributes", {})
    return len(message["MessageBody"].encode()) + sum(
        len(name.encode())
        + len(value["DataType"])
        + (len(value["BinaryValue"]) if "BinaryValue" in value else len(value["StringValue"].encode()))
        for name, value in attributes.items()
    )


def _attempt(call: Callable[[], object], doing: str) -> None:
    try:
        with translated(doing):
            call()
    except PipelineError:
        return
