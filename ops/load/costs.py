"""What a load test costs on AWS at list prices: what was counted, times the price. Arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ops import prices
from ops.backfill.estimate import SECONDS
from ops.load.logged import Logged
from ops.names import STAGES
from ops.prices import MILLION, Charge, Usage, bill
from ops.settings import PipelineSettings

_BATCH: Final = 10
_MB_IN_GB: Final = 1024
# What stands in for the billed time where the logs cannot be read.
_FALLBACK: Final = "the functions' time is that of `make bench`, in full batches: the logs could not be read"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the test counted.

    Args:
        sent: images that S3 took.
        passed: how many images each stage brought to its end, by stage.
        failed: how many failed.
        outputs: objects that were stored.
        told: notices that services published.
        asked: rows of the ledger that the test read.
        gauged: requests for the queues' depths.
        received: requests of the test's own queue.
    """

    sent: int
    passed: Mapping[str, int]
    failed: int
    outputs: int
    told: int
    asked: int
    gauged: int
    received: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Two bills of one test.

    Args:
        pipeline: of its images.
        test: of what the test itself asked for.
        assumptions: a sentence each.
    """

    pipeline: tuple[Charge, ...]
    test: tuple[Charge, ...]
    assumptions: tuple[str, ...]

    @property
    def dollars(self) -> float:
        """Of both together."""
        return self.pipeline_dollars + self.test_dollars

    @property
    def pipeline_dollars(self) -> float:
        """Of the images."""
        return prices.total(self.pipeline) / MILLION

    @property
    def test_dollars(self) -> float:
        """Of the test's own requests."""
        return prices.total(self.test) / MILLION


def reckon(counted: Counted, logged: Logged, settings: PipelineSettings) -> Cost:
    """The bills.

    Args:
        counted: by the test.
        logged: what Lambda bills, as far as the logs say.
        settings: pipeline.yaml: memory, and how many messages a batch holds.
    """
    measured = logged.unread is None and any(logged.invocations.values())
    passed = {stage: counted.passed.get(stage, 0) for stage in STAGES}
    reached = {"resize": counted.sent, "watermark": passed["resize"], "store": passed["watermark"]}
    if measured:
        invocations: float = sum(logged.invocations.values())
        seconds = dict(logged.billed_seconds)
    else:
        invocations = sum(reached[stage] / settings.stages[stage].batch_size for stage in STAGES)
        seconds = {stage: reached[stage] * SECONDS[stage] for stage in STAGES}
    handed_on = passed["resize"] + passed["watermark"]
    pipeline = Usage(
        gets=sum(reached.values()),
        puts=handed_on + counted.outputs,
        invocations=invocations,
        gb_seconds=sum(settings.stages[stage].memory_mb / _MB_IN_GB * seconds.get(stage, 0.0) for stage in STAGES),
        # S3 sends each event by itself, stages ten messages a request; an invocation costs a receive and a delete.
        sqs_requests=counted.sent + handed_on / _BATCH + 2 * invocations,
        publishes=counted.told,
        # Each stage writes the row of each image, and each image's outcome is marked on its batch's sheet.
        row_writes=sum(passed.values()) + counted.failed + counted.sent,
        row_reads=counted.failed,
        gb_months=0,
    )
    test = Usage(
        gets=0,
        puts=counted.sent,
        invocations=0,
        gb_seconds=0,
        sqs_requests=counted.gauged + counted.received,
        publishes=0,
        row_writes=counted.sent,
        row_reads=counted.asked,
        gb_months=0,
    )
    return Cost(
        pipeline=tuple(charge for charge in bill(pipeline) if charge.amount),
        test=tuple(charge for charge in bill(test) if charge.amount),
        assumptions=tuple(_assumptions(measured=measured)),
    )


def _assumptions(*, measured: bool) -> list[str]:
    return [
        "list prices of us-east-1, no free tiers; a change of prices is not noticed",
        (
            "the functions' time is what the REPORT lines of their logs bill while the test ran, other people's images"
            " included; on the local AWS it is this machine's time, which is not Lambda's"
            if measured
            else _FALLBACK
        ),
        "ten messages a request between stages, no retries; a row of the ledger is a write unit",
        "left out: storing what was dropped and made, logs, alarms, e-mail, and the functions' polling of empty queues",
    ]
