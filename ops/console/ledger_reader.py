"""The ledger read again and again for what is new, at a price that does not grow with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ops.aws.ledger import Row
from ops.console.batch_rows import newest_batches
from ops.console.state import ENDED, MAX_ROWS, State
from ops.console.throughput import Throughput
from ops.images.batches import BatchTotals, totals
from ops.stack import Stack
from shared.clock import SYSTEM

# What is read is paid for by its size: the newest images take some 80 units, however many there are. 50 units a second
# cost two cents an hour. https://aws.amazon.com/dynamodb/pricing/on-demand/
UNITS_A_SECOND: Final = 50
# Of the time, reading takes this much at most: a local AWS has other things to do.
SHARE: Final = 0.2
MIN_PAUSE_SECONDS: Final = 1.0

PENDING_PAUSE_SECONDS: Final = 0.4

# Images that are on their way are asked for by their keys, all of them in few requests.
MAX_PENDING: Final = 200

# Rows that have their outcome are read again in turn, in chunks: somebody else may have replayed one.
LOOKED_AT_AGAIN: Final = 100

# The counts of an upload batch are read again when one of its images has changed; and else so often, as long as some
# are to come: images that are too old to be shown change them as well.
BATCH_PAUSE_SECONDS: Final = 1.0
BATCH_AGAIN_SECONDS: Final = 10.0


class Reader:
    """Reads the ledger onto a state.

    Args:
        stack: whose ledger.
        state: takes each row that may be new.
        throughput: counts each image that came to its end.
        clock: seconds that only go forward.
    """

    def __init__(
        self, stack: Stack, state: State, throughput: Throughput, *, clock: Callable[[], float] = SYSTEM.monotonic
    ) -> None:
        self._stack = stack
        self._state = state
        self._throughput = throughput
        self._clock = clock
        self._turn = 0

    def newest(self) -> float:
        """Read those of the newest images that may have changed; how many seconds to wait until the next time.

        Raises:
            CommandError: the ledger has no index.
        """
        began, pages = self._clock(), self._stack.ledger_pages
        entries = pages.newest(MAX_ROWS)
        unknown = [entry for entry in entries if self._state.get(entry.image_id) is None]
        known = [entry for entry in entries if self._state.get(entry.image_id) is not None]
        again = [known[(self._turn + place) % len(known)] for place in range(min(LOOKED_AT_AGAIN, len(known)))]
        self._turn += len(again)
        read = {entry.image_id: (entry.bucket, entry.key, entry.image_id) for entry in (*unknown, *again)}
        self._see(self._stack.ledger.of_images(sorted(read.values())))
        return max(MIN_PAUSE_SECONDS, (pages.units + len(read)) / UNITS_A_SECOND, self._rest(began))

    def pending(self) -> float:
        """Ask for the images that are on their way; how many seconds to wait until the next time."""
        began = self._clock()
        rows = [seen.row for seen in self._state.pending(MAX_PENDING)]
        if not rows:
            return PENDING_PAUSE_SECONDS
        self._see(self._stack.ledger.of_images([(row.bucket, row.key, row.image_id) for row in rows]))
        return max(PENDING_PAUSE_SECONDS, self._rest(began))

    def _rest(self, began: float) -> float:
        """How long to do nothing, so that what began then has its share and no more."""
        taken = self._clock() - began
        return taken / SHARE - taken

    def _see(self, rows: Mapping[str, Row]) -> None:
        for row in rows.values():
            if row.outcome in ENDED:
                self._throughput.ended(row.image_id, datetime.fromisoformat(row.updated_at).timestamp())
            self._state.see(row)


@dataclass(frozen=True, kw_only=True)
class _BatchLook:
    """When the counts of a batch were read, by the clock and by the last change of its images."""

    change: int
    at: float


class BatchReader:
    """Reads how far the newest upload batches are, one query each.

    Args:
        stack: whose ledger.
        state: of the newest images.
        clock: seconds that only go forward.
    """

    def __init__(self, stack: Stack, state: State, *, clock: Callable[[], float] = SYSTEM.monotonic) -> None:
        self._stack = stack
        self._state = state
        self._clock = clock
        self._looks: dict[str, _BatchLook] = {}
        self.totals: dict[str, BatchTotals | None] = {}

    def read(self) -> bool:
        """Read the counts that may have changed; whether some have."""
        batches = newest_batches(self._state.newest_first())
        found = {batch: self.totals.get(batch) for batch in batches}
        for batch, members in batches.items():
            look = _BatchLook(change=max(seen.change for seen in members), at=self._clock())
            if self._is_due(batch, look):
                self._looks[batch] = look
                found[batch] = totals(self._stack, batch)
        self._looks = {batch: look for batch, look in self._looks.items() if batch in batches}
        changed, self.totals = found != self.totals, found
        return changed

    def _is_due(self, batch: str, look: _BatchLook) -> bool:
        before, known = self._looks.get(batch), self.totals.get(batch)
        if before is None or before.change != look.change:
            return True
        ended = known is not None and not known.pending
        return not ended and look.at - before.at >= BATCH_AGAIN_SECONDS
