"""The clock that services and tools wait by: it is handed in, so that a test waits for nothing."""

import threading
import time
from typing import Final, Protocol


class Clock(Protocol):
    """Seconds that only go forward, and waiting for them to pass."""

    def monotonic(self) -> float:
        """Seconds since some moment, which only go forward."""

    def wait(self, seconds: float) -> None:
        """Wait for this many seconds."""

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        """Wait until an event is set, or for this many seconds; whether it is set."""

    def wait_on(self, condition: threading.Condition, seconds: float) -> None:
        """Wait until a condition is notified, or for this many seconds; the caller holds it, and looks again."""


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        """Seconds since some moment; see time.monotonic."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for this many seconds; see time.sleep."""
        time.sleep(seconds)

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event; see threading.Event.wait."""
        return event.wait(seconds)

    def wait_on(self, condition: threading.Condition, seconds: float) -> None:
        """Wait for a condition; see threading.Condition.wait."""
        condition.wait(seconds)


SYSTEM: Final = SystemClock()
