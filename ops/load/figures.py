"""All figures of a load test: what the page shows, and what report.json has.

report.json is one object:

    schema          1; a new field does not make a new schema
    test            name, bucket, prefix, batches, mix, size, images, rate, workers, timeout_seconds
    verdict         exit_code, faultless, interrupted, timed_out, gave_up, words
    started_at      ISO 8601 in UTC, by the clock of the machine that uploaded
    seconds         from the first upload to the last outcome
    sending_seconds of these, until the last upload
    images          sent, stored, failed, rejected, superseded, vanished, missing (the six add up to sent); refused (S3
                    did not take)
    errors          of failed images, how many by "service: error"
    kinds           by kind of file: sent, and how many came to what
    findings        lists of {key, image_id, what}: missing, unexpected, unnotified, reported_otherwise, absent, strays,
                    notified_twice, notified_of_again; refused as {key, what}; and digest_differs, a list of sentences
    notices         received, delivered_twice, duplicates, digests
    retries         total, by_error by "service: error", failed_attempts (of failed images, beyond the first), unread
    seconds_of      by part: count, mean, p50, p95, p99, longest, in seconds
    images_a_second mean, busiest, over_time as a list of {start, seconds, sent, ended}
    queues          a list of {at, <service>: {waiting, in_flight}, dead: {<service>: messages}}; at in seconds since
                    the start
    lambda          by service: invocations, billed_seconds, cold_starts
    cost            dollars, pipeline and test as {what: {amount, dollars}}, assumptions
    every           a list with each image: number, key, image_id, kind, size_bytes, outcome, error, sent_at,
                    upload_seconds, whole_seconds, parts
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.aws.queues import QueueDepth
from ops.costs.bills import Charge
from ops.errors import Exit
from ops.load import latencies
from ops.load.costs import Cost, Counted, cost_of
from ops.load.latencies import Bin, Summary
from ops.load.load_run import Run
from ops.load.logged import Logged
from ops.load.reconciliation import LISTS, MISSING, OUTCOMES, Discrepancy, Reconciliation, reconcile
from ops.names import SERVICES
from ops.stack import Stack
from shared.dlq_messages import iso


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of one load test.

    Args:
        run: What the load test observed.
        bucket: Name of the input bucket.
        result: The comparison of uploads, ledger and notices.
        seconds: Summaries of times, by what was timed.
        bins: Images over time.
        logged: What the services' logs say.
        cost: The estimated cost on AWS.
    """

    run: Run
    bucket: str
    result: Reconciliation
    seconds: Mapping[str, Summary]
    bins: Sequence[Bin]
    logged: Logged
    cost: Cost

    @property
    def code(self) -> Exit:
        """The exit code: 3 where an image is missing or something contradicts, after a time-out, too."""
        if self.run.interrupted:
            return Exit.INTERRUPTED
        return Exit.DONE if self.faultless else Exit.PARTIAL

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        run, result = self.run, self.result
        if run.interrupted:
            way = f"{result.counts[MISSING]:,} on their way" if result.counts[MISSING] else "each has its outcome"
            return f"Interrupted: {result.sent:,} of {run.plan.images:,} images were sent; {way}."
        faults = [f"{len(each):,} {name}" for name, each in self.faults.items() if each]
        if not result.even:
            faults.append("the counts do not add up")
        if faults:
            waited = f" (waited {run.plan.timeout_seconds:g} s for another outcome)" if run.timed_out else ""
            return f"Not reconciled: {', '.join(faults)}{waited}."
        return f"Reconciled to the last image: {result.sent:,} sent, each with its outcome, each notified of."

    @property
    def untried(self) -> int:
        """Number of images that were neither accepted nor refused: the upload was interrupted, or gave up."""
        return self.run.plan.images - len(self.run.sent) - len(self.run.refused)

    @property
    def faultless(self) -> bool:
        """Whether all that was to be sent was sent, and nothing is missing and nothing contradicts."""
        return self.result.faultless and not self.run.refused and not self.untried

    @property
    def refused(self) -> list[Discrepancy]:
        """Uploads that S3 did not take, as discrepancies without an image."""
        return [Discrepancy(key=each.key, image_id="", what=each.reason) for each in self.run.refused]

    @property
    def unended(self) -> str:
        """The name of images without an outcome: an interrupted test did not wait for them."""
        return "on their way" if self.run.interrupted else MISSING

    @property
    def adds(self) -> str:
        """The sum of all outcomes, which must be the number of images that were sent, in words."""
        # Moderation, which alone rejects, is off as a rule.
        shown = [name for name in OUTCOMES if name != "rejected" or self.result.counts[name]]
        counts = [(name, self.result.counts[name]) for name in shown]
        parts = [*counts, (self.unended, self.result.counts[MISSING])]
        return f"{self.result.sent:,} sent = {' + '.join(f'{count:,} {name}' for name, count in parts)}"

    @property
    def faults(self) -> dict[str, Sequence[object]]:
        """What makes the load test fail, by its name in words."""
        result = self.result
        return {
            "missing": result.missing,
            "came to another outcome than expected": result.unexpected,
            "not notified of": result.unnotified,
            "notified of otherwise": result.reported_otherwise,
            "not in the output bucket": result.absent,
            "notified of and never sent": result.strays,
            "digests that count otherwise": result.digest_differs,
            "not taken by S3": self.run.refused,
            "not tried": () if self.run.interrupted else range(self.untried),
        }

    @property
    def errors(self) -> dict[str, int]:
        """Number of failed images, by "service: error"."""
        failed = [row for row in self.run.own_rows if row.outcome == "failed"]
        return dict(Counter(f"{row.service}: {row.error}" for row in failed).most_common())

    @property
    def kinds(self) -> dict[str, dict[str, int]]:
        """Number of images by kind of file and outcome."""
        found: dict[str, Counter[str]] = {}
        for each in self.run.sent:
            row = self.run.rows.get(each.uploaded.image_id)
            found.setdefault(each.kind, Counter())[(row.outcome if row else None) or MISSING] += 1
        return {
            kind: {"sent": sum(counts.values()), **{name: counts[name] for name in (*OUTCOMES, MISSING)}}
            for kind, counts in found.items()
        }

    @property
    def retries(self) -> dict[str, int]:
        """Number of attempts that services repeated, as their logs say, by "service: error"."""
        found = sorted(self.logged.retries.items(), key=lambda each: -each[1])
        return {f"{service}: {error}": count for (service, error), count in found}

    @property
    def failed_attempts(self) -> int:
        """Attempts of failed images beyond the first, as their notices say."""
        attempts = {each.image_id: each.attempts for each in self.run.notified if each.attempts}
        return sum(each - 1 for each in attempts.values())

    @property
    def images_a_second(self) -> float:
        """Images a second, on average from the first upload to the last outcome."""
        ended = self.result.sent - self.result.counts[MISSING]
        return ended / self.run.seconds if self.run.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """The object of report.json; see the top of this module."""
        run, result = self.run, self.result
        plan = run.plan
        return {
            "schema": 1,
            "test": {
                "name": plan.name,
                "bucket": self.bucket,
                "prefix": plan.prefix,
                "batches": run.batches,
                "mix": plan.mix.name,
                "size": plan.size,
                "images": plan.images,
                "rate": plan.rate,
                "workers": plan.workers,
                "timeout_seconds": plan.timeout_seconds,
            },
            "verdict": {
                "exit_code": int(self.code),
                "faultless": self.faultless,
                "interrupted": run.interrupted,
                "timed_out": run.timed_out,
                "gave_up": run.gave_up,
                "words": self.words,
            },
            "started_at": iso(run.since),
            "seconds": round(run.seconds, 3),
            "sending_seconds": round(run.sending_seconds, 3),
            "images": {"sent": result.sent, **result.counts, "refused": len(run.refused)},
            "errors": self.errors,
            "kinds": self.kinds,
            "findings": {
                **{name: [asdict(each) for each in getattr(result, name)] for name in LISTS},
                "refused": [{"key": each.key, "what": each.reason} for each in run.refused],
                "digest_differs": list(result.digest_differs),
            },
            "notices": {
                "received": len(run.notified),
                "delivered_twice": result.delivered_twice,
                "duplicates": result.duplicates,
                "digests": result.digests,
            },
            "retries": {
                "total": sum(self.retries.values()),
                "by_error": self.retries,
                "failed_attempts": self.failed_attempts,
                "unread": self.logged.unread,
            },
            "seconds_of": {
                name: {field: round(value, 3) for field, value in asdict(each).items()}
                for name, each in self.seconds.items()
            },
            "images_a_second": {
                "mean": round(self.images_a_second, 3),
                "busiest": round(latencies.busiest(self.bins), 3),
                "over_time": [asdict(each) for each in self.bins],
            },
            "queues": [
                {
                    "at": round(sample.at - run.started, 3),
                    **{service: _depth(depth) for service, depth in sample.queues.items()},
                    "dead": dict(sample.dead),
                }
                for sample in run.samples
            ],
            "lambda": {
                service: {
                    "invocations": self.logged.invocations[service],
                    "billed_seconds": round(self.logged.billed_seconds[service], 3),
                    "cold_starts": self.logged.cold_starts.get(service, 0),
                }
                for service in SERVICES
                if service in self.logged.invocations
            },
            "cost": {
                "dollars": round(self.cost.dollars, 6),
                "pipeline": _charges(self.cost.pipeline),
                "test": _charges(self.cost.test),
                "assumptions": list(self.cost.assumptions),
            },
            "every": [self._image(number) for number in range(len(run.sent))],
        }

    def _image(self, number: int) -> dict[str, Any]:
        each = self.run.sent[number]
        row = self.run.rows.get(each.uploaded.image_id)
        return {
            "number": each.number,
            "key": each.uploaded.key,
            "image_id": each.uploaded.image_id,
            "kind": each.kind,
            "size_bytes": each.uploaded.size_bytes,
            "outcome": (row.outcome if row else None) or MISSING,
            "error": row.error if row else None,
            "sent_at": round(each.at - self.run.started, 3),
            "upload_seconds": round(each.seconds, 3),
            "whole_seconds": round(row.total_seconds, 3) if row and row.outcome else None,
            "parts": {name: round(value, 3) for name, value in latencies.parts(row).items()} if row else {},
        }


def bring_together(stack: Stack, run: Run, logged: Logged, present: frozenset[str] | None) -> Report:
    """The report of a run, by the logs and by the keys in the output bucket: None if nobody could look."""
    rows = run.rows
    result = reconcile(
        run.sent,
        rows,
        run.notified,
        present=present,
        digests=[{name: getattr(each, name) for name in (*OUTCOMES, "missing")} for each in run.digests.values()],
        batches=0 if run.interrupted else len(run.batches),
        missing=run.plan.images - len(run.sent),
    )
    own = run.own_rows
    ended = [latencies.moment(row.updated_at) - run.started for row in own if row.outcome is not None]
    counted = Counted(
        sent=len(run.sent),
        size_bytes=sum(each.uploaded.size_bytes for each in run.sent),
        passed=Counter(
            service for row in own for service in row.finished if row.error is None or row.service != service
        ),
        failed=result.counts["failed"],
        outputs=sum(len(row.outputs) for row in own),
        notified=len({each.published for each in run.notified}) + len(run.digests),
        rows_read=run.rows_read,
        gauged=run.gauged,
        received=run.received,
    )
    return Report(
        run=run,
        bucket=stack.names.input_bucket,
        result=result,
        seconds=latencies.summaries(run.sent, rows),
        bins=latencies.bins([each.at - run.started for each in run.sent], ended, seconds=run.seconds),
        logged=logged,
        cost=cost_of(counted, logged, stack.settings, on_aws=stack.on_aws),
    )


def _depth(depth: QueueDepth) -> dict[str, int]:
    return {"waiting": depth.visible, "in_flight": depth.in_flight + depth.delayed}


def _charges(charges: Sequence[Charge]) -> dict[str, dict[str, float]]:
    return {each.what: {"amount": round(each.amount, 6), "dollars": round(each.dollars, 9)} for each in charges}
