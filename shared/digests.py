"""The one notice of a batch: whoever counts its last member tells, and none before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.batches import Ending
from shared.dead_letters import iso
from shared.messages import Batch, BatchEnded, FailedMember, Source
from shared.ports import Book, Notices, Tally

LONGEST_REASON: Final = 200


@dataclass(frozen=True, kw_only=True)
class Digests:
    """Counts the members of batches, and tells of each batch when its last member has its outcome.

    A member is told of to here as often as one likes: it is counted once. So whoever died between an image's outcome
    and its count, or between the count and the digest, is made good for by the next delivery of the same message.

    Args:
        book: of the batches.
        notices: where subscribers are told.
        now: the time.
    """

    book: Book
    notices: Notices
    now: Callable[[], datetime]

    def ended(self, source: Source, ending: Ending, *, error: str | None = None, reason: str | None = None) -> None:
        """Count an image that has its outcome; nothing where it was dropped alone.

        Args:
            source: the image.
            ending: its outcome.
            error: the error's class, of a failure.
            reason: what people read, of a failure.

        Raises:
            TransientError: it is not certain that it is counted, or that the batch is told of: do it again.
        """
        batch = source.batch
        if batch is None:
            return
        if ending == "failed" and error is not None:
            failure = FailedMember(key=source.key, error=error, reason=(reason or error)[:LONGEST_REASON])
            self.book.note(batch, failure)
        if self.book.count(batch, ending):
            self.tell(batch)

    def tell(self, batch: Batch) -> None:
        """Tell of a batch whose members are all counted, unless somebody has.

        Raises:
            TransientError: it is not certain that it is told of.
        """
        tally = self.book.claim(batch)
        if tally is None:
            return
        now = self.now()
        self.notices.publish(_digest(batch, tally, now))
        self.book.told(batch, iso(now))


def _digest(batch: Batch, tally: Tally, now: datetime) -> BatchEnded:
    seconds = None
    if tally.dropped_at is not None:
        seconds = round(max(0.0, (now - datetime.fromisoformat(tally.dropped_at)).total_seconds()), 3)
    return BatchEnded(
        notice_id=f"{batch.id}-ended",
        batch_id=batch.id,
        bucket=tally.bucket,
        folders=tally.folders,
        size=batch.size,
        stored=tally.counts.get("stored", 0),
        failed=tally.counts.get("failed", 0),
        superseded=tally.counts.get("superseded", 0),
        vanished=tally.counts.get("vanished", 0),
        rejected=tally.counts.get("rejected", 0),
        undropped=tally.counts.get("undropped", 0),
        failures=tally.failures,
        dropped_at=tally.dropped_at,
        ended_at=iso(now),
        seconds=seconds,
    )
