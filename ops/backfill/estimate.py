"""What a backfill will cost at list prices, by what the benchmark measured. Arithmetic only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ops.costs.bills import Bill, Usage, bill, total, used
from ops.costs.image import gb_seconds, grown_seconds, usage_of
from ops.costs.kinds import JPEG, settings_of
from ops.settings import PipelineSettings
from services.resize import sets

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
        charges: Amounts of an image, and dollars of all.
    """

    images: int
    size_bytes: int
    renditions: int
    charges: Bill

    @property
    def dollars(self) -> float:
        """Of all images together."""
        return total(self.charges)

    def assumptions(self) -> Iterator[str]:
        """What the figures rest on, a sentence each."""
        mean = self.size_bytes / max(1, self.images) / 1e6
        yield "list prices of us-east-1, no free tiers; a change of prices is not noticed"
        yield f"{self.renditions} renditions of each image, full batches, no retries, no failures"
        yield (
            f"the time of JPEGs of 12 megapixels and {JPEG.source_bytes / 1e6:.1f} MB as measured in bench/RESULTS.md;"
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
    resize = settings_of(settings, prefix)
    usage = (
        usage_of(settings, JPEG, resize, full=True, uploaded=False)
        + gb_seconds(settings, {"resize": grown_seconds(size_bytes / max(1, images))})
        + Usage(puts=_LISTINGS / _LISTED_AT_ONCE, row_writes=_NOTES, row_reads=_LOOKUPS)
    )
    return Estimate(
        images=images,
        size_bytes=size_bytes,
        renditions=sets.outputs(resize),
        charges=used(bill(usage, images)),
    )
