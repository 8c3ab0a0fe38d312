"""How fast messages go back: this many a second, never in a burst."""

from collections.abc import Callable
from typing import Final

from shared.clock import SYSTEM, Clock

_MAX_SLEEP_SECONDS: Final = 1.0


class Pacer:
    """Lets messages go at a rate.

    Args:
        rate: messages a second.
        clock: by which to wait.
    """

    def __init__(self, rate: float, *, clock: Clock = SYSTEM) -> None:
        self._rate = rate
        self._clock = clock
        self._free_at = clock.monotonic()

    @property
    def at_once(self) -> int:
        """How many go in one request: what one second allows, and what SQS takes."""
        return self.in_a_second(10)

    def in_a_second(self, most: int) -> int:
        """How many of at most this number go within a second."""
        return max(1, min(most, int(self._rate)))

    def rate(self, count: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until this many may go.

        Args:
            count: of messages.
            meanwhile: called about once a second.
        """
        while (wait := self._free_at - self._clock.monotonic()) > 0:
            self._clock.wait(min(wait, _MAX_SLEEP_SECONDS))
            meanwhile()
        self._free_at = max(self._free_at, self._clock.monotonic()) + count / self._rate
