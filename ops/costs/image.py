"""What an image uses on its way through the pipeline, by what the benchmark measured. Arithmetic only."""

from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Final

from ops.costs.bills import Usage
from ops.costs.kinds import JPEG, MESSAGE_BYTES, Kind, Outputs, outputs_of, reading_seconds
from ops.costs.prices import SQS_CHUNK_BYTES
from ops.names import SERVICES
from ops.settings import PipelineSettings
from services.resize.settings import Settings

# Of a JPEG of 12 megapixels with the default renditions, measured by `make bench`: bench/RESULTS.md, "Batches". In a
# full batch, and alone. Waiting for S3 is in them.
BATCH_SECONDS: Final[Mapping[str, float]] = MappingProxyType({"resize": 0.0799, "watermark": 0.0183, "store": 0.0143})
ALONE_SECONDS: Final[Mapping[str, float]] = MappingProxyType({"resize": 0.2144, "watermark": 0.1003, "store": 0.1331})

# The row of an image in the ledger is written by each service, and claimed by store, which reads it once more.
ROW_WRITES: Final = len(SERVICES) + 1
ROW_READS: Final = 1

# Of resize's in a full batch, what grows with the image: decoding and shrinking.
_GROWING_SECONDS: Final = 0.056

_MB_IN_GB: Final = 1024
# Messages a request.
_CHUNK: Final = 10

_MEASURED: Final = outputs_of(JPEG, Settings(work_bucket=""))


def seconds_of(kind: Kind, outputs: Outputs, *, per_invocation: int) -> Mapping[str, float]:
    """Seconds of each service for one image.

    What differs from the CPU of a JPEG of 12 megapixels is resize's, as far as it is not for encoding, which is
    watermark's.
    """
    base = BATCH_SECONDS if per_invocation > 1 else ALONE_SECONDS
    encoding = outputs.seconds - _MEASURED.seconds
    return {
        **base,
        "resize": base["resize"] + reading_seconds(kind) - reading_seconds(JPEG),
        "watermark": max(0.0, base["watermark"] + encoding),
    }


def grown_seconds(mean_bytes: float) -> float:
    """Seconds that resize takes longer for an image of other bytes than the benchmark's; below 0 for a smaller one.

    Args:
        mean_bytes: of a source, on average.
    """
    return _GROWING_SECONDS * (mean_bytes / JPEG.source_bytes - 1)


def gb_seconds(settings: PipelineSettings, seconds: Mapping[str, float]) -> Usage:
    """What Lambda bills for these seconds of each service, by its memory and processor."""
    used = Usage()
    for service in SERVICES:
        of_service = settings.services[service]
        amount = of_service.memory_mb / _MB_IN_GB * seconds.get(service, 0.0)
        x86 = of_service.architecture == "x86_64"
        used += Usage(gb_seconds_x86=amount) if x86 else Usage(gb_seconds=amount)
    return used


def hops(outputs: Outputs) -> tuple[int, int]:
    """(reads, writes) of the work bucket by one image: files that are small go to store in their message."""
    return (1, 1) if outputs.inline else (2, 2)


def requests_to_store(outputs: Outputs, messages: int) -> float:
    """SQS requests an image for sending its message to store, and as many for receiving it.

    Args:
        outputs: of the image.
        messages: in a request.
    """
    body = outputs.body_bytes if outputs.inline else MESSAGE_BYTES
    return ceil(messages * body / SQS_CHUNK_BYTES) / messages


def usage_of(settings: PipelineSettings, kind: Kind, resize: Settings, *, full: bool, uploaded: bool = True) -> Usage:
    """What one image uses from its event to its notice.

    Args:
        settings: pipeline.yaml: memory, processors, batches.
        kind: of the image.
        resize: what resize makes of it.
        full: whether batches are full; else each image has an invocation of its own.
        uploaded: Whether S3 sends its event; else a backfill does, ten a request.
    """
    outputs = outputs_of(kind, resize)
    sizes = {service: settings.services[service].batch_size if full else 1 for service in SERVICES}
    reads, writes = hops(outputs)
    invocations = sum(1 / size for size in sizes.values())
    to_store = requests_to_store(outputs, sizes["watermark"])
    sent = (1 if uploaded else 1 / _CHUNK) + 1 / sizes["resize"] + to_store
    # A receive has as many bytes as what was sent; an invocation ends with a delete.
    received = 1 / sizes["resize"] + 1 / sizes["watermark"] + requests_to_store(outputs, sizes["store"])
    seconds = seconds_of(kind, outputs, per_invocation=sizes["resize"])
    used = Usage(
        gets=1 + reads,
        puts=outputs.count + writes,
        invocations=invocations,
        sqs_requests=sent + received + invocations,
        publishes=1,
        row_writes=ROW_WRITES,
        row_reads=ROW_READS,
        moderated=min(kind.frames, resize.moderation.frames) if resize.moderation else 0,
    )
    return used + gb_seconds(settings, seconds)


def mean(usages: Sequence[Usage], shares: Sequence[float]) -> Usage:
    """The usage of an image on average, by those of each kind of image and their shares, which are 1 together."""
    return sum((usage * share for usage, share in zip(usages, shares, strict=True)), Usage())


def weighted(values: Sequence[float], shares: Sequence[float]) -> float:
    """The mean of some values by their shares, which are 1 together."""
    return sum(value * share for value, share in zip(values, shares, strict=True))
