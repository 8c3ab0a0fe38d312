"""Messages that nobody else is given: renewed while they are worked on, deleted, or given back, by several threads."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import MAX_ENTRIES, chunks, delete_chunk, hide_chunk
from shared.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class _Held:
    """A message that nobody else is given.

    Args:
        handle: of its last receive.
        until: when others are given it, by the clock.
        others: handles of its other receives. SQS may give a message to two at once, and then which was the last of
            them is not known here.
    """

    handle: str
    until: float
    others: tuple[str, ...] = ()


@dataclass(kw_only=True)
class HeldMessages:
    """The messages of one queue that this process holds.

    Args:
        sqs: a client.
        url: of the queue.
        visibility_seconds: for which a message is hidden from others.
        pool: sends the requests.
        clock: by which messages are hidden.
    """

    sqs: "SQSClient"
    url: str
    visibility_seconds: int
    pool: Executor
    clock: Clock
    # By message id, the one that others are given first at the front: whatever is held or renewed goes to the end.
    _messages: dict[str, _Held] = field(default_factory=dict, init=False)
    _deleted: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, handles: Sequence[tuple[str, str]], since: float) -> None:
        """Hold messages; those that were deleted by a former handle are deleted once more.

        Args:
            handles: the id and the receipt handle of each.
            since: when they were requested, by the clock.
        """
        with self._lock:
            for message_id, handle in handles:
                former = self._messages.pop(message_id, None)
                others = () if former is None else (*former.others, former.handle)
                self._messages[message_id] = _Held(handle, since + self.visibility_seconds, others)
            back = [message_id for message_id, _ in handles if message_id in self._deleted]
        if back:
            self.delete(back)

    def keep(self) -> None:
        """Renew what is due: to be called more often than half of visibility_seconds."""
        now = self.clock.monotonic()
        due_before = now + self.visibility_seconds / 2
        with self._lock:
            due = [*takewhile(lambda each: each[1].until < due_before, self._messages.items())]
        if not due:
            return
        list(self.pool.map(lambda chunk: self._hide(chunk, self.visibility_seconds), chunks(due)))
        with self._lock:
            for message_id, held in due:
                if self._messages.get(message_id) is held:  # neither deleted nor received again meanwhile
                    del self._messages[message_id]
                    self._messages[message_id] = _Held(held.handle, now + self.visibility_seconds, held.others)

    def delete(self, message_ids: Sequence[str]) -> dict[str, str]:
        """Delete messages that are held; why each one that stays was refused, by message id.

        SQS accepts any handle of a message, and deletes it by the last alone: so all are sent.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
        """
        with self._lock:
            held = {each: self._messages[each] for each in message_ids if each in self._messages}
        handles = [(each, handle) for each, one in held.items() for handle in (*one.others, one.handle)]
        every = list(chunks(handles))
        # Up to ten are deleted by the thread that asks: it may be one of the pool's own.
        answers = map(self._delete, every) if len(held) <= MAX_ENTRIES else self.pool.map(self._delete, every)
        refusals = [refusal for answer in answers for refusal in answer]
        counted = Counter(message_id for message_id, _ in refusals)
        refused = {each: why for each, why in refusals if counted[each] > len(held[each].others)}
        with self._lock:
            for message_id, one in held.items():
                if message_id not in refused:
                    self._deleted.add(message_id)
                    if self._messages.get(message_id) is one:
                        del self._messages[message_id]
            back = [each for each in held if each in self._messages and each not in refused]
        if back:  # received again meanwhile
            self.delete(back)
        return refused

    def release(self) -> int:
        """Give everything back to others at once.

        Returns:
            How many SQS refused: others are given those once visibility_seconds are over.
        """
        with self._lock:
            held = list(self._messages.items())
            self._messages.clear()
        return sum(self.pool.map(self._give_back, chunks(held)))

    def _give_back(self, chunk: Sequence[tuple[str, _Held]]) -> int:
        try:
            return self._hide(chunk, 0)
        except (BotoCoreError, ClientError):
            return len(chunk)

    def _hide(self, chunk: Sequence[tuple[str, _Held]], seconds: int) -> int:
        """How many were refused: they are deleted, or somebody else's by now."""
        return hide_chunk(self.sqs, self.url, [held.handle for _, held in chunk], seconds)

    def _delete(self, chunk: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        try:
            refused = delete_chunk(self.sqs, self.url, [handle for _, handle in chunk])
        except (BotoCoreError, ClientError) as error:
            return [(message_id, str(error)) for message_id, _ in chunk]
        return [(chunk[place][0], why) for place, why in refused.items()]
