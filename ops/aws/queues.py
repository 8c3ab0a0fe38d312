"""How many messages a queue has, as SQS estimates it, and the deletion of those that were received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

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
        """The depth that a queue's attributes say; a count that is missing is 0.

        Args:
            attributes: of the queue, by SQS's names.
            date: SQS's clock.
        """
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

    Args:
        sqs: a client.
        url: of the queue.

    Raises:
        botocore.exceptions.ClientError: SQS refuses, or the queue does not exist.
    """
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_NAMES))
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return QueueDepth.of_attributes(answer.get("Attributes", {}), date=date)


def delete_received(sqs: "SQSClient", url: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Delete messages that one receive returned; one that SQS does not delete comes again.

    Args:
        sqs: A client.
        url: Of the queue.
        messages: As SQS returned them, at most 10.
    """
    entries = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(messages)]
    sqs.delete_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
