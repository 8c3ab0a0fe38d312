"""What is used, and what it costs: a usage times a price list. Arithmetic only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from ops.costs import prices
from ops.costs.prices import PriceList

_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
# What is free is free for these together.
_POOLS: Final[Mapping[str, str]] = MappingProxyType({"gb_seconds_x86": "gb_seconds", "empty_receives": "sqs_requests"})


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an image, a load test or a month uses; each field has a price of the same name.

    Args:
        gets: S3 reads.
        puts: S3 writes.
        gb_months: GB and months that intermediate pixels are in the work bucket.
        stored_gb_months: GB and months of originals and outputs.
        invocations: of functions.
        gb_seconds: of functions on arm64.
        gb_seconds_x86: of functions on x86_64.
        sqs_requests: sending, receiving and deleting.
        publishes: of notices.
        row_writes: of the ledger, in units.
        row_reads: of the ledger, in units.
        moderated: images and frames that Rekognition examines.
        empty_receives: of queues without messages.
        poller_hours: of provisioned pollers.
        alarm_metrics: Metrics of alarms, in months.
        custom_metrics: Custom metrics, in months.
        log_gb: GB of logs.
        keys: Customer's keys, in months.
    """

    gets: float = 0
    puts: float = 0
    gb_months: float = 0
    stored_gb_months: float = 0
    invocations: float = 0
    gb_seconds: float = 0
    gb_seconds_x86: float = 0
    sqs_requests: float = 0
    publishes: float = 0
    row_writes: float = 0
    row_reads: float = 0
    moderated: float = 0
    empty_receives: float = 0
    poller_hours: float = 0
    alarm_metrics: float = 0
    custom_metrics: float = 0
    log_gb: float = 0
    keys: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})

    def __mul__(self, times: float) -> "Usage":
        """As many times as much."""
        return Usage(**{name: getattr(self, name) * times for name in NAMES})


NAMES: Final = tuple(field.name for field in fields(Usage))


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One row of a bill.

    Args:
        name: Name of the field of Usage.
        what: is charged.
        amount: of it, of one of what the bill is for.
        dollars: of all.
    """

    name: str
    what: str
    amount: float
    dollars: float


Bill = tuple[Charge, ...]


def bill(
    usage: Usage,
    times: float = 1,
    *,
    listed: PriceList | None = None,
    free: Mapping[str, float] = _NOTHING,
) -> Bill:
    """The charges of a usage, one for each field.

    Args:
        usage: of one image, or of all.
        times: How often it is used.
        listed: The prices; those of us-east-1 by default.
        free: Amounts that are not charged, by field. GB-seconds on both processors use up the same amount, and so do
            receives with and without messages.
    """
    listed = listed or prices.of_region()
    left = dict(free)
    charges = []
    for name in NAMES:
        amount, pool = getattr(usage, name), _POOLS.get(name, name)
        taken = min(left.get(pool, 0), amount * times)
        left[pool] = left.get(pool, 0) - taken
        dollars = (amount * times - taken) * listed[name].dollars
        charges.append(Charge(name=name, what=listed[name].what, amount=amount, dollars=dollars))
    return tuple(charges)


def used(charges: Iterable[Charge]) -> Bill:
    """The charges of what is used at all."""
    return tuple(charge for charge in charges if charge.amount)


def total(charges: Iterable[Charge]) -> float:
    """Dollars of all charges together."""
    return sum(charge.dollars for charge in charges)
