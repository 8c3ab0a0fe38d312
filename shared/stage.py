"""The one runner of all three handlers: a batch of SQS messages in, an outcome for each, the unfinished handed back."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from shared.dead_letters import dead_letter, iso
from shared.errors import AwsUnavailable, FunctionDied, HandedBack, OutOfMemory, PermanentError, PipelineError
from shared.messages import ImageFailed, ImageResized, ImageStored, ImageWatermarked, Source
from shared.ports import (
    DeadLetter,
    Inbox,
    Ledger,
    LedgerEntry,
    Notices,
    Outbox,
    Outcome,
    RecordedOutcome,
)

# What is kept of the function's time for sending on, the dead-letter queue and the answer.
RESERVE_SECONDS: Final = 5.0

# The first pause after a transient failure; each later one is three times as long: 4, 12, 36, 108 s.
FIRST_PAUSE_SECONDS: Final = 4
PAUSE_GROWTH: Final = 3
LONGEST_PAUSE_SECONDS: Final = 900


class Job(Protocol):
    """A parsed message: it is about one image."""

    @property
    def source(self) -> Source:
        """The image."""


J = TypeVar("J", bound=Job)


@dataclass(frozen=True, kw_only=True)
class Emit:
    """A step's result: the message for the next stage."""

    message: ImageResized | ImageWatermarked


@dataclass(frozen=True, kw_only=True)
class Finish:
    """A step's result: the image has its outcome.

    Args:
        outcome: stored, superseded or vanished.
        notice: what subscribers are told, if anything.
        reason: in words, where the outcome is not plain.
        outputs: keys in the output bucket.
        repeated: whether an earlier try had come this far, so that subscribers may know already.
    """

    outcome: Outcome
    notice: ImageStored | None = None
    reason: str | None = None
    outputs: tuple[str, ...] = ()
    repeated: bool = False


class Context(Protocol):
    """What of Lambda's context the runner needs."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the function."""


@dataclass(frozen=True, kw_only=True)
class _Unit:
    """One image of one SQS message."""

    record: SQSRecord
    body: str

    @property
    def message_id(self) -> str:
        return self.record.message_id

    @property
    def receives(self) -> int:
        return int(self.record.attributes.approximate_receive_count or "1")

    @property
    def replays(self) -> int:
        attribute = (self.record.get("messageAttributes") or {}).get("replays") or {}
        text = attribute.get("stringValue")
        return int(text) if text and text.isdecimal() else 0

    @property
    def first_received(self) -> datetime:
        milliseconds = self.record.attributes.approximate_first_receive_timestamp
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _Result:
    """What came of one unit: a message to send on, an error, or neither where it is finished."""

    unit: _Unit
    source: Source | None = None
    emitted: str | None = None
    error: Exception | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Stage(Generic[J]):
    """One service: what it reads, what it does, and whom it tells.

    Args:
        name: resize, watermark or store.
        namespace: of its metrics.
        parse: a body to a job; None where there is nothing to do.
        step: a job to its result; raises PermanentError or TransientError.
        inbox: the queue that feeds it, with its dead-letter queue.
        outbox: the next stage's queue; None for the last.
        ledger: the row of each image.
        notices: where subscribers are told.
        max_receive_count: of the queue's redrive policy. The last receive is not for trying: it comes only when every
            try before it died without a word, and carries that as its reason.
        workers: how many images are worked on at once; the step bounds what it may not do at once.
        split: a body to bodies of one image each.
    """

    name: str
    namespace: str
    parse: Callable[[str], J | None]
    step: Callable[[J], Emit | Finish]
    inbox: Inbox
    outbox: Outbox | None
    ledger: Ledger
    notices: Notices
    max_receive_count: int
    workers: int
    split: Callable[[str], Sequence[str]] = lambda body: (body,)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @property
    def _log(self) -> Logger:
        return Logger(service=self.name)

    def run(self, event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        """Work a batch; answer with the messages that were not finished.

        Args:
            event: Lambda's SQS event.
            context: Lambda's context.

        Returns:
            {"batchItemFailures": [{"itemIdentifier": message id}, …]}
        """
        patience = max(0.0, context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
        errors = self._settle([SQSRecord(record) for record in event["Records"]], patience)

        def verdict(record: SQSRecord) -> None:
            if record.message_id in errors:
                raise errors[record.message_id]

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(
            event=dict(event),
            record_handler=verdict,
            processor=processor,
            context=context,  # type: ignore[arg-type]  # only handed on to record handlers that ask for it
        )

    def _settle(self, records: Sequence[SQSRecord], patience: float) -> dict[str, Exception]:
        """Bring every message as far as it goes; the errors of those that must come back, by message id."""
        results = self._send(self._work([unit for record in records for unit in self._units(record)], patience))
        failed: dict[str, list[_Result]] = {}
        for result in results:
            if result.error is not None:
                failed.setdefault(result.unit.message_id, []).append(result)
        # A message with an image that may yet succeed comes back whole; its finished images are no-ops by then.
        retried = {
            message_id: next(filter(self._may_retry, group))
            for message_id, group in failed.items()
            if any(map(self._may_retry, group))
        }
        buried = [result for message_id, group in failed.items() if message_id not in retried for result in group]
        self._retry(list(retried.values()))
        unburied = self._bury(buried)
        self._measure(results, retried=len(retried), failed=len(buried) - len(unburied))
        return {message_id: _error(result) for message_id, result in retried.items()} | unburied

    def _units(self, record: SQSRecord) -> list[_Unit]:
        try:
            bodies = self.split(record.body)
        except PermanentError:
            bodies = (record.body,)  # parsing it fails again, and there the error is kept
        return [_Unit(record=record, body=body) for body in bodies]

    def _work(self, units: Sequence[_Unit], patience: float) -> list[_Result]:
        """Work on all units at once, as far as the workers go; what the time does not suffice for is handed back."""
        if not units:
            return []
        started = time.monotonic()
        pool = ThreadPoolExecutor(max_workers=min(self.workers, len(units)), thread_name_prefix=self.name)
        # What failed before goes last: if it takes the function down, the others are further by then.
        futures = {
            pool.submit(self._attempt, unit, started + patience): unit
            for unit in sorted(units, key=lambda unit: unit.receives)
        }
        _, unfinished = wait(futures, timeout=patience)
        # A thread that is still at it cannot be stopped; whatever it yet writes is what the next try writes again.
        pool.shutdown(wait=False, cancel_futures=True)
        late = HandedBack(f"{self.name} ran out of time with this image after {patience:.0f} s")
        return [
            _Result(unit=unit, source=self._source(unit.body), error=late) if future in unfinished else future.result()
            for future, unit in futures.items()
        ]

    def _attempt(self, unit: _Unit, deadline: float) -> _Result:
        """Parse, step, and the ledger's entry of one image. Every error becomes part of the result."""
        started = time.monotonic()
        source = None
        emitted = None
        try:
            job = self.parse(unit.body)
            if job is None:
                return _Result(unit=unit)
            source = job.source
            if unit.receives >= self.max_receive_count:
                tries = self.max_receive_count - 1
                raise FunctionDied(f"{self.name} was killed or ran out of time on each of {tries} tries")  # noqa: TRY301
            if started >= deadline:
                raise HandedBack(f"{self.name} ran out of time before it came to this image")  # noqa: TRY301
            outcome = self.step(job)
            seconds = time.monotonic() - started
            emitted = self._finish(unit, source, outcome, seconds)
        except MemoryError as error:
            return _Result(unit=unit, source=source, error=OutOfMemory(f"out of memory: {error or 'no detail'}"))
        except PipelineError as error:
            return _Result(unit=unit, source=source, error=error)
        except Exception as error:  # noqa: BLE001 - a bug: retried, and in the end shown in the dead-letter queue
            self._log.exception("unexpected", image_id=source.image_id if source else None)
            return _Result(unit=unit, source=source, error=error)
        return _Result(unit=unit, source=source, emitted=emitted, seconds=time.monotonic() - started)

    def _finish(self, unit: _Unit, source: Source, outcome: Emit | Finish, seconds: float) -> str | None:
        """Tell the ledger, and subscribers of an outcome; the message to send on, if any."""
        entry = LedgerEntry(source=source, stage=self.name, seconds=seconds, at=iso(self.now()), replays=unit.replays)
        log = {"image_id": source.image_id, "key": source.key, "seconds": round(seconds, 3)}
        if isinstance(outcome, Emit):
            self.ledger.record(entry)
            self._log.info("passed on", extra=log)
            return outcome.message.encode()
        # The ledger is asked only where there was a try before: a read for every image would be paid for nothing.
        again = outcome.repeated or unit.receives > 1
        if outcome.notice is not None and not (again and self._told(unit, source, outcome.outcome)):
            self.notices.publish(outcome.notice)
        self.ledger.record(replace(entry, outcome=outcome.outcome, reason=outcome.reason, outputs=outcome.outputs))
        self._log.info(outcome.outcome, extra=log)
        return None

    def _told(self, unit: _Unit, source: Source, outcome: Outcome) -> bool:
        """Whether subscribers know already, by a try before this one."""
        recorded = self.ledger.outcome(source)
        return recorded is not None and recorded == RecordedOutcome(outcome=outcome, replays=unit.replays)

    def _send(self, results: Sequence[_Result]) -> list[_Result]:
        """Send on what the steps gave, ten a request; a message that did not go is an error of its unit."""
        going = [result for result in results if result.emitted is not None]
        if not going or self.outbox is None:
            return list(results)
        refusals = self.outbox.send([result.emitted or "" for result in going])
        refused = {
            id(result): AwsUnavailable(f"the message to the next stage did not go: {why}")
            for result, why in zip(going, refusals, strict=True)
            if why is not None
        }
        return [replace(result, error=refused.get(id(result), result.error)) for result in results]

    def _source(self, body: str) -> Source | None:
        try:
            job = self.parse(body)
        except PermanentError:
            return None
        return job.source if job is not None else None

    def _may_retry(self, result: _Result) -> bool:
        """Whether another try may help and is left: the last receive is kept for telling that all others died."""
        return not isinstance(result.error, PermanentError) and result.unit.receives < self.max_receive_count - 1

    def _retry(self, results: Sequence[_Result]) -> None:
        receipts = {}
        for result in results:
            pause = 0 if isinstance(result.error, HandedBack) else pause_seconds(result.unit.receives)
            receipts[result.unit.record.receipt_handle] = pause
            self._log.warning("retrying", extra={**_described(result), "pause_seconds": pause})
        if receipts:
            self.inbox.retry_later(receipts)

    def _bury(self, results: Sequence[_Result]) -> dict[str, Exception]:
        """Tell of failures and move them to the dead-letter queue; the errors of those that must come back first."""
        errors: dict[str, Exception] = {}
        letters: list[tuple[_Result, DeadLetter]] = []
        for result in results:
            try:
                self._tell_failure(result)
            except Exception as error:  # noqa: BLE001 - whatever keeps us from telling, the message itself must not be lost
                self._log.warning("could not tell of a failure", extra={**_described(result), "because": str(error)})
                if result.unit.receives < self.max_receive_count - 1:
                    errors[result.unit.message_id] = error
                    self.inbox.retry_later({result.unit.record.receipt_handle: pause_seconds(result.unit.receives)})
                    continue
            letters.append((result, self._letter(result)))
        refusals = self.inbox.bury([letter for _, letter in letters]) if letters else []
        for (result, _), why in zip(letters, refusals, strict=True):
            if why is not None:
                errors[result.unit.message_id] = AwsUnavailable(f"the dead-letter queue did not take it: {why}")
            else:
                self._log.error("failed", extra=_described(result))
        return errors

    def _tell_failure(self, result: _Result) -> None:
        error, source, unit = _error(result), result.source, result.unit
        name, reason = type(error).__name__, str(error) or type(error).__name__
        if source is not None and self._told(unit, source, "failed"):
            return
        self.notices.publish(
            ImageFailed(
                notice_id=f"{source.image_id if source else unit.message_id}-failed-{unit.replays}",
                source=source,
                stage=self.name,
                attempts=unit.receives,
                failed_at=iso(self.now()),
                dlq=self.inbox.dlq,
                error=name,
                reason=reason,
            )
        )
        if source is not None:
            self.ledger.record(
                LedgerEntry(
                    source=source,
                    stage=self.name,
                    seconds=result.seconds,
                    at=iso(self.now()),
                    outcome="failed",
                    replays=unit.replays,
                    error=name,
                    reason=reason,
                )
            )

    def _letter(self, result: _Result) -> DeadLetter:
        return dead_letter(
            result.unit.body,
            stage=self.name,
            error=_error(result),
            attempts=result.unit.receives,
            source=result.source,
            first_failure=result.unit.first_received,
            replays=result.unit.replays,
        )

    def _measure(self, results: Sequence[_Result], *, retried: int, failed: int) -> None:
        metrics = Metrics(namespace=self.namespace, service=self.name)
        done = [result for result in results if result.error is None and result.source is not None]
        metrics.add_metric(name="ImagesDone", unit=MetricUnit.Count, value=len(done))
        metrics.add_metric(name="ImagesFailed", unit=MetricUnit.Count, value=failed)
        metrics.add_metric(name="MessagesRetried", unit=MetricUnit.Count, value=retried)
        for result in done:
            metrics.add_metric(name="StageSeconds", unit=MetricUnit.Seconds, value=result.seconds)
        metrics.flush_metrics()


def pause_seconds(receives: int) -> int:
    """How long a message stays away after its nth try: exponential, with jitter, so that no crowd comes back at once.

    Args:
        receives: how often it was received, from 1.
    """
    longest: int = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_GROWTH ** min(receives - 1, 10))
    return round(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret


def _error(result: _Result) -> Exception:
    return result.error if result.error is not None else PipelineError("no error")


def _described(result: _Result) -> dict[str, object]:
    error = _error(result)
    return {
        "image_id": result.source.image_id if result.source else None,
        "key": result.source.key if result.source else None,
        "error": type(error).__name__,
        "reason": str(error),
        "attempts": result.unit.receives,
    }
