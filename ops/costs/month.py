"""What a month of the pipeline costs: its images, what it costs whether used or not, and storage. Arithmetic only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ops.costs import prices
from ops.costs.bills import Bill, Usage, bill, used
from ops.costs.image import mean, usage_of, weighted
from ops.costs.kinds import KINDS, outputs_of, settings_of
from ops.costs.prices import DEFAULT_REGION, FREE, GIBIBYTE, MONTH_DAYS, MONTH_HOURS, PriceList
from ops.names import SERVICES
from ops.settings import PipelineSettings
from services.resize.settings import Rendition, Settings

# Lambda polls a queue with five connections, of 20 s each.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_CONNECTIONS: Final = 5
_POLL_SECONDS: Final = 20
_DAY_SECONDS: Final = 86_400

# Of terraform/modules: 16 alarms of queues, services and notices on one metric, and three of watch that together have
# ten. Where EventBridge sends the uploads, one more has two.
ALARM_METRICS: Final = 26
EVENTBRIDGE_ALARM_METRICS: Final = 2
# That services send: docs/reference/metrics.md. They are billed in the hours in which they are sent.
CUSTOM_METRICS: Final = 13
LOG_BYTES: Final = 500

# Of a month, and not of an image.
STANDING: Final = frozenset({"empty_receives", "poller_hours", "alarm_metrics", "custom_metrics", "keys"})


@dataclass(frozen=True, kw_only=True)
class Month:
    """What a month costs.

    Args:
        images: that are uploaded.
        outputs: of an image on average.
        output_bytes: of an image on average, all outputs together.
        listed: The prices.
        full: The charges with full batches; amounts are of the month.
        single: The same with an invocation for each image and service.
        free_tier: Whether what is free each month is deducted.
    """

    images: int
    outputs: float
    output_bytes: float
    listed: PriceList
    full: Bill
    single: Bill
    free_tier: bool

    def assumptions(self) -> Iterator[str]:
        """What the figures rest on, a sentence each."""
        free = "what is free each month is deducted" if self.free_tier else "no free tiers"
        yield f"list prices of {self.listed.region}, {free}; a change of prices is not noticed"
        borrowed = sorted(each.what for each in self.full if each.name in self.listed.borrowed)
        if borrowed:
            yield f"{', '.join(borrowed)}: at the price of {DEFAULT_REGION}, since that of the region was not read"
        yield (
            f"{self.outputs:g} outputs with {self.output_bytes / 1000:,.0f} kB of an image, by the pixels of its"
            " renditions; seconds by bench/RESULTS.md; no retries, no failures"
        )
        yield "the storage is a month's, of this month's originals and outputs alone"
        yield "left out: transfer to the internet, e-mail, cold starts, uses of a customer's key, taxes"


def month_of(
    settings: PipelineSettings,
    mix: Mapping[str, float],
    *,
    images: int,
    renditions: int | None = None,
    region: str = DEFAULT_REGION,
    free_tier: bool = False,
) -> Month:
    """What a month in which these images are uploaded costs.

    Args:
        settings: pipeline.yaml: memory, processors, batches and renditions.
        mix: The share of each kind of image; together 1.
        images: that are uploaded.
        renditions: How many of 1024 x 1024 px each image gets; None for those of the settings.
        region: The region whose prices count.
        free_tier: Whether to deduct what an account has free each month.

    Raises:
        LookupError: the region's prices are not known.
    """
    listed = prices.of_region(region)
    resize = _with_renditions(settings_of(settings), renditions)
    kinds, shares = [KINDS[name] for name in mix], list(mix.values())
    made = [outputs_of(kind, resize) for kind in kinds]
    output_bytes = weighted([each.size_bytes for each in made], shares)
    source_bytes = weighted([kind.source_bytes for kind in kinds], shares)
    other = standing(settings) + Usage(
        stored_gb_months=images * (source_bytes + output_bytes) / GIBIBYTE,
        log_gb=images * LOG_BYTES / GIBIBYTE,
        custom_metrics=CUSTOM_METRICS,
    )
    full, single = (
        used(
            bill(
                mean([usage_of(settings, kind, resize, full=batches) for kind in kinds], shares) * images + other,
                listed=listed,
                free=FREE if free_tier else {},
            )
        )
        for batches in (True, False)
    )
    return Month(
        images=images,
        outputs=weighted([each.count for each in made], shares),
        output_bytes=output_bytes,
        listed=listed,
        full=full,
        single=single,
        free_tier=free_tier,
    )


def standing(settings: PipelineSettings) -> Usage:
    """What a month uses whether images are uploaded or not."""
    eventbridge = settings.buckets.events == "eventbridge"
    return Usage(
        empty_receives=len(SERVICES) * _CONNECTIONS * MONTH_DAYS * _DAY_SECONDS / _POLL_SECONDS,
        poller_hours=MONTH_HOURS * sum(each.pollers.minimum for each in settings.services.values() if each.pollers),
        alarm_metrics=ALARM_METRICS + (EVENTBRIDGE_ALARM_METRICS if eventbridge else 0),
        keys=1 if settings.encryption == "customer" else 0,
    )


def _with_renditions(resize: Settings, count: int | None) -> Settings:
    if count is None:
        return resize
    return replace(resize, renditions=tuple(Rendition(name=f"r{number}") for number in range(count)), sets=())
