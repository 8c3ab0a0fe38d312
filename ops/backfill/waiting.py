"""How many messages wait in the services' queues, so that a backfill sends no more than they soon come to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ops.aws.queues import depth_of
from ops.names import SERVICES
from ops.stack import Stack
from shared.clock import SYSTEM, Clock

# A group is no longer noisy once it has sent nothing for five minutes: from then on its messages are given as those of
# others are. So no more wait in a queue than a pipeline of 17 images a second comes to in that time.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
MAX_WAITING: Final = 5_000

_ASKED_EVERY_SECONDS: Final = 2.0


@dataclass(kw_only=True)
class Backlog:
    """Holds a backfill back while too many messages wait.

    Args:
        stack: whose queues.
        most: messages in any queue.
        clock: by which to wait.
        waits: called with the number of those that wait, as often as it is asked for and is too high.
    """

    stack: Stack
    most: int = MAX_WAITING
    clock: Clock = SYSTEM
    waits: Callable[[int], None] = lambda _: None
    _urls: list[str] = field(init=False)
    _ask_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._urls = [self.stack.queue_url(self.stack.names.queue(service)) for service in SERVICES]
        self._ask_at = self.clock.monotonic()

    def hold(self) -> None:
        """Return once few enough messages wait; SQS is asked every two seconds at most."""
        while self.clock.monotonic() >= self._ask_at:
            deepest = max(depth_of(self.stack.sqs, url).messages for url in self._urls)
            self._ask_at = self.clock.monotonic() + _ASKED_EVERY_SECONDS
            if deepest < self.most:
                return
            self.waits(deepest)
            self.clock.wait(_ASKED_EVERY_SECONDS)
