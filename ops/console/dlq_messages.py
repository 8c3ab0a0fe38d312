"""DLQ messages on the page: read when they are looked at; nothing is changed."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ops.console.dlq_filter import Filter
from ops.dlq.reader import Missed
from ops.dlq.reading import Reading
from ops.dlq.received_messages import ReceivedMessage, readable
from ops.dlq.selection import Selection
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.stack import Stack
from shared.messages import Source

# As many as a page shows; replay and purge take any number.
MAX_MESSAGES: Final = 500
# Of one queue, a page looks at this many for those that its filter takes.
MAX_LOOKED: Final = 5_000
MAX_EXPORTED: Final = 10_000

# A page is read at once, so nobody is kept from a message for long if this process is killed.
VISIBILITY_SECONDS: Final = 30
_TURN_SECONDS: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Messages that failed in one service for one reason's class.

    Args:
        service: where.
        error: the error's class.
        count: how many were looked at.
    """

    service: str
    error: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was in the dead-letter queues.

    Args:
        entries: that the filter takes, the newest first.
        causes: of all that would be taken by a filter without an error, the biggest first.
        at: when they were read.
        more: whether there are more than were read.
        hidden: how many others held.
        looked: how many were looked at.
        busy: whether this is the last reading, since a replay or a purge has the queues now.
    """

    entries: tuple[ReceivedMessage, ...]
    causes: tuple[Cause, ...]
    at: datetime
    more: bool
    hidden: int
    looked: int
    busy: bool = False


@dataclass(kw_only=True)
class DlqMessages:
    """The DLQ messages of a stack.

    Args:
        stack: whose.
        wait_seconds: for messages, where there seem to be none.
        now: the time.
    """

    stack: Stack
    wait_seconds: int = 1
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _messages: dict[str, ReceivedMessage] = field(default_factory=dict, init=False)
    _last: Shown | None = field(default=None, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)
    _taken: threading.Event = field(default_factory=threading.Event, init=False)

    def read(self, shown: Filter | None = None) -> Shown:
        """Look into the dead-letter queues that a filter names; while a job has them, at what was seen last."""
        found = self._looked(shown or Filter(), MAX_MESSAGES)
        if found is None:
            nothing = Shown(entries=(), causes=(), at=self.now(), more=False, hidden=0, looked=0)
            return replace(self._last or nothing, busy=True)
        self._last = found
        self._messages = {entry.message_id: entry for entry in found.entries}
        return found

    def entry(self, message_id: str) -> ReceivedMessage | None:
        """A message of the last reading."""
        return self._messages.get(message_id)

    def source(self, image_id: str) -> Source | None:
        """The source of an image that a message of the last reading is about."""
        sources = (source for entry in list(self._messages.values()) for source in entry.sources)
        return next((source for source in sources if source.image_id == image_id), None)

    def export(self, shown: Filter) -> Sequence[ReceivedMessage]:
        """Every message that a filter takes, as far as one file should contain them.

        Raises:
            CommandError: a job has the queues.
        """
        found = self._looked(shown, MAX_EXPORTED)
        if found is None:
            raise CommandError("a replay or purge is at work: export once it has ended, or stop it", Exit.PARTIAL)
        return found.entries

    def reading(self, selection: Selection, limit: int | None) -> Reading:
        """A reading of some messages, for a replay or a purge."""
        return Reading(
            stack=self.stack,
            selection=selection,
            limit=limit,
            visibility_timeout=VISIBILITY_SECONDS,
            now=self.now(),
            wait_seconds=self.wait_seconds,
        )

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While a replay or a purge has the queues: a reading would hold what it is about."""
        self._taken.set()
        try:
            with self._one_at_a_time:
                yield
        finally:
            self._taken.clear()

    def _looked(self, shown: Filter, most: int) -> Shown | None:
        """What a filter takes of the queues, one look at a time; None while a job has them."""
        while not self._one_at_a_time.acquire(timeout=_TURN_SECONDS):
            if self._taken.is_set():
                return None
        try:
            return self._read(shown, most)
        finally:
            self._one_at_a_time.release()

    def _read(self, shown: Filter, most: int) -> Shown:
        # What a cause is chosen from does not depend on which one is chosen.
        wide = replace(shown, error="").selection()
        with ThreadPoolExecutor(len(SERVICES)) as pool:
            read = list(
                pool.map(lambda service: self._read_one(replace(wide, services=(service,)), most), wide.services)
            )
        looked = [entry for found, _, _ in read for entry in found]
        entries = [entry for entry in looked if shown.error in {"", entry.error}]
        return Shown(
            entries=tuple(sorted(entries, key=lambda entry: entry.sent_at, reverse=True)[:most]),
            causes=_causes(looked),
            at=self.now(),
            more=len(entries) > most or any(more for _, _, more in read),
            hidden=sum(missed.hidden for _, missed, _ in read),
            looked=len(looked),
        )

    def _read_one(self, selection: Selection, most: int) -> tuple[list[ReceivedMessage], Missed, bool]:
        """The messages of one service; whether there may be more."""
        reading = self.reading(selection, None)
        entries: list[ReceivedMessage] = []
        chooser = reading.chooser()
        (reader,) = reading.readers()
        more = False
        with reader:
            for some in reader.read():
                # Files would take a quarter of a megabyte each in memory; what is replayed is read again.
                entries += map(readable, chooser.choose(some))
                more = len(entries) >= most or chooser.looked >= max(most, MAX_LOOKED)
                if more:
                    break
        return entries, reader, more or bool(reader.unseen)


def _causes(entries: Sequence[ReceivedMessage]) -> tuple[Cause, ...]:
    counts = Counter((entry.service, entry.error) for entry in entries)
    causes = (Cause(service=service, error=error, count=count) for (service, error), count in counts.items())
    return tuple(sorted(causes, key=lambda cause: (-cause.count, SERVICES.index(cause.service), cause.error)))
