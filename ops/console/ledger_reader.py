"""The ledger read again and again for what is new, at a price that does not grow with it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ops.console.state import State
from ops.console.throughput import Throughput
from ops.ledger import Row, is_image
from ops.stack import Stack
from shared.clock import SYSTEM

# The table has no override by time, so what others upload is found by reading it whole. That is paid for by the size of
# what is read: the larger the ledger, the longer the pause until the next time. 50 units a second cost two cents an
# hour, and 1,000 rows about 75 units. https://aws.amazon.com/dynamodb/pricing/on-demand/
UNITS_A_SECOND: Final = 50
# Of the time, reading takes this much at most: a local AWS has other things to do.
SHARE: Final = 0.2
MIN_PAUSE_SECONDS: Final = 1.0

PENDING_PAUSE_SECONDS: Final = 0.4

# Images that are on their way are asked for by their keys, all of them in few requests.
MAX_PENDING: Final = 200

_ENDED: Final = frozenset({"stored", "failed", "superseded", "vanished", "rejected"})


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

    def all(self) -> float:
        """Read the whole ledger; how many seconds to wait until the next time."""
        began, units = self._clock(), 0.0
        pages = self._stack.dynamodb.get_paginator("scan").paginate(
            TableName=self._stack.names.ledger, ReturnConsumedCapacity="TOTAL"
        )
        for page in pages:
            units += page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            for item in page["Items"]:
                if is_image(item):
                    self._take(item)
        return max(MIN_PAUSE_SECONDS, units / UNITS_A_SECOND, self._rest(began))

    def pending(self) -> float:
        """Ask for the images that are on their way; how many seconds to wait until the next time."""
        began = self._clock()
        rows = [seen.row for seen in self._state.pending(MAX_PENDING)]
        if not rows:
            return PENDING_PAUSE_SECONDS
        found = self._stack.ledger.of_images([(row.bucket, row.key, row.image_id) for row in rows])
        for row in found.values():
            if row.outcome in _ENDED:
                self._throughput.ended(row.image_id, _seconds(row.updated_at))
            self._state.see(row)
        return max(PENDING_PAUSE_SECONDS, self._rest(began))

    def _rest(self, began: float) -> float:
        """How long to do nothing, so that what began then has its share and no more."""
        taken = self._clock() - began
        return taken / SHARE - taken

    def _take(self, item: Mapping[str, Any]) -> None:
        """Take a row; what has not changed is not even read."""
        image_id, updated_at = item["image_id"]["S"], item["updated_at"]["S"]
        outcome = item.get("outcome", {}).get("S")
        version = (item["uploaded_at"]["S"], updated_at, item["service"]["S"], outcome)
        if self._state.knows(image_id, version):
            return
        if outcome in _ENDED:
            self._throughput.ended(image_id, _seconds(updated_at))
        self._state.see(Row.from_item(item))


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
