"""What is known of the newest images, and since when: no AWS, no clock."""

import bisect
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ops.aws.ledger import Row

# As many as a page shows; the ledger may hold millions.
MAX_ROWS: Final = 1000

# What an image is called that the ledger does not know yet.
UPLOADED: Final = "uploaded"
ENDED: Final = frozenset({"stored", "failed", "superseded", "vanished", "rejected", "removed"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An image as it was last seen.

    Args:
        row: what the ledger says; before it says anything, what the upload said.
        change: its number in the order of all changes.
        replaying: whether it was sent back from a dead-letter queue and nothing came of it yet.
    """

    row: Row
    change: int
    replaying: bool = False

    @property
    def pending(self) -> bool:
        """Whether something is still to come."""
        return self.row.outcome is None or self.replaying

    @property
    def age(self) -> tuple[str, str]:
        """Sort key of images: the time of the upload, then the image id."""
        return self.row.uploaded_at, self.row.image_id


class State:
    """The newest images; safe to use from several threads.

    Args:
        most: how many are kept.
        notify: called after each change, from whichever thread made it.
    """

    def __init__(self, most: int = MAX_ROWS, notify: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._notify = notify
        self._lock = threading.Lock()
        self._seen: dict[str, Seen] = {}
        self._ages: list[tuple[str, str]] = []  # sorted, the oldest first
        self.change = 0

    def see(self, row: Row) -> bool:
        """Take what the ledger says of an image; whether that is news."""
        with self._lock:
            before = self._seen.get(row.image_id)
            if before is not None and (before.row == row or _is_older(row, before.row)):
                return False
            if before is None and not self._has_room(row):
                return False
            self._put(Seen(row=row, change=self._next()))
        self._notify()
        return True

    def expect(self, row: Row) -> None:
        """Take what an upload said of an image, unless the ledger was faster."""
        with self._lock:
            if row.image_id in self._seen or not self._has_room(row):
                return
            self._put(Seen(row=row, change=self._next()))
        self._notify()

    def sent_back(self, image_ids: Collection[str], since: int) -> None:
        """Note that images were replayed: until the ledger reports otherwise, they are on their way.

        Args:
            image_ids: of the images.
            since: the last change before the replay; what the ledger notified after it may have come of it.
        """
        with self._lock:
            for image_id in image_ids:
                seen = self._seen.get(image_id)
                if seen is not None and seen.change <= since:
                    self._put(replace(seen, replaying=True, change=self._next()))
        self._notify()

    def get(self, image_id: str) -> Seen | None:
        """An image by its id."""
        return self._seen.get(image_id)

    def newest_first(self) -> list[Seen]:
        """All of them."""
        with self._lock:
            return [self._seen[image_id] for _, image_id in reversed(self._ages)]

    def changes(self, since: int) -> list[Seen]:
        """What changed after a change, the oldest image first."""
        with self._lock:
            return [self._seen[each] for _, each in self._ages if self._seen[each].change > since]

    def pending(self, most: int) -> list[Seen]:
        """The newest images of which something is to come."""
        return [seen for seen in self.newest_first() if seen.pending][:most]

    def counts(self) -> Mapping[str, int]:
        """How many images have which outcome; "pending" is none yet."""
        return Counter("pending" if seen.pending else str(seen.row.outcome) for seen in self.newest_first())

    def _has_room(self, row: Row) -> bool:
        return len(self._ages) < self._most or (row.uploaded_at, row.image_id) > self._ages[0]

    def _next(self) -> int:
        self.change += 1
        return self.change

    def _put(self, seen: Seen) -> None:
        before = self._seen.get(seen.row.image_id)
        if before is not None and before.age != seen.age:
            self._ages.remove(before.age)
            before = None
        if before is None:
            bisect.insort(self._ages, seen.age)
        self._seen[seen.row.image_id] = seen
        while len(self._ages) > self._most:
            _, oldest = self._ages.pop(0)
            del self._seen[oldest]


def _is_older(row: Row, before: Row) -> bool:
    """Whether a row was read before another, by a read that may be stale; what an upload reports is not a read."""
    return before.service != UPLOADED and row.updated_at < before.updated_at
