"""What a million images would cost on AWS, from counted requests, measured seconds and list prices. Arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from bench.batches import IMAGES, Batch
from bench.simulated import CHUNK, OTHER_SECONDS, S3_BYTES_PER_SECOND, S3_SECONDS
from ops.costs import prices
from ops.costs.bills import Bill, Usage, bill, total
from ops.costs.image import gb_seconds
from ops.costs.prices import GIBIBYTE, MILLION, MONTH_DAYS
from ops.names import SERVICES
from ops.settings import PipelineSettings

# Writes to the ledger that an image of an upload batch takes besides its own, and the dollars of a million such images.
UPLOAD_BATCH_WRITES: Final = 2
UPLOAD_BATCH_DOLLARS: Final = UPLOAD_BATCH_WRITES * MILLION * prices.of_region()["row_writes"].dollars


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Three bills, and the number of renditions that they are for.

    Args:
        batched: this pipeline with full batches.
        single: this pipeline with one image per invocation, as when few are uploaded.
        naive: the naive design for comparison.
        renditions: number of renditions of each image.
    """

    batched: Bill
    single: Bill
    naive: Bill
    renditions: int

    @property
    def share(self) -> float:
        """Ratio of this pipeline's bill, with full batches, to that of the naive design."""
        return total(self.batched) / total(self.naive)


def compare(
    batches: Mapping[str, Batch],
    settings: PipelineSettings,
    *,
    naive_cpu_seconds: float,
    source_bytes: int,
    output_bytes: int,
    renditions: int,
) -> Costs:
    """The bills of this pipeline, from counts and measurements, and of the naive design.

    Args:
        batches: what each service used.
        settings: pipeline.yaml: memory, and retention of intermediate pixels.
        naive_cpu_seconds: CPU seconds of the naive chain, for one rendition.
        source_bytes: size of the uploaded image.
        output_bytes: size of the naive chain's file.
        renditions: number of renditions of each image.
    """
    bills = [bill(ours(batches, settings, per_invocation=each), MILLION) for each in (IMAGES, 1)]
    usage = naive(
        settings,
        cpu_seconds=naive_cpu_seconds,
        source_bytes=source_bytes,
        output_bytes=output_bytes,
        renditions=renditions,
    )
    bills.append(bill(usage, MILLION))
    # The rows of all three are the same.
    charged = {charge.name for each in bills for charge in each if charge.amount}
    batched, single, naive_bill = (tuple(charge for charge in each if charge.name in charged) for each in bills)
    return Costs(batched=batched, single=single, naive=naive_bill, renditions=renditions)


def ours(batches: Mapping[str, Batch], settings: PipelineSettings, *, per_invocation: int) -> Usage:
    """Usage of this pipeline for one image.

    Args:
        batches: counts and measurements of each service.
        settings: memory and retention.
        per_invocation: images per invocation: 1, or a batch of ten.
    """
    full = per_invocation > 1
    requests = {service: each.batch_requests if full else each.single_requests for service, each in batches.items()}
    seconds = {service: each.batch_seconds if full else each.single_seconds for service, each in batches.items()}
    row_units = ceil(batches[SERVICES[-1]].row_bytes / prices.WRITE_UNIT_BYTES)

    def count(kind: str) -> float:
        return sum(each.get(kind, 0) for each in requests.values()) / IMAGES

    # Each queue has one delete per invocation, and one receive, which has as many bytes as what was sent to it. S3
    # itself writes to the first queue, one small message per event.
    sent = count(CHUNK)
    received = 1 / per_invocation + sent
    deleted = len(batches) / per_invocation
    lasts = {service: each.middle for service, each in seconds.items()}
    return gb_seconds(settings, lasts) + Usage(
        gets=count("GET") + count("HEAD"),
        puts=count("PUT"),
        invocations=len(batches) / per_invocation,
        sqs_requests=1 + sent + received + count("SQS hide") + count("SQS delete") + deleted,
        publishes=count("SNS publish"),
        row_writes=count("DynamoDB write") * row_units,
        row_reads=count("DynamoDB read"),
        gb_months=_gb_months(batches[SERVICES[-1]].intermediate_bytes, settings),
    )


def naive(
    settings: PipelineSettings, *, cpu_seconds: float, source_bytes: int, output_bytes: int, renditions: int
) -> Usage:
    """Usage of the naive design for one image: an object and a message per rendition and service, each in one request.

    It has the same three functions with the same memory, the same ledger and the same notice. Its CPU is that of one
    rendition, regardless of the others.

    Args:
        settings: memory and retention.
        cpu_seconds: CPU seconds of its three services, for one rendition.
        source_bytes: bytes that resize reads.
        output_bytes: size of each rendition at each service.
        renditions: number of renditions of each image.
    """
    gets, puts = 1 + 2 * renditions, 3 * renditions
    messages = 1 + 2 * renditions
    rows, publishes = len(SERVICES), 1
    moved = source_bytes + output_bytes * (gets - 1 + puts)
    others = messages - 1 + rows + publishes
    waiting = (gets + puts) * S3_SECONDS + moved / S3_BYTES_PER_SECOND + others * OTHER_SECONDS
    # store reads and writes each rendition, writes a row and notifies subscribers; its CPU is counted with resize's.
    storing = renditions * 2 * (S3_SECONDS + output_bytes / S3_BYTES_PER_SECOND) + 2 * OTHER_SECONDS
    lasts = {"resize": cpu_seconds + waiting - storing, "store": storing}
    return gb_seconds(settings, lasts) + Usage(
        gets=gets,
        puts=puts,
        invocations=messages,
        sqs_requests=3 * messages,
        publishes=publishes,
        row_writes=rows,
        row_reads=0,
        gb_months=_gb_months(2 * renditions * output_bytes, settings),
    )


def _gb_months(intermediate_bytes: float, settings: PipelineSettings) -> float:
    return intermediate_bytes / GIBIBYTE * settings.retention.work_days / MONTH_DAYS
