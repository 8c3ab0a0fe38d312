"""The threads that work on a batch, and waiting for them until the time is over."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from shared.clock import Clock

T = TypeVar("T")
R = TypeVar("R")


class Workers(Generic[T, R]):
    """Threads that work on units, several at once.

    Args:
        work: what is done with a unit; it must not raise.
        units: in the order in which they are begun; one at least.
        at_once: how many are worked on at once.
        name: of the threads.
        clock: by which to wait.
    """

    def __init__(self, work: Callable[[T], R], units: Sequence[T], *, at_once: int, name: str, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._ended: list[Future[R]] = []
        self._pool = ThreadPoolExecutor(max_workers=min(at_once, len(units)), thread_name_prefix=name)
        # Units without a result that was asked for.
        self._open: dict[Future[R], T] = {self._pool.submit(work, unit): unit for unit in units}
        for future in list(self._open):
            future.add_done_callback(self._end)

    @property
    def pending(self) -> bool:
        """Whether there are results yet to come."""
        return bool(self._open)

    def results(self, until: float) -> list[R]:
        """Wait until a unit is done, or the time is over; the results since the last call.

        Args:
            until: by the clock.
        """
        with self._changed:
            while not self._ended and self._open and (left := until - self._clock.monotonic()) > 0:
                self._clock.wait_on(self._changed, left)
            ended, self._ended = self._ended, []
        for future in ended:
            del self._open[future]
        return [future.result() for future in ended]

    def leave(self) -> list[T]:
        """Begin no more; the units without a result.

        A thread that is still at it cannot be stopped. Whatever it yet writes is what the next attempt writes again.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        return list(self._open.values())

    def _end(self, future: "Future[R]") -> None:
        if not future.cancelled():
            with self._changed:
                self._ended.append(future)
                self._changed.notify_all()
