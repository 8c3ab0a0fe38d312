"""What becomes of failed messages: back after a pause, or reported and sent to the dead-letter queue."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from aws_lambda_powertools import Logger

from shared.digests import Digests
from shared.dlq_messages import dlq_message, iso
from shared.errors import (
    AwsUnavailable,
    FunctionDied,
    HandedBack,
    IntermediateObjectMissing,
    NotBegun,
    NotNotified,
    NotRecorded,
    PermanentError,
    PipelineError,
    TransientError,
)
from shared.light_dataclass import dataclass
from shared.notifications import ImageFailed
from shared.ports import NOTIFIED, DlqMessage, Ledger, LedgerEntry, Notices, Recorded, SourceQueue
from shared.progress import FINISHED, Progress
from shared.runner.attempts import attempts_of
from shared.runner.insistence import insist
from shared.runner.results import REQUEUED_FROM, Result, Unit

# The first pause after a transient failure; each later one is three times as long: 4, 12, 36, 108 s.
FIRST_PAUSE_SECONDS: Final = 4
PAUSE_GROWTH: Final = 3
MAX_PAUSE_SECONDS: Final = 900
# For a thread that is recording an outcome while its message is given back. One attempt of a request takes 23 s:
# 3 s to connect and 20 s to read (shared/aws/clients.py).
RECORDING_SECONDS: Final = 30


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
        if isinstance(result.error, NotRecorded):
            return result.unit.receives < self.max_receive_count
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
            pause = self._pause(result)
            if isinstance(result.error, NotRecorded):
                pause = RECORDING_SECONDS
            elif isinstance(result.error, HandedBack):
                pause = 0
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
        refusals = self.source_queue.requeue([_as_new(result.unit) for result in results])
        return {result.unit.message_id for result, why in zip(results, refusals, strict=True) if why is None}

    def dead_letter(self, results: Sequence[Result]) -> DeadLettered:
        """Report failures and move them to the dead-letter queue, except for images that are done permanently.

        Messages may be delivered twice. One that fails when the other has given its image an outcome, or passed it on,
        is not a failure of the image: nobody is notified, and nothing waits for a replay.
        """
        errors: dict[str, Exception] = {}
        failed: list[Result] = []
        for result in results:
            try:
                reported = self._reported(result)
            except Exception as error:  # noqa: BLE001 - whatever keeps us from reporting, the message itself must not be lost
                self.log.warning("could not report a failure", extra={**result.described(), "because": str(error)})
                if isinstance(error, PipelineError) or self._may_come_back(result):
                    errors[result.unit.message_id] = error
                    self.source_queue.retry_later({result.unit.record.receipt_handle: self._pause(result)})
                    continue
                reported = result
            if reported is not None:
                failed.append(reported)
        refusals = list(self.source_queue.dead_letter([self._message(each) for each in failed])) if failed else []
        for result, why in zip(failed, refusals, strict=True):
            if why is not None:
                errors[result.unit.message_id] = AwsUnavailable(f"the dead-letter queue did not take it: {why}")
            else:
                self.log.error("failed", extra=result.described())
        return DeadLettered(entries=refusals.count(None), refused=errors)

    def _may_come_back(self, result: Result, *, kept: bool = False) -> bool:
        """Whether to try again to report a failure.

        Args:
            result: the failure.
            kept: whether its reason is known when it comes back.
        """
        # After its last attempt a message comes back as one whose attempts all died: its own reason counts more.
        lasts = result.unit.receives == attempts_of(self.max_receive_count) and not kept and result.source is not None
        return result.unit.receives < self.max_receive_count and not lasts

    def _pause(self, result: Result) -> int:
        """Seconds that a message stays away. Once its attempts are exhausted, what is left is repeated soon."""
        receives, attempts = result.unit.receives, attempts_of(self.max_receive_count)
        return pause_seconds(receives if receives < attempts else receives - attempts + 1)

    def _reported(self, result: Result) -> Result | None:
        """Record a failure, and notify subscribers; returns what the dead-letter queue gets, None for nothing.

        Raises:
            PipelineError: AWS did not take it; the message comes back.
        """
        progress = self._progress(result)
        if progress is None:
            return self._report(result)
        result = result.with_batch(progress.batch)
        done = progress.done_with(self.service)
        # What watermark left is removed once subscribers are notified.
        gone = done and isinstance(result.error, IntermediateObjectMissing) and not result.unit.takes_over
        succeeded = has_succeeded(result.unit, progress, self.service) and not gone
        if succeeded and self._may_come_back(result, kept=True):
            raise TransientError(f"an attempt succeeded before, and another may complete it: {result.cause}")
        if not done:
            return self._report(self._with_first_error(result, progress), progress)
        if succeeded:
            why = f"the image is {progress.outcome}, but nobody may have been notified: {result.cause}"
            return replace(result, error=NotNotified(why))
        if result.source is not None and progress.outcome in FINISHED:
            try:  # the function that finished it may have died before it was counted
                self.digests.ended(result.source, progress.outcome)
            except PipelineError:
                if self._may_come_back(result, kept=True):
                    raise
        self.log.info("done before", extra=result.described())
        return None

    def _progress(self, result: Result) -> Progress | None:
        source = result.source
        if source is None:
            return None
        try:
            return insist(lambda: self.ledger.progress(source), self.now)
        except PipelineError:
            if self._may_come_back(result):
                raise
            return None

    def _report(self, result: Result, progress: Progress | None = None) -> Result:
        """Write the ledger, then notify subscribers; returns the result with the batch that the ledger knows."""
        notifier: str | None = result.unit.notifier
        if progress is not None and progress.failed_in(self.service, result.unit.replays):
            notifier = progress.notifier  # perhaps another message of the image, or nobody any more
        try:
            recorded = self._record(result, notifier)  # in any case: its row may say that a backfill has sent it
        except PipelineError as error:
            if self._may_come_back(result):
                raise
            # Nothing would keep its reason: subscribers have it from the notice, and operators from the DLQ message.
            self.log.warning("could not record a failure", extra={**result.described(), "because": str(error)})
            recorded = Recorded()
        if recorded is None:
            self.log.info("another message notifies", extra=result.described())
            return result
        result = result.with_batch(recorded.batch)
        try:
            if notifier == result.unit.notifier:
                insist(lambda: self.notices.publish(self._notice(result)), self.now)
                with suppress(PipelineError):  # if not, and it comes back, a copy of the notice is sent
                    self._record(result, notifier=NOTIFIED)
            if result.source is not None:
                self.digests.ended(result.source, "failed", error=type(result.cause).__name__, reason=str(result.cause))
        except PipelineError as error:
            if self._may_come_back(result, kept=True):
                raise
            self.log.warning("could not notify of a failure", extra={**result.described(), "because": str(error)})
        return result

    def _with_first_error(self, result: Result, progress: Progress) -> Result:
        """A message whose attempts are used up, with the error that the last of them recorded; others as they are."""
        first = progress.error if progress.failed_in(self.service, result.unit.replays) else None
        if not isinstance(result.error, FunctionDied) or first is None:
            return result
        return replace(result, error=type(first, (PermanentError,), {})(progress.reason or first))

    def _notice(self, result: Result) -> ImageFailed:
        about = result.source.image_id if result.source else result.unit.message_id
        return ImageFailed(
            notice_id=f"{about}-{self.service}-failed-{result.unit.replays}",
            source=result.source,
            service=self.service,
            attempts=result.unit.receives,
            failed_at=iso(self.now()),
            dlq=self.source_queue.dlq,
            error=type(result.cause).__name__,
            reason=str(result.cause) or type(result.cause).__name__,
        )

    def _record(self, result: Result, notifier: str | None) -> Recorded | None:
        if result.source is None:
            return Recorded()
        entry = LedgerEntry(
            source=result.source,
            service=self.service,
            seconds=result.seconds,
            at=iso(self.now()),
            outcome="failed",
            replays=result.unit.replays,
            error=type(result.cause).__name__,
            reason=str(result.cause) or type(result.cause).__name__,
            notifier=notifier,
            takes_over=notifier == NOTIFIED,
        )
        return insist(lambda: self.ledger.record(entry), self.now)

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


def has_succeeded(unit: Unit, progress: Progress, service: str) -> bool:
    """Whether an attempt succeeded, and something after it may be missing: the message that it sends on, or the notice.

    What is there of it is certain: a later attempt can complete it, and cannot make it a failure.

    Args:
        unit: the message, which came back.
        progress: of its image.
        service: that works on it.
    """
    if progress.outcome is None:
        return progress.service == service
    return progress.outcome in FINISHED and (progress.notifier == unit.notifier or unit.takes_over)


def _as_new(unit: Unit) -> DlqMessage:
    """A message as a new one, by which the ledger knows the one before."""
    # SQS takes ten attributes; of an earlier failure, its number of attempts is what nobody needs.
    attributes = {name: value for name, value in unit.record.attributes.items() if name != "attempts"}
    return DlqMessage(
        body=unit.record.body, attributes=attributes | {REQUEUED_FROM: unit.notifier}, group=unit.record.group
    )


def pause_seconds(receives: int) -> int:
    """How long a message stays away after its nth attempt: exponential, with jitter, so that not all come back at once.

    Args:
        receives: how often it was received, from 1.
    """
    longest: int = min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH ** min(receives - 1, 10))
    return round(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret
