"""How far an image has come: the order of services and outcomes, in which no image ever goes back."""

from collections.abc import Mapping
from typing import Final, Literal

from shared.light_dataclass import dataclass
from shared.messages import UploadBatch

Outcome = Literal["stored", "failed", "superseded", "vanished", "rejected", "removed"]

# A row of the ledger never moves to a lower rank. A failed image may be replayed, so failed is the lowest of the
# outcomes; what is stored stays stored, whatever a redelivery finds later. Rows hold these numbers: they never change,
# and so rejected shares that of superseded, which only a later service may give an image.
RANKS: Final[Mapping[str, int]] = {
    "uploaded": 0,
    "resize": 1,
    "watermark": 2,
    "store": 3,
    "failed": 10,
    "vanished": 11,
    "rejected": 12,
    "superseded": 12,
    "stored": 13,
    "removed": 14,
}

# With these an image is done permanently: a message that reports it again is nothing to do.
FINISHED: Final[frozenset[Outcome]] = frozenset({"stored", "superseded", "vanished", "rejected", "removed"})


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What the ledger knows of an image.

    Args:
        service: the last service that wrote: it had passed the image on, or given it its outcome; "uploaded" where none
            has, and the uploader recorded its batch.
        outcome: the outcome; None while the image is on its way.
        replays: how often its message had come back from a dead-letter queue by then.
        batch: the batch that it was uploaded with; None where it was uploaded alone, or the row does not say.
        notifier: id of the message that recorded the outcome, and then notifies subscribers; shared.ports.NOTIFIED once
            it has done so. Of a stored image the id stays: one more write for every image would be paid for.
        error: the error's class, for a failure.
        reason: its reason.
    """

    service: str
    outcome: Outcome | None = None
    replays: int = 0
    batch: UploadBatch | None = None
    notifier: str | None = None
    error: str | None = None
    reason: str | None = None

    def done_with(self, service: str) -> bool:
        """Whether this service has nothing left to do: the image is finished, or a later service has it."""
        if self.outcome is not None:
            return self.outcome in FINISHED
        return RANKS[self.service] > RANKS[service]

    def failed_in(self, service: str, replays: int) -> bool:
        """Whether a failure of this service is recorded already.

        Subscribers are notified of a failure again after each replay. That is counted in its own service's queue: an
        image that fails in a later one is reported again, too.
        """
        return self.outcome == "failed" and self.service == service and self.replays >= replays
