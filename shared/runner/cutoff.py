"""Which threads may record an outcome: none whose image the runner has given up."""

import threading

from shared.runner.results import Unit


class Cutoff:
    """Decides between a thread that is about to record an outcome, and the runner, whose time is over.

    A thread cannot be stopped. Without a decision one that is given up at its last attempt could store an image that
    subscribers are notified of as failed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: set[int] = set()
        self._recording: set[int] = set()
        self._closed = False

    def begin(self, unit: Unit) -> None:
        """Note that the step of a unit is begun."""
        with self._lock:
            self._begun.add(id(unit))

    def may_record(self, unit: Unit) -> bool:
        """Whether a unit's outcome may be recorded: from then on it is its own, whatever the time."""
        with self._lock:
            if not self._closed:
                self._recording.add(id(unit))
            return not self._closed

    def close(self) -> None:
        """Give up all units whose outcome is not being recorded."""
        with self._lock:
            self._closed = True

    def has_begun(self, unit: Unit) -> bool:
        """Whether the step of a unit was begun."""
        with self._lock:
            return id(unit) in self._begun

    def is_recording(self, unit: Unit) -> bool:
        """Whether a unit's outcome was about to be recorded: it may be there soon, or be there already."""
        with self._lock:
            return id(unit) in self._recording
