"""A clock that stands still until a test lets time pass."""

import threading


class FakeClock:
    """Seconds that pass where a test says so, and where somebody waits alone.

    Args:
        meanwhile: called with the seconds of each wait: what others do in that time.
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
        """Until it is notified, or the time is over because others let it pass."""
        with self._lock:
            # From the thread's last look at the clock: others may have let time pass since.
            if self._read.at + seconds <= self.now:
                return
            self._waiting.append(condition)
        try:
            condition.wait()
        finally:
            with self._lock:
                self._waiting.remove(condition)

    def advance(self, seconds):
        """Let time pass; who waits looks again."""
        with self._lock:
            self.now += seconds
            waiting = list(self._waiting)
        for condition in waiting:
            with condition:
                condition.notify_all()


def still():
    """A clock by which nothing takes time."""
    return 0.0
