"""Messages that nobody else is given: renewed while they are worked on, deleted, or given back, by several threads."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import chunks, delete_chunk, hide_chunk
from shared.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class _Held:
    """A message that nobody else is given.

    Args:
        handle: of its last receive.
        until: when others are given it, by the clock.
    """

    handle: str
    until: float


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
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, handles: Iterable[tuple[str, str]], since: float) -> None:
        """Hold messages.

        Args:
            handles: the id and the receipt handle of each.
            since: when they were asked for, by the clock.
        """
        with self._lock:
            for message_id, handle in handles:
                self._messages.pop(message_id, None)
                self._messages[message_id] = _Held(handle, since + self.visibility_seconds)

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
                    self._messages[message_id] = _Held(held.handle, now + self.visibility_seconds)

    def delete(self, message_ids: Sequence[str]) -> dict[str, str]:
        """Delete messages that are held; why each one that stays was refused, by message id."""
        with self._lock:
            handles = [(each, self._messages[each]) for each in message_ids]
        every = list(chunks(handles))
        # Up to ten are deleted by the thread that asks: it may be one of the pool's own.
        answers = map(self._delete, every) if len(every) == 1 else self.pool.map(self._delete, every)
        refused = {message_id: why for answer in answers for message_id, why in answer.items()}
        with self._lock:
            for message_id in message_ids:
                if message_id not in refused:
                    self._messages.pop(message_id, None)
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

    def _delete(self, chunk: Sequence[tuple[str, _Held]]) -> dict[str, str]:
        try:
            refused = delete_chunk(self.sqs, self.url, [held.handle for _, held in chunk])
        except (BotoCoreError, ClientError) as error:
            return {message_id: str(error) for message_id, _ in chunk}
        return {chunk[place][0]: why for place, why in refused.items()}
