"""What becomes of failed messages: back after a pause, or reported and sent to the dead-letter queue."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools import Logger

from shared.digests import Digests
from shared.dlq_messages import dlq_message, iso
from shared.errors import AwsUnavailable, HandedBack, NotBegun, PermanentError, PipelineError, TransientError
from shared.messages import Source
from shared.notifications import ImageFailed
from shared.ports import DlqMessage, Ledger, LedgerEntry, Notices, SourceQueue
from shared.progress import FINISHED, Progress
from shared.runner.attempts import attempts_of
from shared.runner.insistence import insist
from shared.runner.results import Result

# The first pause after a transient failure; each later one is three times as long: 4, 12, 36, 108 s.
FIRST_PAUSE_SECONDS: Final = 4
PAUSE_GROWTH: Final = 3
MAX_PAUSE_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True)
class DeadLettered:
    """What came of dead-lettering.

    Args:
        entries: how many the dead-letter queue took.
        refused: the errors of the messages that must come back first, by message id.
    """

    entries: int
    refused: Mapping[str, Exception]


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Handles a service's failures: retries, reports, dead-letters.

    Args:
        service: its name.
        source_queue: the queue that feeds it, with its dead-letter queue.
        ledger: the row of each image.
        digests: counts the batches that images were uploaded in.
        notices: where subscribers are notified.
        max_receive_count: of the queue's redrive policy; the last few are kept for reporting that all attempts died.
        now: returns the time.
        log: the logger that each failure is written to.
    """

    service: str
    source_queue: SourceQueue
    ledger: Ledger
    digests: Digests
    notices: Notices
    max_receive_count: int
    now: Callable[[], datetime]
    log: Logger

    def may_retry(self, result: Result) -> bool:
        """Whether another attempt may help and is left."""
        if isinstance(result.error, PermanentError):
            return False
        if isinstance(result.error, NotBegun):
            return True
        attempts = attempts_of(self.max_receive_count)
        if isinstance(result.error, TransientError) and result.error.max_attempts is not None:
            attempts = min(attempts, result.error.max_attempts)
        return result.unit.receives < attempts

    def retry(self, results: Sequence[Result]) -> set[str]:
        """Let messages come back: after a pause, or at once where only the time ran out.

        One whose attempts are used up, and which was not even begun this time, is requeued: waiting is not an attempt.

        Returns:
            The ids of those that were requeued, and need not come back.
        """
        requeued = self._requeued([result for result in results if self._attempts_exhausted(result)])
        receipts = {}
        for result in results:
            if result.unit.message_id in requeued:
                continue
            pause = 0 if isinstance(result.error, HandedBack) else pause_seconds(result.unit.receives)
            receipts[result.unit.record.receipt_handle] = pause
            self.log.warning("retrying", extra={**result.described(), "pause_seconds": pause})
        if receipts:
            self.source_queue.retry_later(receipts)
        return requeued

    def _attempts_exhausted(self, result: Result) -> bool:
        return isinstance(result.error, NotBegun) and result.unit.receives >= attempts_of(self.max_receive_count)

    def _requeued(self, results: Sequence[Result]) -> set[str]:
        if not results:
            return set()
        records = [result.unit.record for result in results]
        refusals = self.source_queue.requeue(
            [DlqMessage(body=each.body, attributes=each.attributes, group=each.group) for each in records]
        )
        return {each.message_id for each, why in zip(records, refusals, strict=True) if why is None}

    def dead_letter(self, results: Sequence[Result]) -> DeadLettered:
        """Report failures and move them to the dead-letter queue, except for images that are done permanently.

        Messages may be delivered twice. One that fails when the other has given its image an outcome, or passed it on,
        is not a failure of the image: nobody is notified, and nothing waits for a replay.
        """
        errors: dict[str, Exception] = {}
        entries: list[tuple[Result, DlqMessage]] = []
        for each in results:
            result, done = each, False
            try:
                progress = self._progress(result.source)
                if progress is not None:
                    result, done = result.with_batch(progress.batch), progress.done_with(self.service)
                    if done:
                        self._count_finished(result, progress)
                        self.log.info("done before", extra=result.described())
                        continue
                if self._notified_by_another(result, progress):
                    self.log.info("another message notifies", extra=result.described())
                else:
                    result = self._report(result, progress)
            except Exception as error:  # noqa: BLE001 - whatever keeps us from reporting, the message itself must not be lost
                self.log.warning("could not report a failure", extra={**result.described(), "because": str(error)})
                if self._may_come_back(result, done=done):
                    errors[result.unit.message_id] = error
                    self.source_queue.retry_later(
                        {result.unit.record.receipt_handle: pause_seconds(result.unit.receives)}
                    )
                    continue
                if done:
                    continue
                result = self._record_unnotified(result)
            entries.append((result, self._message(result)))
        refusals = list(self.source_queue.dead_letter([entry for _, entry in entries])) if entries else []
        for (result, _), why in zip(entries, refusals, strict=True):
            if why is not None:
                errors[result.unit.message_id] = AwsUnavailable(f"the dead-letter queue did not take it: {why}")
            else:
                self.log.error("failed", extra=result.described())
        return DeadLettered(entries=refusals.count(None), refused=errors)

    def _progress(self, source: Source | None) -> Progress | None:
        return insist(lambda: self.ledger.progress(source), self.now) if source is not None else None

    def _may_come_back(self, result: Result, *, done: bool) -> bool:
        """Whether to try to report again, of a failure or, where the image is done, of its batch alone."""
        if done:
            return result.unit.receives < self.max_receive_count
        # After its last attempt a message would come back as one whose attempts all died: its own reason counts more.
        return result.unit.receives not in {attempts_of(self.max_receive_count), self.max_receive_count}

    def _reported(self, result: Result, progress: Progress | None) -> bool:
        return progress is not None and progress.reports_of("failed", self.service, result.unit.replays)

    def _notice_id(self, result: Result) -> str:
        about = result.source.image_id if result.source else result.unit.message_id
        return f"{about}-{self.service}-failed-{result.unit.replays}"

    def _notified_by_another(self, result: Result, progress: Progress | None) -> bool:
        """Whether another message of the image failed at the same time: it notifies, and records the outcome.

        Where the ledger cannot say so, none has: a second notification is better than none.
        """
        source, unit = result.source, result.unit
        if source is None or self._reported(result, progress):
            return False
        notice_id, at = self._notice_id(result), iso(self.now())
        try:
            return not self.ledger.may_notify(source, notice_id=notice_id, message_id=unit.message_id, at=at)
        except PipelineError as error:
            self.log.warning("could not ask who notifies", extra={**result.described(), "because": str(error)})
            return False

    def _report(self, result: Result, progress: Progress | None) -> Result:
        """Notify subscribers and write the ledger; returns the result with the batch that the ledger knows."""
        error, source, unit = result.cause, result.source, result.unit
        name, reason = type(error).__name__, str(error) or type(error).__name__
        if self._reported(result, progress):
            return self._record(result)  # its row may say that a backfill has sent it
        notice = ImageFailed(
            notice_id=self._notice_id(result),
            source=source,
            service=self.service,
            attempts=unit.receives,
            failed_at=iso(self.now()),
            dlq=self.source_queue.dlq,
            error=name,
            reason=reason,
        )
        # After the last attempt there is no other one that could notify.
        insist(lambda: self.notices.publish(notice), self.now)
        return self._record(result)

    def _record(self, result: Result) -> Result:
        if result.source is None:
            return result
        entry = LedgerEntry(
            source=result.source,
            service=self.service,
            seconds=result.seconds,
            at=iso(self.now()),
            outcome="failed",
            replays=result.unit.replays,
            error=type(result.cause).__name__,
            reason=str(result.cause) or type(result.cause).__name__,
        )
        recorded = insist(lambda: self.ledger.record(entry), self.now)
        if recorded is None:
            return result
        known = result.with_batch(recorded.batch)
        self._count(known)
        return known

    def _count(self, result: Result) -> None:
        if result.source is not None:
            error = type(result.cause).__name__
            self.digests.ended(result.source, "failed", error=error, reason=str(result.cause))

    def _count_finished(self, result: Result, progress: Progress) -> None:
        """Count an image that is done already: the function that finished it may have died before it was counted."""
        if result.source is not None and progress.outcome in FINISHED:
            self.digests.ended(result.source, progress.outcome)

    def _record_unnotified(self, result: Result) -> Result:
        """Record at least the outcome, where subscribers cannot be notified; the message has the reason either way."""
        try:
            return self._record(result)
        except PipelineError as error:
            self.log.warning("could not record a failure", extra={**result.described(), "because": str(error)})
            return result

    def _message(self, result: Result) -> DlqMessage:
        return dlq_message(
            result.unit.body,
            service=self.service,
            error=result.cause,
            attempts=result.unit.receives,
            source=result.source,
            first_failure=result.unit.first_failure,
            replays=result.unit.replays,
            group=result.unit.record.group,
        )


def pause_seconds(receives: int) -> int:
    """How long a message stays away after its nth attempt: exponential, with jitter, so that not all come back at once.

    Args:
        receives: how often it was received, from 1.
    """
    longest: int = min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH ** min(receives - 1, 10))
    return round(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret
