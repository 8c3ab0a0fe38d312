"""What a load test costs on AWS at list prices: what was counted, times the price. Arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ops.costs.bills import Bill, Usage, bill, total, used
from ops.costs.image import BATCH_SECONDS, gb_seconds, grown_seconds, hops, requests_to_store
from ops.costs.kinds import JPEG, outputs_of, settings_of
from ops.load.logged import Logged
from ops.names import SERVICES
from ops.settings import PipelineSettings

_BATCH: Final = 10


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the test counted.

    Args:
        sent: images that S3 took.
        size_bytes: Size of these images together.
        passed: Images that each service finished, by service.
        failed: Images that failed.
        outputs: objects that were stored.
        notified: notices that services published.
        rows_read: rows of the ledger that the test read.
        gauged: requests for the queues' depths.
        received: requests of the test's own queue.
    """

    sent: int
    size_bytes: int
    passed: Mapping[str, int]
    failed: int
    outputs: int
    notified: int
    rows_read: int
    gauged: int
    received: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Two bills of one test.

    Args:
        pipeline: The charges of processing its images.
        test: The charges of the requests that the test itself made.
        assumptions: a sentence each.
    """

    pipeline: Bill
    test: Bill
    assumptions: tuple[str, ...]

    @property
    def dollars(self) -> float:
        """Of both together."""
        return self.pipeline_dollars + self.test_dollars

    @property
    def pipeline_dollars(self) -> float:
        """Of the images."""
        return total(self.pipeline)

    @property
    def test_dollars(self) -> float:
        """Of the test's own requests."""
        return total(self.test)


def cost_of(counted: Counted, logged: Logged, settings: PipelineSettings, *, on_aws: bool) -> Cost:
    """The bills.

    Args:
        counted: by the test.
        logged: What Lambda bills, as far as the logs say.
        settings: pipeline.yaml: memory, and how many messages a batch holds.
        on_aws: whether the pipeline is deployed: else what is billed is this machine's time, which is not Lambda's.
    """
    measured = logged.unread is None and any(logged.invocations.values())
    passed = {service: counted.passed.get(service, 0) for service in SERVICES}
    reached = {"resize": counted.sent, "watermark": passed["resize"], "store": passed["watermark"]}
    full = sum(reached[service] / settings.services[service].batch_size for service in SERVICES)
    invocations = sum(logged.invocations.values()) if measured else full
    if measured and on_aws:
        seconds = dict(logged.billed_seconds)
    else:
        grown = grown_seconds(counted.size_bytes / max(1, counted.sent))
        of_one = {**BATCH_SECONDS, "resize": BATCH_SECONDS["resize"] + grown}
        seconds = {service: reached[service] * of_one[service] for service in SERVICES}
    outputs = outputs_of(JPEG, settings_of(settings))
    through_bucket = passed["watermark"] if hops(outputs)[0] > 1 else 0
    to_store = requests_to_store(outputs, _BATCH)
    pipeline = gb_seconds(settings, seconds) + Usage(
        gets=reached["resize"] + reached["watermark"] + through_bucket,
        puts=passed["resize"] + through_bucket + counted.outputs,
        invocations=invocations,
        # S3 sends each event by itself, services ten messages a request, and those to store may have files in them, and
        # are received with them. An invocation costs a receive and a delete.
        sqs_requests=(
            counted.sent
            + passed["resize"] / _BATCH
            + passed["watermark"] * (2 * to_store - 1 / _BATCH)
            + 2 * invocations
        ),
        publishes=counted.notified,
        # Each service writes the row of each image, and each image's outcome is counted in its batch. store claims the
        # image's source key before it writes outputs, and reads it again afterwards.
        row_writes=sum(passed.values()) + counted.failed + counted.sent + reached["store"],
        row_reads=counted.failed + reached["store"],
    )
    test = Usage(
        puts=counted.sent,
        sqs_requests=counted.gauged + counted.received,
        row_writes=counted.sent,
        row_reads=counted.rows_read,
    )
    return Cost(
        pipeline=used(bill(pipeline)),
        test=used(bill(test)),
        assumptions=tuple(_assumptions(billed=measured and on_aws, counted=measured)),
    )


def _assumptions(*, billed: bool, counted: bool) -> list[str]:
    time = (
        "the functions' time is what the REPORT lines of their logs bill while the test ran, others' images included"
        if billed
        else "the functions' time is not of this run, but that of JPEGs in full batches as measured in"
        " bench/RESULTS.md; resize's grows with the bytes"
    )
    return [
        "list prices of us-east-1, no free tiers; a change of prices is not noticed",
        time,
        "invocations are those of the logs" if counted else "invocations are those of full batches",
        "ten messages a request between services, with the files of JPEGs of 12 megapixels; no retries",
        "a row of the ledger is a write unit",
        "left out: storage, logs, alarms, e-mail, and the functions' polling of empty queues",
    ]
