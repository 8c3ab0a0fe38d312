"""Upload batches as the console shows them: those of the newest images, each with the ledger's own counts. No AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops.console.state import Seen
from ops.console.view import kind
from ops.images.batches import BatchTotals

MAX_BATCHES = 5


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """An upload batch.

    Args:
        id: of the batch.
        uploaded_at: of its newest image, ISO 8601 in UTC.
        images: how many it has; where the ledger has not counted it, how many of them are among the newest.
        stored: how many of them are stored.
        failed: how many of them failed.
        pending: how many of them are on their way.
        missing: how many of them never came into the bucket.
        counted: whether the ledger has counted it.
    """

    id: str
    uploaded_at: str
    images: int
    stored: int
    failed: int
    pending: int
    missing: int = 0
    counted: bool = True

    @property
    def other(self) -> int:
        """How many came to another outcome."""
        return max(0, self.images - self.stored - self.failed - self.pending - self.missing)


def newest_batches(images: Sequence[Seen]) -> dict[str, list[Seen]]:
    """The newest batches by their ids, each with those of its images that are among these, the newest first."""
    found: dict[str, list[Seen]] = {}
    for seen in images:
        if seen.row.batch is not None and (seen.row.batch in found or len(found) < MAX_BATCHES):
            found.setdefault(seen.row.batch, []).append(seen)
    return found


def batch_rows(images: Sequence[Seen], totals: Mapping[str, BatchTotals | None]) -> list[BatchRow]:
    """The newest batches of some images, the newest first, with their totals as far as they were read."""
    return [_row(batch, members, totals.get(batch)) for batch, members in newest_batches(images).items()]


def _row(batch: str, members: Sequence[Seen], totals: BatchTotals | None) -> BatchRow:
    uploaded_at = members[0].row.uploaded_at
    if totals is not None:
        return BatchRow(
            id=batch,
            uploaded_at=uploaded_at,
            images=totals.size,
            stored=totals.counts.get("stored", 0),
            failed=totals.counts.get("failed", 0),
            pending=totals.pending,
            missing=totals.counts.get("missing", 0),
        )
    kinds = [kind(seen) for seen in members]
    return BatchRow(
        id=batch,
        uploaded_at=uploaded_at,
        images=len(members),
        stored=kinds.count("stored"),
        failed=kinds.count("failed"),
        pending=kinds.count("pending"),
        counted=False,
    )
