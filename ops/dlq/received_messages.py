"""One DLQ message: what SQS gives of it, read into what an operator asks for. Text only: no AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from shared import events, message_groups, wire
from shared.errors import BadMessage
from shared.inline import without_file
from shared.messages import ImageResized, ImageWatermarked, Source
from shared.removals import SourceRemoved, decoded

# As shared/dlq_messages.py names them; these are kept first where SQS has no room for more.
OURS: Final = (
    "replays",
    message_groups.ATTRIBUTE,
    "service",
    "error",
    "reason",
    "attempts",
    "first_failure",
    "image_id",
    "key",
    "batch",
)

# SQS itself moved it: the redrive policy, after the function died on each attempt.
MOVED_BY_SQS: Final = "MovedBySqs"
# Longer numbers count nothing that happens.
_MAX_DIGITS: Final = 9

# Somebody put it there by hand, without attributes.
NO_REASON: Final = "NoReason"


@dataclass(frozen=True, kw_only=True)
class ReceivedMessage:
    """One message of a dead-letter queue.

    Args:
        service: in whose dead-letter queue it lies.
        message_id: that SQS gave it.
        body: the original message, unchanged.
        attributes: in SQS's own form, by name.
        sent_at: when it came there; of what SQS itself moved, when it came into the queue before.
        error: the error's class.
        reason: what people read.
        sources: the images that the body is about; none where it cannot be read.
        key: decoded; None where neither the body nor an attribute says.
        image_id: None as key.
        attempts: how often it was tried; None where nobody counted.
        first_failure: ISO 8601 in UTC; None where nobody noted it.
        replays: how often it was sent back from this queue.
        batch: that its image was uploaded with; None for none, or where neither the body nor an attribute says.
    """

    service: str
    message_id: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    sent_at: datetime
    error: str
    reason: str
    sources: tuple[Source, ...]
    key: str | None
    image_id: str | None
    attempts: int | None
    first_failure: str | None
    replays: int
    batch: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that it is about: an event that S3 sends has one, an event made by hand may have more."""
        return tuple(source.key for source in self.sources) or ((self.key,) if self.key is not None else ())

    @property
    def images(self) -> tuple[str, ...]:
        """Every image id that it is about."""
        return tuple(source.image_id for source in self.sources) or ((self.image_id,) if self.image_id else ())

    @property
    def removal(self) -> bool:
        """Whether it is about a deletion: that its source is gone is no reason to leave it."""
        try:
            if self.service == "resize":
                return any(isinstance(events.change(each), SourceRemoved) for each in events.split(self.body))
            return wire.loads(self.body).get("type") == SourceRemoved.TYPE
        except BadMessage:
            return False

    @property
    def version_id(self) -> str | None:
        """Of the source; None where the bucket is not versioned or the body cannot be read."""
        return self.sources[0].version_id if self.sources else None

    @property
    def prefix(self) -> str:
        """The first folder of its key; "/" for none, "?" where no key is known."""
        if self.key is None:
            return "?"
        folder, slash, _ = self.key.partition("/")
        return folder + slash if slash else "/"


def message_of(service: str, message: Mapping[str, Any], *, max_receives: int) -> ReceivedMessage:
    """A message of a service's dead-letter queue, as SQS gives it with all its attributes.

    SQS itself moves a message there after `max_receives`, which the service's redrive policy says.
    """
    system = message.get("Attributes", {})
    attributes = {name: _sendable(value) for name, value in message.get("MessageAttributes", {}).items()}
    texts = {name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value}
    sources = sources_of(service, message["Body"])
    if system.get("DeadLetterQueueSourceArn"):
        # Its attributes, if any, are of the failure before it was replayed.
        error = MOVED_BY_SQS
        attempts: int | None = max_receives
        reason = (
            f"moved by SQS after {max_receives} receives: the function was killed or ran out of time on each attempt"
        )
    else:
        error = texts.get("error", NO_REASON)
        reason = texts.get("reason", "it came here without a reason, as what is sent by hand does")
        attempts = _number(texts.get("attempts"))
    return ReceivedMessage(
        service=service,
        message_id=message["MessageId"],
        body=message["Body"],
        attributes=attributes,
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        error=error,
        reason=reason,
        sources=sources,
        # The body's own key comes first: in an attribute, what SQS refuses is written as \x00.
        key=sources[0].key if sources else texts.get("key"),
        image_id=sources[0].image_id if sources else texts.get("image_id"),
        attempts=attempts,
        first_failure=texts.get("first_failure"),
        replays=_number(texts.get("replays")) or 0,
        # An event of S3 does not say it: the attribute does.
        batch=next((source.batch.id for source in sources if source.batch is not None), texts.get("batch")),
    )


def readable(entry: ReceivedMessage) -> ReceivedMessage:
    """A message for people and their tools: without the file that its body may carry. It cannot be sent back."""
    return replace(entry, body=without_file(entry.body))


def sources_of(service: str, body: str) -> tuple[Source, ...]:
    """The images that a message of a service is about; none where it cannot be read or is about none."""
    try:
        if service == "resize":
            changes = [events.change(each) for each in events.split(body)]
            return tuple(change.source for change in changes if change is not None)
        if service == "watermark":
            return (decoded(body, ImageResized).source,)
        return (decoded(body, ImageWatermarked).source,)
    except BadMessage:
        return ()


def replayed(entry: ReceivedMessage) -> dict[str, Any]:
    """The message that goes back to the service's queue: body and attributes as they are, replays one more.

    It is of the group of replays, so that new uploads do not wait for them.

    SQS takes ten attributes: where that would be exceeded, others' are left out, ours never.
    """
    attributes = dict(entry.attributes)
    attributes["replays"] = {"DataType": "String", "StringValue": str(entry.replays + 1)}
    ours = [name for name in OURS if name in attributes and name != message_groups.ATTRIBUTE]
    others = sorted(attributes.keys() - set(OURS))
    kept = [*ours, *others][: message_groups.MAX_ATTRIBUTES - 1]
    message = {"MessageBody": entry.body, "MessageAttributes": {name: attributes[name] for name in kept}}
    return message_groups.in_group(message, message_groups.REPLAY)


def _sendable(value: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute as SQS takes it back."""
    return {name: value[name] for name in ("DataType", "StringValue", "BinaryValue") if value.get(name) is not None}


def _number(text: str | None) -> int | None:
    """Of an attribute; senders may write there what they like."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None
