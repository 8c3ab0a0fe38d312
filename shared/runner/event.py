"""Lambda's SQS event as records, and the answer that says which of them must come back."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final

from shared.errors import BadMessage
from shared.light_dataclass import dataclass
from shared.message_groups import group_of

# Longer numbers count nothing that happens. Python reads no more than 4,300 digits, and DynamoDB keeps 38.
_MAX_DIGITS: Final = 9


@dataclass(frozen=True, kw_only=True)
class Record:
    """One SQS message of a batch.

    Args:
        message_id: the id by which Lambda learns that it must come back.
        receipt_handle: the handle by which SQS is asked for a pause.
        body: the body as it was sent.
        receives: how often it was received, this time included.
        replays: how often it was sent back from the dead-letter queue.
        first_failure: when it first failed, for a message that was sent back; None for any other.
        first_received: when it was first received; None where the event does not say.
        attributes: its text attributes, by name.
        group: of the message; None for none. See shared.message_groups.
    """

    message_id: str
    receipt_handle: str
    body: str
    receives: int
    replays: int
    first_failure: datetime | None = None
    first_received: datetime | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


def records(event: Mapping[str, Any]) -> tuple[Record, ...]:
    """The messages of a batch, at least one.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

    Raises:
        BadMessage: this is not an SQS event. No message of it can be reported as done, so all of it must come back: the
            runner lets this error through, and Lambda then takes nothing as done.
    """
    found = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(found, list) or not found:
        raise BadMessage(f"the event is not a batch of SQS messages: {event!r:.80}")
    return tuple(map(_record, found))


def answer(failed: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The answer that says which messages of a batch must come back; Lambda takes all others as done.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

    Args:
        failed: ids of the messages that must come back.
    """
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _record(record: Any) -> Record:  # noqa: ANN401 - whatever the event holds
    try:
        attributes = record["attributes"]
        texts = _texts(record.get("messageAttributes") or {})
        found = Record(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            body=record["body"],
            receives=int(attributes["ApproximateReceiveCount"] or 1),
            replays=_replays(record.get("messageAttributes") or {}),
            first_failure=_first_failure(record.get("messageAttributes") or {}),
            first_received=_moment(attributes.get("ApproximateFirstReceiveTimestamp")),
            attributes=texts,
            group=group_of(texts, attributes),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadMessage(f"a record of the event is not an SQS message: {error!r}") from error
    required = found.message_id, found.receipt_handle, found.body
    # An empty id in the answer would count as a failure of the whole batch.
    if not all(isinstance(text, str) for text in required) or not found.message_id:
        raise BadMessage(f"a record of the event is not an SQS message: its id is {found.message_id!r:.80}")
    return found


def _moment(milliseconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None


def _texts(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: value["stringValue"] for name, value in attributes.items() if value.get("stringValue")}


def _replays(attributes: Mapping[str, Mapping[str, str]]) -> int:
    """The count that `pipeline dlq replay` keeps in an attribute; senders may write there what they like."""
    text = attributes.get("replays", {}).get("stringValue")
    return int(text) if text and text.isdecimal() and len(text) <= _MAX_DIGITS else 0


def _first_failure(attributes: Mapping[str, Mapping[str, str]]) -> datetime | None:
    """The time that the DLQ message had; senders may write there what they like."""
    try:
        moment = datetime.fromisoformat(attributes.get("first_failure", {}).get("stringValue") or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first and the last hours that there are have no time in UTC
        return None
