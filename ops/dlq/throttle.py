"""How fast messages go back: this many a second, never in a burst."""

import time
from collections.abc import Callable
from typing import Final

_MAX_SLEEP_SECONDS: Final = 1.0


class Pacer:
    """Lets messages go at a rate.

    Args:
        rate: messages a second.
        clock: in seconds.
        sleep: for seconds.
    """

    def __init__(
        self, rate: float, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    @property
    def at_once(self) -> int:
        """How many go in one request: what one second allows, and what SQS takes."""
        return max(1, min(10, int(self._rate)))

    def rate(self, count: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until this many may go.

        Args:
            count: of messages.
            meanwhile: called about once a second.
        """
        while (wait := self._free_at - self._clock()) > 0:
            self._sleep(min(wait, _MAX_SLEEP_SECONDS))
            meanwhile()
        self._free_at = max(self._free_at, self._clock()) + count / self._rate
