"""One dead-letter queue as it is read: each message once, held while it is looked at, released whatever happens."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from ops.aws.answers import answered_time
from ops.aws.queues import MAX_ENTRIES, depth_of, receive
from ops.dlq.held_messages import HeldMessages
from ops.dlq.limits import CONCURRENCY, MAX_IN_FLIGHT, VISIBILITY_TIMEOUT_SECONDS
from ops.dlq.received_messages import ReceivedMessage, message_of
from shared.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS asks all its servers only where it may wait: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/
# SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_SECONDS: Final = 1

# The counts of SQS are approximate: asked a few times, the highest is believed.
_COUNTS: Final = 3
# A receive may find nothing though there is something: after this many in a row there is nothing.
_EMPTY_RECEIVES: Final = 3


@dataclass(kw_only=True)
class Missed:
    """What readings could not see or give back.

    Args:
        hidden: messages that others held when a reading began.
        unseen: about how many messages SQS counts still, though a reading has ended.
        unreleased: messages that could not be given back at once.
    """

    hidden: int = 0
    unseen: int = 0
    unreleased: int = 0

    def add(self, missed: "Missed") -> None:
        """Count those of another reading as well."""
        self.hidden += missed.hidden
        self.unseen += missed.unseen
        self.unreleased += missed.unreleased


@dataclass(kw_only=True)
class DlqReader(Missed, AbstractContextManager["DlqReader"]):
    """A dead-letter queue, read message by message, by as many threads as its length is worth.

    Every message that is read is held: nobody else is given it, until the context ends or it is deleted. If the process
    is killed, SQS gives it to others after `visibility_seconds`.

    Args:
        sqs: a client; those of AWS's SDK may be shared by threads.
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
    expected: int = field(default=0, init=False)  # messages that SQS counted when the reading began

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(CONCURRENCY)
        self._receives: set[Future[list[ReceivedMessage]]] = set()
        self._held = HeldMessages(
            sqs=self.sqs, url=self.url, visibility_seconds=self.visibility_seconds, pool=self.pool, clock=self.clock
        )

    def __exit__(self, *_: object) -> None:
        try:
            wait(self._receives)  # what they receive is held, too
            self.unreleased += self._held.release()
        finally:
            self.pool.shutdown(cancel_futures=True)

    def read(self) -> Iterator[list[ReceivedMessage]]:
        """The messages that were there when the reading began, each once, in chunks of those that are there already.

        What comes while they are read, such as a message that was sent back and failed again, is not among them.
        SQS gives no more than 120,000 messages of a queue before some are deleted: `unseen` says about how many more
        there are.
        """
        began, self.expected = self._began()
        seen: set[str] = set()
        count = empty = 0
        while True:
            left = self.expected - count
            self._ask(left, empty)
            if not self._receives:
                break
            entries, found_nothing = self._received()
            # SQS may give a message twice, even to two receives at once.
            fresh = {entry.message_id: entry for entry in entries if entry.message_id not in seen}
            seen |= fresh.keys()
            there = [entry for entry in fresh.values() if entry.sent_at <= began]
            if there:
                empty = 0
                count += len(there)
                yield there
            else:
                # Known already, or new: a queue into which more and more comes is read to an end as well.
                empty += max(1, found_nothing)
            self.keep()
        if self.expected > count:
            self.unseen = min(self.expected - count, depth_of(self.sqs, self.url).visible)

    def keep(self) -> None:
        """Go on holding what is held: to be called more often than half of visibility_seconds."""
        self._held.keep()

    def delete(self, entries: Sequence[ReceivedMessage]) -> dict[str, str]:
        """Delete messages that are held; why each one that stays was refused, by message id."""
        return self._held.delete([entry.message_id for entry in entries])

    def _ask(self, left: int, empty: int) -> None:
        """Receive by as many threads as there is something to receive for; by none once there is nothing left.

        Args:
            left: messages that SQS counted and that have not come.
            empty: receives in a row that brought nothing.
        """
        if empty and (left <= 0 or empty >= _EMPTY_RECEIVES):
            return
        # After a receive that brought nothing, one at a time: each is asked after the other has ended.
        useful = 1 if empty else min(CONCURRENCY, max(1, -(-left // MAX_ENTRIES)))
        room = MAX_IN_FLIGHT - self.hidden - len(self._held) - MAX_ENTRIES * len(self._receives)
        for _ in range(min(useful - len(self._receives), room // MAX_ENTRIES)):
            self._receives.add(self.pool.submit(self._receive))

    def _received(self) -> tuple[list[ReceivedMessage], int]:
        """What has come, once something has, and how many receives brought nothing."""
        done, self._receives = wait(self._receives, return_when=FIRST_COMPLETED)
        answers = [each.result() for each in done]
        return [entry for answer in answers for entry in answer], sum(not answer for answer in answers)

    def _began(self) -> tuple[datetime, int]:
        """The time by SQS's clock, and how many messages there are."""
        depths = list(self.pool.map(lambda _: depth_of(self.sqs, self.url), range(_COUNTS)))
        self.hidden = max(each.in_flight for each in depths)
        return answered_time(depths[0].date), max(each.visible for each in depths)

    def _receive(self) -> list[ReceivedMessage]:
        since = self.clock.monotonic()
        try:
            messages = receive(
                self.sqs, self.url, wait_seconds=self.wait_seconds, visibility_seconds=self.visibility_seconds
            )
        except ClientError as error:
            # Others hold so many that SQS gives none; where it may wait, it answers with none instead.
            if "OverLimit" in error.response.get("Error", {}).get("Code", ""):
                return []
            raise
        self._held.add([(each["MessageId"], each["ReceiptHandle"]) for each in messages], since)
        return [message_of(self.service, each, max_receives=self.max_receives) for each in messages]
