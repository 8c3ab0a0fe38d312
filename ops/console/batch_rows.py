"""Upload batches as the console shows them: counted from the images that it knows. No AWS, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.console.state import Seen
from ops.console.view import kind

MAX_BATCHES = 5


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """An upload batch, as far as its images are among the newest.

    Args:
        id: of the batch.
        uploaded_at: of its newest image, ISO 8601 in UTC.
        images: that are known.
        stored: how many of them are stored.
        failed: how many of them failed.
        pending: how many of them are on their way.
    """

    id: str
    uploaded_at: str
    images: int
    stored: int
    failed: int
    pending: int

    @property
    def other(self) -> int:
        """How many came to another outcome."""
        return self.images - self.stored - self.failed - self.pending


def batch_rows(images: Sequence[Seen]) -> list[BatchRow]:
    """The newest batches.

    Args:
        images: the newest first.
    """
    found: dict[str, list[Seen]] = {}
    for seen in images:
        if seen.row.batch is not None:
            found.setdefault(seen.row.batch, []).append(seen)
    return [_row(batch, members) for batch, members in list(found.items())[:MAX_BATCHES]]


def _row(batch: str, members: Sequence[Seen]) -> BatchRow:
    kinds = [kind(seen) for seen in members]
    return BatchRow(
        id=batch,
        uploaded_at=members[0].row.uploaded_at,
        images=len(members),
        stored=kinds.count("stored"),
        failed=kinds.count("failed"),
        pending=kinds.count("pending"),
    )
