"""The one notice of a batch: whichever function counts its last member sends it, and none before."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from shared.batches import Ending
from shared.dlq_messages import iso
from shared.light_dataclass import dataclass
from shared.messages import Source, UploadBatch
from shared.notifications import BatchEnded, FailedMember
from shared.ports import Notices
from shared.upload_batches import BatchResult, UploadBatches

MAX_REASON: Final = 200


@dataclass(frozen=True, kw_only=True)
class Digests:
    """Counts the members of batches, and reports each batch when its last member has its outcome.

    A member may be counted here any number of times: it counts once. So where a function died between an image's
    outcome and its count, or between the count and the digest, it is made up for by the next delivery of the same
    message.

    Args:
        upload_batches: the batches in the ledger.
        notices: where subscribers are notified.
        now: returns the time.
    """

    upload_batches: UploadBatches
    notices: Notices
    now: Callable[[], datetime]

    def ended(self, source: Source, ending: Ending, *, error: str | None = None, reason: str | None = None) -> None:
        """Count an image that has its outcome; does nothing where it was uploaded alone.

        Args:
            source: the image.
            ending: its outcome.
            error: the error's class, for a failure.
            reason: what people read, for a failure.

        Raises:
            TransientError: it is not certain that it is counted, or that the batch is reported: call it again.
        """
        batch = source.batch
        if batch is None:
            return
        if ending == "failed" and error is not None:
            failure = FailedMember(key=source.key, error=error, reason=(reason or error)[:MAX_REASON])
            self.upload_batches.note(batch, failure)
        if self.upload_batches.count(batch, ending):
            self.report(batch)

    def report(self, batch: UploadBatch) -> None:
        """Report a batch whose members are all counted, unless it was reported before.

        Raises:
            TransientError: it is not certain that it is reported.
        """
        tally = self.upload_batches.lease(batch)
        if tally is None:
            return
        now = self.now()
        self.notices.publish(digest(batch, tally, now))
        self.upload_batches.notified(batch, iso(now))


def digest(batch: UploadBatch, tally: BatchResult, now: datetime) -> BatchEnded:
    """What subscribers are notified of a batch that ended.

    Args:
        batch: the place of any of its members.
        tally: the outcomes.
        now: the time.
    """
    seconds = None
    if tally.uploaded_at is not None:
        seconds = round(max(0.0, (now - datetime.fromisoformat(tally.uploaded_at)).total_seconds()), 3)
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
        missing=tally.counts.get("missing", 0),
        failures=tally.failures,
        uploaded_at=tally.uploaded_at,
        ended_at=iso(now),
        seconds=seconds,
    )
