"""The runner of all three handlers: takes a batch of SQS messages, finishes each or hands it back."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar

from aws_lambda_powertools import Logger

from shared.clock import Clock
from shared.digests import Digests
from shared.dlq_messages import iso
from shared.errors import (
    AwsUnavailable,
    FunctionDied,
    HandedBack,
    NotBegun,
    NotRecorded,
    OutOfMemory,
    PermanentError,
    PipelineError,
    TransientError,
)
from shared.light_dataclass import dataclass
from shared.messages import Source
from shared.notifications import ImageStored
from shared.ports import NOTIFIED, Ledger, LedgerEntry, NextQueue, Notices, SourceQueue
from shared.progress import FINISHED, Progress
from shared.release import VERSION
from shared.runner.attempts import attempts_of
from shared.runner.cutoff import Cutoff
from shared.runner.event import Record, answer, records
from shared.runner.failures import Failures, has_succeeded
from shared.runner.insistence import insist
from shared.runner.lease import Lease
from shared.runner.measures import measure
from shared.runner.poison_isolation import LEAST_SHARE, SHARE_OF_FIRST_DELIVERIES, isolation_groups
from shared.runner.results import Result, Unit
from shared.runner.steps import Emit, Finish, Job
from shared.runner.workers import Workers
from shared.upload_batches import UploadBatches

# The part of the function's time that is kept for sending on, the dead-letter queue and the answer.
RESERVE_SECONDS: Final = 5.0
# Of that: for those who find that the time is over to say so.
GRACE_SECONDS: Final = 1.0
# What is done within this time of another goes on and is acknowledged with it: ten messages cost as much as one.
GATHER_SECONDS: Final = 1.0


J = TypeVar("J", bound=Job)


class Context(Protocol):
    """The part of Lambda's context that the runner needs."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the function."""


@dataclass(frozen=True, kw_only=True)
class Runner(Generic[J]):
    """One service: what it reads, what it does, and whom it notifies.

    Args:
        name: resize, watermark or store.
        namespace: of its metrics.
        parse: a body to a job; None where there is nothing to do.
        step: a job to its result; raises PermanentError or TransientError. It is handed the moment from which on nobody
            waits for it, by the clock.
        source_queue: the queue that feeds it, with its dead-letter queue.
        next_queue: the next service's queue; None for the last.
        ledger: the row of each image.
        upload_batches: the batches that images were uploaded in.
        notices: where subscribers are notified.
        max_receive_count: of the queue's redrive policy. The last few receives are not attempts: they come only when
            every attempt before them died without a report, and they report that.
        workers: how many images are worked on at once; the step itself limits what must not run in parallel.
        clock: the clock that the function's time is measured by.
        split: splits a body into bodies of one image each.
        sweep: removes intermediate objects by their keys; raises TransientError.
    """

    name: str
    namespace: str
    parse: Callable[[str], J | None]
    step: Callable[[J, float], Emit | Finish]
    source_queue: SourceQueue
    next_queue: NextQueue | None
    ledger: Ledger
    upload_batches: UploadBatches
    notices: Notices
    max_receive_count: int
    workers: int
    clock: Clock
    split: Callable[[str], Sequence[str]] = lambda body: (body,)
    sweep: Callable[[Sequence[str]], None] = lambda _: None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @property
    def _log(self) -> Logger:
        return Logger(service=self.name, pipeline_version=VERSION)

    def run(self, event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        """Process a batch in groups; answer with the messages that were not finished.

        Args:
            event: Lambda's SQS event.
            context: Lambda's context.

        Returns:
            {"batchItemFailures": [{"itemIdentifier": message id}, …]}

        Raises:
            BadMessage: this is not a batch of SQS messages; all of it comes back.
        """
        whole = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
        deadline = self.clock.monotonic() + whole
        batch = records(event)
        lease = Lease(self.source_queue, [record.receipt_handle for record in batch], self.clock)
        lease.keep()  # before anything can kill the function
        unfinished: set[str] = set()
        following = isolation_groups(batch, attempts_of(self.max_receive_count))
        while following:
            group, *following = following
            patience = max(0.0, deadline - self.clock.monotonic())
            if patience < whole * LEAST_SHARE:
                patience = 0.0
            if following and group[0].receives <= 1:
                patience *= SHARE_OF_FIRST_DELIVERIES
            unfinished |= self._bring_on(group, patience, lease)
        return answer(record.message_id for record in batch if record.message_id in unfinished)

    def _bring_on(self, group: Sequence[Record], patience: float, lease: Lease) -> set[str]:
        """Bring every message as far as it goes, each as soon as it is done; the ids of those that must come back."""
        units = [unit for record in group for unit in self._units(record)]
        missing = Counter(unit.message_id for unit in units)
        receipts = {record.message_id: record.receipt_handle for record in group}
        lease.end(receipt for message_id, receipt in receipts.items() if message_id not in missing)  # nothing to do
        waiting: list[Result] = []
        unfinished: set[str] = set()
        for results in self._work(units, patience, lease):
            waiting += results
            missing.subtract(result.unit.message_id for result in results)
            # A message of several images is settled with the last of them.
            settled = [result for result in waiting if not missing[result.unit.message_id]]
            waiting = [result for result in waiting if missing[result.unit.message_id]]
            if not settled:
                continue
            come_back = self._settle(settled).keys()
            ids = {result.unit.message_id for result in settled}
            lease.end(receipts[message_id] for message_id in ids)
            if lease:
                # Whatever takes the function down from here on, what is done by now is done.
                self.source_queue.acknowledge([receipts[message_id] for message_id in sorted(ids - come_back)])
            unfinished |= come_back
        return unfinished

    def _settle(self, results: Sequence[Result]) -> dict[str, Exception]:
        """Send on what is done, and see to what failed; the errors of those that must come back, by message id."""
        results = self._send(results)
        failures = self._failures()
        failed: dict[str, list[Result]] = {}
        for result in results:
            if result.error is not None:
                failed.setdefault(result.unit.message_id, []).append(result)
        # A message with an image that may yet succeed comes back whole; its finished images are no-ops by then.
        retried = {
            message_id: next(filter(failures.may_retry, group))
            for message_id, group in failed.items()
            if any(map(failures.may_retry, group))
        }
        dead_lettered = [
            result for message_id, group in failed.items() if message_id not in retried for result in group
        ]
        for requeued in failures.retry(list(retried.values())):
            del retried[requeued]
        sent = failures.dead_letter(dead_lettered)
        self._sweep(results)
        measure(self.namespace, self.name, results, retried=len(retried), failed=sent.entries)
        return {message_id: result.cause for message_id, result in retried.items()} | dict(sent.refused)

    def _units(self, record: Record) -> list[Unit]:
        try:
            bodies = self.split(record.body)
        except PermanentError:
            bodies = (record.body,)  # parsing it fails again, and there the error is kept
        return [Unit(record=record, body=body) for body in bodies]

    def _work(self, units: Sequence[Unit], patience: float, lease: Lease) -> Iterator[list[Result]]:
        """Work on all units at once, as far as the workers go; what the time does not suffice for is handed back."""
        if not units:
            return
        deadline = self.clock.monotonic() + patience
        cutoff = Cutoff()
        attempt = partial(self._attempt, deadline=deadline, cutoff=cutoff)
        workers = Workers(attempt, units, at_once=self.workers, name=self.name, clock=self.clock)
        try:
            # Who waits for a permit or checks a deadline refuses by itself once the time is over.
            yield from workers.gathered(deadline + GRACE_SECONDS, gather_seconds=GATHER_SECONDS, meanwhile=lease.keep)
        finally:
            cutoff.close()
            left = workers.leave()
        if left:
            yield [
                Result(unit=unit, source=self._source(unit.body), error=self._late(unit, patience, cutoff))
                for unit in left
            ]

    def _late(self, unit: Unit, patience: float, cutoff: Cutoff) -> PipelineError:
        if cutoff.is_recording(unit):
            return NotRecorded(f"{self.name} ran out of time while it recorded what came of this image")
        if cutoff.has_begun(unit):
            return HandedBack(f"{self.name} ran out of time with this image after {patience:.0f} s")
        return NotBegun(f"{self.name} ran out of time before it came to this image")

    def _attempt(self, unit: Unit, deadline: float, cutoff: Cutoff) -> Result:
        """Parse, step, and the ledger's entry of one image. Every error becomes part of the result.

        Args:
            unit: the image.
            deadline: by the clock; from then on no step is begun.
            cutoff: says whether the outcome may still be recorded.
        """
        started = self.clock.monotonic()
        source = None
        emitted = None
        attempts = attempts_of(self.max_receive_count)
        try:
            job = self.parse(unit.body)
            if job is None:
                return Result(unit=unit)
            source = job.source
            progress = self._progress(unit, source, attempts)
            succeeded = progress is not None and has_succeeded(unit, progress, self.name)
            if unit.receives > attempts and not succeeded:
                raise FunctionDied(f"{self.name} was killed or ran out of time on each of {attempts} attempts")  # noqa: TRY301
            if progress is not None and progress.done_with(self.name) and not succeeded:
                self._say_done(source, progress)
                return Result(unit=unit)
            self._say_attempt(unit, source, attempts)
            if started >= deadline:
                raise NotBegun(f"{self.name} ran out of time before it came to this image")  # noqa: TRY301
            cutoff.begin(unit)
            outcome = self.step(job, deadline)
            if not cutoff.may_record(unit):
                raise HandedBack(f"{self.name} has given up this image")  # noqa: TRY301
            outcome = self._finish(unit, source, outcome, self.clock.monotonic() - started)
            emitted = outcome.message.encode() if isinstance(outcome, Emit) else None
        except MemoryError as error:
            return Result(unit=unit, source=source, error=OutOfMemory(f"out of memory: {str(error) or 'no detail'}"))
        except PipelineError as error:
            return Result(unit=unit, source=source, error=error).with_batch(error.batch)
        except Exception as error:  # noqa: BLE001 - a bug: retried, and in the end shown in the dead-letter queue
            self._log.exception("unexpected", image_id=source.image_id if source else None)
            return Result(unit=unit, source=source, error=error)
        return Result(
            unit=unit,
            source=source,
            emitted=emitted,
            own_output=isinstance(outcome, Emit) and outcome.own_output,
            intermediate_keys=outcome.intermediate_keys if isinstance(outcome, Finish) else (),
            seconds=self.clock.monotonic() - started,
        )

    def _progress(self, unit: Unit, source: Source, attempts: int) -> Progress | None:
        """How far a redelivered or replayed message's image has come."""
        if unit.receives <= 1 and not unit.replays:
            return None  # of a first delivery: it would be a paid read for every image
        try:
            return self.ledger.progress(source)
        except TransientError:
            if unit.receives > attempts:
                return None  # what killed every attempt before is the reason
            raise

    def _say_done(self, source: Source, progress: Progress) -> None:
        if progress.outcome in FINISHED:
            # The function that finished it may have died before it was counted.
            self._digests.ended(source.with_batch(progress.batch), progress.outcome)
        self._log.info("done before", extra={"image_id": source.image_id, "key": source.key})

    def _say_attempt(self, unit: Unit, source: Source, attempts: int) -> None:
        """Let the ledger know that an image is tried again; a ledger that cannot answer costs no attempt."""
        if not 1 < unit.receives <= attempts:
            return
        try:
            self.ledger.attempt(source, self.name, number=unit.receives, most=attempts, at=iso(self.now()))
        except PipelineError as error:
            self._log.warning("could not note an attempt", extra={"image_id": source.image_id, "because": str(error)})

    def _sweep(self, results: Sequence[Result]) -> None:
        """Remove intermediate objects that nobody needs any more; the bucket's lifecycle rule expires any that stay."""
        keys = [key for result in results if result.error is None for key in result.intermediate_keys]
        try:
            if keys:
                self.sweep(keys)
        except TransientError as error:
            self._log.warning("not swept", extra={"reason": str(error)})

    def _finish(self, unit: Unit, source: Source, outcome: Emit | Finish, seconds: float) -> Emit | Finish:
        """Write the ledger, then notify subscribers of an outcome; returns what is left to do: to send on, to sweep."""
        entry = LedgerEntry(source=source, service=self.name, seconds=seconds, at=iso(self.now()), replays=unit.replays)
        log = {**outcome.log_fields, "image_id": source.image_id, "key": source.key, "seconds": round(seconds, 3)}
        if isinstance(outcome, Emit):
            self.ledger.record(entry)
            self._log.info("passed on", extra=log)
            return outcome
        ended = replace(
            entry,
            outcome=outcome.outcome,
            reason=outcome.reason,
            outputs=outcome.outputs,
            placeholder=outcome.notice.placeholder if isinstance(outcome.notice, ImageStored) else None,
            warnings=outcome.notice.warnings if isinstance(outcome.notice, ImageStored) else (),
            notifier=unit.notifier if outcome.notice is not None else None,
            takes_over=unit.takes_over,
        )
        # Recorded first: no later attempt can then end otherwise, and one that dies from here on comes back to notify.
        if (recorded := insist(lambda: self.ledger.record(ended), self.now)) is None:
            self._log.info("done before", extra=log)
            # The message that recorded it may be yet to notify, and needs them to do its work again.
            return replace(outcome, intermediate_keys=())
        if outcome.notice is not None:
            self.notices.publish(outcome.notice)
        try:
            self._digests.ended(source.with_batch(recorded.batch), outcome.outcome)
        except PipelineError:
            self._note_notified(ended)
            raise
        if outcome.outcome != "stored":
            self._note_notified(ended)
        self._log.info(outcome.outcome, extra=log)
        return outcome

    def _note_notified(self, ended: LedgerEntry) -> None:
        """Record that subscribers know; where that fails and the message comes back, a copy of the notice is sent."""
        if ended.notifier is not None:
            with suppress(PipelineError):
                self.ledger.record(replace(ended, notifier=NOTIFIED, takes_over=True))

    def _send(self, results: Sequence[Result]) -> list[Result]:
        """Send on what the steps returned, ten per request; a message that was not sent is an error of its unit."""
        going = [result for result in results if result.emitted is not None]
        if not going or self.next_queue is None:
            return list(results)
        groups = [result.unit.record.group for result in going]
        refusals = self.next_queue.send([result.emitted or "" for result in going], groups)
        refused = {
            id(result): AwsUnavailable(f"the message to the next service was not sent: {why}")
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

    @property
    def _digests(self) -> Digests:
        return Digests(upload_batches=self.upload_batches, notices=self.notices, now=self.now)

    def _failures(self) -> Failures:
        return Failures(
            service=self.name,
            source_queue=self.source_queue,
            ledger=self.ledger,
            digests=self._digests,
            notices=self.notices,
            max_receive_count=self.max_receive_count,
            now=self.now,
            log=self._log,
        )
