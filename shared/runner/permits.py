"""Which threads may work on pixels now: as many as there are CPUs, and one that is stuck keeps none waiting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.clock import Clock
from shared.errors import NotBegun


class Permits:
    """A semaphore whose holders are no longer waited for once they are overdue.

    A thread that is stuck in a decoder cannot be stopped. It outlives its batch, and with a plain semaphore every image
    of the next batches of a warm function would wait for it in vain.

    Args:
        at_once: how many threads may hold a permit; each thread holds one.
        overdue_seconds: how long a holder is waited for.
        clock: the clock that decides when they are overdue.
    """

    def __init__(self, *, at_once: int, overdue_seconds: float, clock: Clock) -> None:
        self._at_once = at_once
        self._overdue_seconds = overdue_seconds
        self._clock = clock
        self._held_until: dict[int, float] = {}
        self._changed = threading.Condition()

    @contextmanager
    def until(self, ends: float) -> Iterator[None]:
        """Wait for a permit, and hold it as long as the context lasts.

        Args:
            ends: when the caller's time is over, by the clock: from then on nobody waits for the work.

        Raises:
            NotBegun: the caller's time was over before there was a permit.
        """
        with self._changed:
            while (left := ends - self._clock.monotonic()) > 0 and (wait_seconds := self._wait_seconds()) > 0:
                self._clock.wait_on(self._changed, min(wait_seconds, left))
            if left <= 0:
                raise NotBegun("the function's time ran out while this image waited for its turn")
            self._held_until[threading.get_ident()] = self._clock.monotonic() + self._overdue_seconds
        try:
            yield
        finally:
            with self._changed:
                self._held_until.pop(threading.get_ident(), None)
                self._changed.notify_all()

    def _wait_seconds(self) -> float:
        """0 where there is room now, else when the next holder is overdue."""
        now = self._clock.monotonic()
        left = sorted(until - now for until in self._held_until.values() if until > now)
        return left[-self._at_once] if len(left) >= self._at_once else 0.0
