"""Which threads may work on pixels now: as many as there are CPUs, and one that is stuck keeps none waiting."""

import threading
from types import TracebackType

from shared.clock import Clock


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

    def __enter__(self) -> None:
        with self._changed:
            while (wait_seconds := self._wait_seconds()) > 0:
                self._clock.wait_on(self._changed, wait_seconds)
            self._held_until[threading.get_ident()] = self._clock.monotonic() + self._overdue_seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._held_until.pop(threading.get_ident(), None)
            self._changed.notify_all()

    def _wait_seconds(self) -> float:
        """0 where there is room now, else when the next holder is overdue."""
        now = self._clock.monotonic()
        left = sorted(until - now for until in self._held_until.values() if until > now)
        return left[-self._at_once] if len(left) >= self._at_once else 0.0
