"""What a backfill will cost at list prices, by what the benchmark measured. Arithmetic only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ops.aws import prices
from ops.aws.prices import Charge, Usage
from ops.names import SERVICES
from ops.settings import PipelineSettings, placeholders
from services.resize import effective_settings, sets
from services.resize.settings import Settings as ResizeSettings

# Of an image in a full batch, measured by `make bench` on JPEGs of 12 megapixels: bench/RESULTS.md, "Batches".
SECONDS: Final = {"resize": 0.0775, "watermark": 0.0137, "store": 0.0129}
# Of these, what grows with the image: decoding and shrinking.
GROWING_SECONDS: Final = 0.056
MEASURED_BYTES: Final = 3_100_000

_BATCH: Final = 10
_MB_IN_GB: Final = 1024
_LISTED_AT_ONCE: Final = 1000
# Objects are listed for the estimate and for sending; the ledger is asked both times, and once for older versions.
_LISTINGS: Final = 2
_LOOKUPS: Final = 3
# That a run is about to send an image, and that it has: ops/backfill/sent.py.
_NOTES: Final = 2


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What it will cost.

    Args:
        images: how many.
        size_bytes: of all together.
        renditions: of each.
        charges: of an image, and a million of them.
    """

    images: int
    size_bytes: int
    renditions: int
    charges: tuple[Charge, ...]

    @property
    def dollars(self) -> float:
        """Of all images together."""
        return sum(map(self.dollars_of, self.charges))

    def dollars_of(self, charge: Charge) -> float:
        """One charge, of all images together."""
        return charge.dollars * self.images / prices.MILLION

    def assumptions(self) -> Iterator[str]:
        """What the figures rest on, a sentence each."""
        mean = self.size_bytes / max(1, self.images) / 1e6
        yield "list prices of us-east-1, no free tiers; a change of prices is not noticed"
        yield f"{self.renditions} renditions of each image, full batches, no retries, no failures"
        yield (
            f"the time of JPEGs of 12 megapixels and {MEASURED_BYTES / 1e6:.1f} MB as measured in bench/RESULTS.md;"
            f" resize's grows with the bytes, here {mean:.1f} MB on average"
        )
        yield "left out: storing the outputs, logs, alarms, e-mail, cold starts"


def estimate(settings: PipelineSettings, *, prefix: str, images: int, size_bytes: int) -> Estimate:
    """The bill of a backfill.

    Args:
        settings: pipeline.yaml: memory, batches and renditions.
        prefix: of the keys: a profile may say how many renditions they get.
        images: that are to be sent.
        size_bytes: of all together.
    """
    resize = effective_settings.chosen(ResizeSettings.from_env(placeholders(settings, "resize")), prefix, {})
    renditions = sets.outputs(resize)
    grown = GROWING_SECONDS * (size_bytes / max(1, images) / MEASURED_BYTES - 1)
    seconds = {**SECONDS, "resize": SECONDS["resize"] + grown}
    invocations = sum(1 / each.batch_size for each in settings.services.values())
    usage = Usage(
        gets=len(SERVICES),
        puts=2 + renditions + _LISTINGS / _LISTED_AT_ONCE,
        invocations=invocations,
        gb_seconds=sum(settings.services[service].memory_mb / _MB_IN_GB * seconds[service] for service in SERVICES),
        # Ten messages a request on each of three ways; each invocation costs a receive and a delete.
        sqs_requests=len(SERVICES) / _BATCH + 2 * invocations,
        publishes=1,
        row_writes=len(SERVICES) + _NOTES,
        row_reads=_LOOKUPS,
        gb_months=0,
    )
    return Estimate(
        images=images,
        size_bytes=size_bytes,
        renditions=renditions,
        charges=tuple(charge for charge in prices.bill(usage) if charge.amount),
    )
