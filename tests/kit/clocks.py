"""A clock that stops until a test advances it."""

import threading


class FakeClock:
    """Seconds pass only where a test advances the clock, and where code waits alone.

    Args:
        meanwhile: called with the seconds of each wait; does what others do in that time.
    """

    def __init__(self, meanwhile=lambda _: None):
        self.now = 0.0
        self.waited = []
        self.meanwhile = meanwhile
        self._waiting = []
        self._lock = threading.Lock()
        self._read = threading.local()

    def monotonic(self):
        self._read.at = self.now
        return self._read.at

    def wait(self, seconds):
        self.waited.append(seconds)
        self.meanwhile(seconds)
        self.advance(seconds)

    def wait_for(self, event, seconds):
        if not event.is_set():
            self.wait(seconds)
        return event.is_set()

    def wait_on(self, condition, seconds):
        """Wait until notified, or until others have advanced the clock far enough."""
        with self._lock:
            # Since the thread's last reading of the clock, others may have advanced it.
            if self._read.at + seconds <= self.now:
                return
            self._waiting.append(condition)
        try:
            condition.wait()
        finally:
            with self._lock:
                self._waiting.remove(condition)

    def advance(self, seconds):
        """Advance the clock; waiting threads check again."""
        with self._lock:
            self.now += seconds
            waiting = list(self._waiting)
        for condition in waiting:
            with condition:
                condition.notify_all()


def still():
    """A clock that never advances."""
    return 0.0
