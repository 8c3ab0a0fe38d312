"""How long messages stay hidden while they are worked on: for a short time, again and again: a crash costs little."""

import math
from collections.abc import Iterable
from typing import Final

from shared.clock import Clock
from shared.ports import SourceQueue

# A queue hides messages for six times the function's timeout, as Lambda asks for: what is throttled before it reaches
# the function must not come back meanwhile. Once the function runs, it hides them itself, and for less: a function that
# is killed renews nothing, so that its messages come back within LEASE_SECONDS.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
LEASE_SECONDS: Final = 45
# A decoder that holds the interpreter for the difference of the two costs nothing but an attempt.
RENEW_SECONDS: Final = 15


class Lease:
    """Keeps the messages of a batch hidden as long as somebody works on them.

    Args:
        queue: where they came from.
        receipts: their receipt handles.
        clock: by which they are renewed.
    """

    def __init__(self, queue: SourceQueue, receipts: Iterable[str], clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._open = dict.fromkeys(receipts, LEASE_SECONDS)
        self._due = -math.inf

    def __bool__(self) -> bool:
        """Whether messages of the batch are yet to be settled."""
        return bool(self._open)

    def keep(self) -> float:
        """Hide them a while longer, where it is time to; when to call again, by the clock."""
        now = self._clock.monotonic()
        if now >= self._due:
            self._due = now + RENEW_SECONDS
            if self._open:
                self._queue.retry_later(self._open)
        return self._due

    def end(self, receipts: Iterable[str]) -> None:
        """Renew these no more: they are done, or come back at a time of their own."""
        for receipt in receipts:
            self._open.pop(receipt, None)
