"""What becomes of what failed: back after a pause, or told of and buried in the dead-letter queue."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools import Logger

from shared.dead_letters import dead_letter, iso
from shared.digests import Digests
from shared.errors import AwsUnavailable, HandedBack, NotBegun, PermanentError, PipelineError, TransientError
from shared.messages import ImageFailed
from shared.ports import DeadLetter, Inbox, Ledger, LedgerEntry, Notices
from shared.progress import FINISHED, Progress
from shared.results import Result
from shared.tries import tries_of

# The first pause after a transient failure; each later one is three times as long: 4, 12, 36, 108 s.
FIRST_PAUSE_SECONDS: Final = 4
PAUSE_GROWTH: Final = 3
LONGEST_PAUSE_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True)
class Burial:
    """What came of burying.

    Args:
        letters: how many the dead-letter queue took.
        refused: the errors of the messages that must come back first, by message id.
    """

    letters: int
    refused: Mapping[str, Exception]


@dataclass(frozen=True, kw_only=True)
class Failures:
    """A service's failures, and whom they are told to.

    Args:
        service: its name.
        inbox: the queue that feeds it, with its dead-letter queue.
        ledger: the row of each image.
        digests: of the batches that images were dropped in.
        notices: where subscribers are told.
        max_receive_count: of the queue's redrive policy; the last few are kept for telling that all tries died.
        now: the time.
        log: where each failure is noted.
    """

    service: str
    inbox: Inbox
    ledger: Ledger
    digests: Digests
    notices: Notices
    max_receive_count: int
    now: Callable[[], datetime]
    log: Logger

    def may_retry(self, result: Result) -> bool:
        """Whether another try may help and is left."""
        if isinstance(result.error, PermanentError):
            return False
        if isinstance(result.error, NotBegun):
            return True
        attempts = tries_of(self.max_receive_count)
        if isinstance(result.error, TransientError) and result.error.max_attempts is not None:
            attempts = min(attempts, result.error.max_attempts)
        return result.unit.receives < attempts

    def retry(self, results: Sequence[Result]) -> set[str]:
        """Let messages come back: after a pause, or at once where only the time ran out.

        One whose tries are used up, and which was not even begun this time, is sent anew: waiting is no try.

        Returns:
            The ids of those that were sent anew, and need not come back.
        """
        renewed = self._renewed([result for result in results if self._is_worn_out(result)])
        receipts = {}
        for result in results:
            if result.unit.message_id in renewed:
                continue
            pause = 0 if isinstance(result.error, HandedBack) else pause_seconds(result.unit.receives)
            receipts[result.unit.record.receipt_handle] = pause
            self.log.warning("retrying", extra={**result.described(), "pause_seconds": pause})
        if receipts:
            self.inbox.retry_later(receipts)
        return renewed

    def _is_worn_out(self, result: Result) -> bool:
        return isinstance(result.error, NotBegun) and result.unit.receives >= tries_of(self.max_receive_count)

    def _renewed(self, results: Sequence[Result]) -> set[str]:
        if not results:
            return set()
        records = [result.unit.record for result in results]
        refusals = self.inbox.send_anew([DeadLetter(body=each.body, attributes=each.attributes) for each in records])
        return {each.message_id for each, why in zip(records, refusals, strict=True) if why is None}

    def bury(self, results: Sequence[Result]) -> Burial:
        """Tell of failures and move them to the dead-letter queue, but for images that are done for good.

        Messages come twice. One that fails when the other has brought its image to an end, or on to the next service,
        is no failure of the image: nobody is told, and nothing waits for a replay.
        """
        errors: dict[str, Exception] = {}
        letters: list[tuple[Result, DeadLetter]] = []
        for each in results:
            result, done = each, False
            try:
                progress = self.ledger.progress(result.source) if result.source is not None else None
                if progress is not None:
                    result, done = result.within(progress.batch), progress.done_with(self.service)
                    if done:
                        self._count_finished(result, progress)
                        self.log.info("done before", extra=result.described())
                        continue
                result = self._tell(result, progress)
            except Exception as error:  # noqa: BLE001 - whatever keeps us from telling, the message itself must not be lost
                self.log.warning("could not tell of a failure", extra={**result.described(), "because": str(error)})
                if self._may_come_back(result, done=done):
                    errors[result.unit.message_id] = error
                    self.inbox.retry_later({result.unit.record.receipt_handle: pause_seconds(result.unit.receives)})
                    continue
                if done:
                    continue
                result = self._record_untold(result)
            letters.append((result, self._letter(result)))
        refusals = list(self.inbox.bury([letter for _, letter in letters])) if letters else []
        for (result, _), why in zip(letters, refusals, strict=True):
            if why is not None:
                errors[result.unit.message_id] = AwsUnavailable(f"the dead-letter queue did not take it: {why}")
            else:
                self.log.error("failed", extra=result.described())
        return Burial(letters=refusals.count(None), refused=errors)

    def _may_come_back(self, result: Result, *, done: bool) -> bool:
        """Whether to try to tell again, of a failure or, where the image is done, of its batch alone."""
        if done:
            return result.unit.receives < self.max_receive_count
        # After its last try a message would come back as one whose tries all died: its own reason counts more.
        return result.unit.receives not in {tries_of(self.max_receive_count), self.max_receive_count}

    def _tell(self, result: Result, progress: Progress | None) -> Result:
        """Tell subscribers and ledger; the result with the batch that the ledger knows."""
        error, source, unit = result.cause, result.source, result.unit
        name, reason = type(error).__name__, str(error) or type(error).__name__
        if progress is not None and progress.tells_of("failed", self.service, unit.replays):
            self._count(result)
            return result
        self.notices.publish(
            ImageFailed(
                notice_id=f"{source.image_id if source else unit.message_id}-{self.service}-failed-{unit.replays}",
                source=source,
                service=self.service,
                attempts=unit.receives,
                failed_at=iso(self.now()),
                dlq=self.inbox.dlq,
                error=name,
                reason=reason,
            )
        )
        return self._record(result)

    def _record(self, result: Result) -> Result:
        if result.source is None:
            return result
        recorded = self.ledger.record(
            LedgerEntry(
                source=result.source,
                service=self.service,
                seconds=result.seconds,
                at=iso(self.now()),
                outcome="failed",
                replays=result.unit.replays,
                error=type(result.cause).__name__,
                reason=str(result.cause) or type(result.cause).__name__,
            )
        )
        if recorded is None:
            return result
        known = result.within(recorded.batch)
        self._count(known)
        return known

    def _count(self, result: Result) -> None:
        if result.source is not None:
            error = type(result.cause).__name__
            self.digests.ended(result.source, "failed", error=error, reason=str(result.cause))

    def _count_finished(self, result: Result, progress: Progress) -> None:
        """Whoever brought the image to its end may have died before it was counted."""
        if result.source is not None and progress.outcome in FINISHED:
            self.digests.ended(result.source, progress.outcome)

    def _record_untold(self, result: Result) -> Result:
        """The outcome at least, where subscribers cannot be told of it; the letter has the reason either way."""
        try:
            return self._record(result)
        except PipelineError as error:
            self.log.warning("could not record a failure", extra={**result.described(), "because": str(error)})
            return result

    def _letter(self, result: Result) -> DeadLetter:
        return dead_letter(
            result.unit.body,
            service=self.service,
            error=result.cause,
            attempts=result.unit.receives,
            source=result.source,
            first_failure=result.unit.first_failure,
            replays=result.unit.replays,
        )


def pause_seconds(receives: int) -> int:
    """How long a message stays away after its nth try: exponential, with jitter, so that no crowd comes back at once.

    Args:
        receives: how often it was received, from 1.
    """
    longest: int = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH ** min(receives - 1, 10))
    return round(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret
