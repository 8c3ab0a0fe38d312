"""One dead-letter queue as it is read: each letter once, held while it is looked at, released whatever happens."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import depth_of
from ops.dlq.letters import Letter, letter_of
from ops.dlq.limits import VISIBILITY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

MOST_ENTRIES: Final = 10
# SQS asks all its servers only where it may wait: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/
# SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_SECONDS: Final = 1

# The counts of SQS are approximate: asked a few times, the highest is believed.
_COUNTS: Final = 3
# A receive may find nothing though there is something: after so many in a row there is nothing.
_EMPTY_RECEIVES: Final = 3


@dataclass(kw_only=True)
class _Held:
    """A letter that nobody else is given.

    Args:
        handle: of its last receive.
        until: when others are given it, by the clock.
    """

    handle: str
    until: float


@dataclass(kw_only=True)
class Desk(AbstractContextManager["Desk"]):
    """A dead-letter queue, read letter by letter.

    Every letter that is read is held: nobody else is given it, until the context ends or it is deleted. If the process
    is killed, SQS gives it to others after `hold_seconds`.

    Args:
        sqs: a client.
        service: whose dead-letter queue.
        url: of the dead-letter queue.
        most_receives: of the service's redrive policy.
        hold_seconds: for which a letter is hidden from others; renewed as long as the context lasts.
        wait_seconds: for letters, where there seem to be none.
        clock: in seconds.
    """

    sqs: "SQSClient"
    service: str
    url: str
    most_receives: int
    hold_seconds: int = VISIBILITY_TIMEOUT_SECONDS
    wait_seconds: int = WAIT_SECONDS
    clock: Callable[[], float] = time.monotonic
    hidden: int = field(default=0, init=False)  # letters that somebody else held when the reading began
    unreleased: int = field(default=0, init=False)
    _held: dict[str, _Held] = field(default_factory=dict, init=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def read(self) -> Iterator[list[Letter]]:
        """The letters that were there when the reading began, each once, up to ten at a time.

        What comes while they are read, such as a letter that was sent back and failed again, is not among them.
        """
        began, expected = self._began()
        seen: set[str] = set()
        empty = 0
        while empty < _EMPTY_RECEIVES:
            letters = [letter for letter in self._receive() if letter.message_id not in seen]
            there = [letter for letter in letters if letter.sent_at <= began]
            seen |= {letter.message_id for letter in letters}
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
        """Go on holding what is held: to be called more often than half of hold_seconds."""
        now = self.clock()
        due = [held for held in self._held.values() if held.until - now < self.hold_seconds / 2]
        for batch in batches(due):
            self._hide(batch, self.hold_seconds)
            for held in batch:
                held.until = now + self.hold_seconds

    def delete(self, letters: Sequence[Letter]) -> dict[str, str]:
        """Delete letters that are held; why each one that stays was refused, by message id."""
        refused: dict[str, str] = {}
        for batch in batches(letters):
            entries = [
                {"Id": str(index), "ReceiptHandle": self._held[letter.message_id].handle}
                for index, letter in enumerate(batch)
            ]
            try:
                answer = self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]
            except (BotoCoreError, ClientError) as error:
                refused |= {letter.message_id: str(error) for letter in batch}
                continue
            for failure in answer.get("Failed", []):
                refused[batch[int(failure["Id"])].message_id] = f"{failure['Code']}: {failure.get('Message', '')}"
        for letter in letters:
            if letter.message_id not in refused:
                del self._held[letter.message_id]
        return refused

    def release(self) -> None:
        """Give everything that is held back to others at once; what SQS refuses is theirs after hold_seconds."""
        held = list(self._held.values())
        self._held.clear()
        for batch in batches(held):
            try:
                self.unreleased += self._hide(batch, 0)
            except (BotoCoreError, ClientError):
                self.unreleased += len(batch)

    def _began(self) -> tuple[datetime, int]:
        """The time by SQS's clock, and how many letters there are."""
        depths = [depth_of(self.sqs, self.url) for _ in range(_COUNTS)]
        self.hidden = max(each.in_flight for each in depths)
        return told_time(depths[0].date), max(each.visible for each in depths)

    def _receive(self) -> list[Letter]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=MOST_ENTRIES,
            VisibilityTimeout=self.hold_seconds,
            WaitTimeSeconds=self.wait_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        until = self.clock() + self.hold_seconds
        self._held |= {each["MessageId"]: _Held(handle=each["ReceiptHandle"], until=until) for each in messages}
        return [letter_of(self.service, each, most_receives=self.most_receives) for each in messages]

    def _hide(self, batch: Sequence[_Held], seconds: int) -> int:
        """How many were refused: they are deleted, or somebody else's by now."""
        entries = [
            {"Id": str(index), "ReceiptHandle": held.handle, "VisibilityTimeout": seconds}
            for index, held in enumerate(batch)
        ]
        answer = self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]
        return len(answer.get("Failed", []))


def batches(things: Iterable[T], most: int = MOST_ENTRIES) -> Iterator[list[T]]:
    """Things in runs that one request takes."""
    every = list(things)
    for start in range(0, len(every), most):
        yield every[start : start + most]


def told_time(date: str | None) -> datetime:
    """The time that an answer's Date says, to the end of its second; this machine's own where it says none."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return datetime.now(UTC)
    return told.astimezone(UTC) + timedelta(milliseconds=999)
