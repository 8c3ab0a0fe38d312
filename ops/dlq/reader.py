"""One dead-letter queue as it is read: each message once, held while it is looked at, released whatever happens."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import depth_of
from ops.dlq.limits import VISIBILITY_TIMEOUT_SECONDS
from ops.dlq.received_messages import ReceivedMessage, message_of
from shared.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

MAX_ENTRIES: Final = 10
# SQS asks all its servers only where it may wait: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/
# SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_SECONDS: Final = 1

# The counts of SQS are approximate: asked a few times, the highest is believed.
_COUNTS: Final = 3
# A receive may find nothing though there is something: after this many in a row there is nothing.
_EMPTY_RECEIVES: Final = 3


@dataclass(kw_only=True)
class _Held:
    """A message that nobody else is given.

    Args:
        handle: of its last receive.
        until: when others are given it, by the clock.
    """

    handle: str
    until: float


@dataclass(kw_only=True)
class DlqReader(AbstractContextManager["DlqReader"]):
    """A dead-letter queue, read message by message.

    Every message that is read is held: nobody else is given it, until the context ends or it is deleted. If the process
    is killed, SQS gives it to others after `visibility_seconds`.

    Args:
        sqs: a client.
        service: whose dead-letter queue.
        url: of the dead-letter queue.
        max_receives: of the service's redrive policy.
        visibility_seconds: for which a message is hidden from others; renewed as long as the context lasts.
        wait_seconds: for messages, where there seem to be none.
        clock: by which messages are hidden.
    """

    sqs: "SQSClient"
    service: str
    url: str
    max_receives: int
    visibility_seconds: int = VISIBILITY_TIMEOUT_SECONDS
    wait_seconds: int = WAIT_SECONDS
    clock: Clock = SYSTEM
    hidden: int = field(default=0, init=False)  # messages that somebody else held when the reading began
    unreleased: int = field(default=0, init=False)
    _held: dict[str, _Held] = field(default_factory=dict, init=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def read(self) -> Iterator[list[ReceivedMessage]]:
        """The messages that were there when the reading began, each once, up to ten at a time.

        What comes while they are read, such as a message that was sent back and failed again, is not among them.
        """
        began, expected = self._began()
        seen: set[str] = set()
        empty = 0
        while empty < _EMPTY_RECEIVES:
            entries = [entry for entry in self._receive() if entry.message_id not in seen]
            there = [entry for entry in entries if entry.sent_at <= began]
            seen |= {entry.message_id for entry in entries}
            if there:
                empty = 0
                expected -= len(there)
                yield there
            elif expected <= 0:
                return
            else:
                empty += 1
            self.keep()

    def keep(self) -> None:
        """Go on holding what is held: to be called more often than half of visibility_seconds."""
        now = self.clock.monotonic()
        due = [held for held in self._held.values() if held.until - now < self.visibility_seconds / 2]
        for batch in batches(due):
            self._hide(batch, self.visibility_seconds)
            for held in batch:
                held.until = now + self.visibility_seconds

    def delete(self, entries: Sequence[ReceivedMessage]) -> dict[str, str]:
        """Delete messages that are held; why each one that stays was refused, by message id."""
        refused: dict[str, str] = {}
        for batch in batches(entries):
            requests = [
                {"Id": str(index), "ReceiptHandle": self._held[entry.message_id].handle}
                for index, entry in enumerate(batch)
            ]
            try:
                answer = self.sqs.delete_message_batch(QueueUrl=self.url, Entries=requests)  # type: ignore[arg-type]
            except (BotoCoreError, ClientError) as error:
                refused |= {entry.message_id: str(error) for entry in batch}
                continue
            for failure in answer.get("Failed", []):
                refused[batch[int(failure["Id"])].message_id] = f"{failure['Code']}: {failure.get('Message', '')}"
        for entry in entries:
            if entry.message_id not in refused:
                del self._held[entry.message_id]
        return refused

    def release(self) -> None:
        """Give everything that is held back to others at once; what SQS refuses is theirs after visibility_seconds."""
        held = list(self._held.values())
        self._held.clear()
        for batch in batches(held):
            try:
                self.unreleased += self._hide(batch, 0)
            except (BotoCoreError, ClientError):
                self.unreleased += len(batch)

    def _began(self) -> tuple[datetime, int]:
        """The time by SQS's clock, and how many messages there are."""
        depths = [depth_of(self.sqs, self.url) for _ in range(_COUNTS)]
        self.hidden = max(each.in_flight for each in depths)
        return notified_time(depths[0].date), max(each.visible for each in depths)

    def _receive(self) -> list[ReceivedMessage]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=MAX_ENTRIES,
            VisibilityTimeout=self.visibility_seconds,
            WaitTimeSeconds=self.wait_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        until = self.clock.monotonic() + self.visibility_seconds
        self._held |= {each["MessageId"]: _Held(handle=each["ReceiptHandle"], until=until) for each in messages}
        return [message_of(self.service, each, max_receives=self.max_receives) for each in messages]

    def _hide(self, batch: Sequence[_Held], seconds: int) -> int:
        """How many were refused: they are deleted, or somebody else's by now."""
        requests = [
            {"Id": str(index), "ReceiptHandle": held.handle, "VisibilityTimeout": seconds}
            for index, held in enumerate(batch)
        ]
        answer = self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=requests)  # type: ignore[arg-type]
        return len(answer.get("Failed", []))


def batches(things: Iterable[T], most: int = MAX_ENTRIES) -> Iterator[list[T]]:
    """Things in runs that one request takes."""
    every = list(things)
    for start in range(0, len(every), most):
        yield every[start : start + most]


def notified_time(date: str | None) -> datetime:
    """The time that an answer's Date says, to the end of its second; this machine's own where it says none."""
    try:
        notified = parsedate_to_datetime(date or "")
    except ValueError:
        return datetime.now(UTC)
    return notified.astimezone(UTC) + timedelta(milliseconds=999)
