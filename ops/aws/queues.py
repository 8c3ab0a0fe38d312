"""Requests to a queue of SQS: its messages, how many there are, and that they are kept, hidden or deleted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from botocore.exceptions import ClientError

from ops.aws.answers import date_of
from ops.aws.refusals import is_named

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

T = TypeVar("T")

# Of one request: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
MAX_ENTRIES: Final = 10

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
_VISIBLE: Final = "ApproximateNumberOfMessages"
_IN_FLIGHT: Final = "ApproximateNumberOfMessagesNotVisible"
_DELAYED: Final = "ApproximateNumberOfMessagesDelayed"
_NAMES: "Final[tuple[QueueAttributeNameType, ...]]" = (_VISIBLE, _IN_FLIGHT, _DELAYED)


@dataclass(frozen=True, kw_only=True)
class QueueDepth:
    """The messages of a queue at one moment, approximately: SQS counts so.

    Args:
        visible: messages that a receive may return.
        in_flight: messages that were received and neither deleted nor given back; those of a requeue pause, too.
        delayed: messages that were sent with a delay which is not over.
        date: SQS's clock, as its answer's Date header has it; None where the answer has none.
    """

    visible: int = 0
    in_flight: int = 0
    delayed: int = 0
    date: str | None = None

    @classmethod
    def of_attributes(cls, attributes: Mapping[Any, str], *, date: str | None = None) -> Self:
        """The depth that a queue's attributes say, by SQS's names and clock; a count that is missing is 0."""
        return cls(
            visible=int(attributes.get(_VISIBLE, 0)),
            in_flight=int(attributes.get(_IN_FLIGHT, 0)),
            delayed=int(attributes.get(_DELAYED, 0)),
            date=date,
        )

    @property
    def messages(self) -> int:
        """All of them."""
        return self.visible + self.in_flight + self.delayed


def depth_of(sqs: "SQSClient", url: str) -> QueueDepth:
    """The depth of a queue.

    Raises:
        botocore.exceptions.ClientError: SQS refuses, or the queue does not exist.
    """
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_NAMES))
    return QueueDepth.of_attributes(answer.get("Attributes", {}), date=date_of(answer))


def url_of(sqs: "SQSClient", name: str) -> str:
    """The URL of a queue by its name.

    Raises:
        ClientError: there is none; it is named QueueDoesNotExist.
    """
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def create(sqs: "SQSClient", name: str, attributes: Mapping[str, str]) -> str:
    """The URL of a queue with these attributes, whether it was there or not."""
    try:
        return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
    except ClientError as error:
        if not is_named(error, "QueueNameExists"):  # with other attributes
            raise
        url = url_of(sqs, name)
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)  # type: ignore[arg-type]
        return url


def remove(sqs: "SQSClient", url: str) -> None:
    """Delete a queue with all its messages."""
    sqs.delete_queue(QueueUrl=url)


def chunks(things: Iterable[T], most: int = MAX_ENTRIES) -> Iterator[list[T]]:
    """Things in runs that one request takes."""
    rest = iter(things)
    while run := list(islice(rest, most)):
        yield run


def receive(
    sqs: "SQSClient", url: str, *, wait_seconds: int, visibility_seconds: int | None = None
) -> "list[MessageTypeDef]":
    """Up to ten messages with their attributes, as SQS returns them, once there is one or the wait is over.

    They are hidden from others for `visibility_seconds`; None for the queue's own time.
    """
    hidden: Any = {} if visibility_seconds is None else {"VisibilityTimeout": visibility_seconds}
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=MAX_ENTRIES,
        WaitTimeSeconds=wait_seconds,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
        **hidden,
    )
    return answer.get("Messages", [])


def send(sqs: "SQSClient", url: str, body: str, *, delay_seconds: int = 0) -> None:
    """Send one message; nobody is given it before the delay is over."""
    sqs.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay_seconds)


def send_chunk(sqs: "SQSClient", url: str, entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Send up to ten messages, each by a name of its own, in one request; why SQS refused one, by its name."""
    requests: Any = [{"Id": name, **entry} for name, entry in entries.items()]
    return _refused(sqs.send_message_batch(QueueUrl=url, Entries=requests))


def delete_chunk(sqs: "SQSClient", url: str, handles: Sequence[str]) -> dict[int, str]:
    """Delete up to ten messages in one request; one that SQS refuses to delete comes again.

    The handles are the receipt handles of their last receive.

    Returns:
        Why SQS refused one, by its place in the handles.
    """
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=_entries(handles))
    return {int(place): why for place, why in _refused(answer).items()}


def hide_chunk(sqs: "SQSClient", url: str, handles: Sequence[str], seconds: int) -> int:
    """Hide up to ten messages from others from now on, in one request; 0 seconds give them back at once.

    The handles are the receipt handles of their last receive.

    Returns:
        How many SQS refused: they are deleted, or somebody else's by now.
    """
    entries: Any = [{**each, "VisibilityTimeout": seconds} for each in _entries(handles)]
    return len(sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries).get("Failed", []))


def delete_received(sqs: "SQSClient", url: str, messages: "Sequence[MessageTypeDef]") -> None:
    """Delete messages that one receive returned; one that SQS does not delete comes again."""
    delete_chunk(sqs, url, [each["ReceiptHandle"] for each in messages])


def _entries(handles: Sequence[str]) -> Any:  # noqa: ANN401 - of several requests
    return [{"Id": str(place), "ReceiptHandle": handle} for place, handle in enumerate(handles)]


def _refused(answer: Mapping[str, Any]) -> dict[str, str]:
    return {each["Id"]: f"{each['Code']}: {each.get('Message', '')}" for each in answer.get("Failed", [])}
