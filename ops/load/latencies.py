"""How long a load test's images took, and how many went through at what time. Arithmetic only."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from ops.aws.ledger import Row
from ops.load.sender import Sent
from ops.names import SERVICES

UPLOAD: Final = "upload"
WHOLE: Final = "whole"
WHOLE_FAILED: Final = "whole, failed"

# A plot has this many bars at most.
_MAX_BINS: Final = 60
_WIDTHS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


def waiting(service: str) -> str:
    """The name of the time before a service begins: in its queue, and while its function works on other images."""
    return f"wait for {service}"


# The parts of an image's time in their order; together they are the whole.
PARTS: Final = tuple(name for service in SERVICES for name in (waiting(service), service))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A summary of many times, in seconds.

    Args:
        count: Number of times.
        mean: Mean of all times.
        p50: Median by nearest rank: the shortest time that half of them did not exceed, itself one that was measured.
        p95: 95th percentile by nearest rank.
        p99: 99th percentile by nearest rank.
        longest: Longest time.
    """

    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    longest: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the least of the values that this many percent of them do not exceed.

    Args:
        values: in ascending order, at least one.
        percent: above 0, 100 at most.
    """
    # Multiplied first: 0.95 * 20 is a little more than 19 in binary.
    return values[max(1, math.ceil(percent * len(values) / 100)) - 1]


def summary(values: Iterable[float]) -> Summary | None:
    """The summary of some times; None if there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Summary(
        count=len(ordered),
        mean=math.fsum(ordered) / len(ordered),
        p50=percentile(ordered, 50),
        p95=percentile(ordered, 95),
        p99=percentile(ordered, 99),
        longest=ordered[-1],
    )


def parts(row: Row) -> dict[str, float]:
    """What an image's time went into, in seconds, as far as services recorded it: waiting for each, and each itself.

    A clock that is behind another makes no time negative.
    """
    taken: dict[str, float] = {}
    before = moment(row.uploaded_at)
    for service in SERVICES:
        if service not in row.finished:
            break
        after, seconds = moment(row.finished[service]), row.seconds.get(service, 0.0)
        taken[waiting(service)] = max(0.0, after - seconds - before)
        taken[service] = seconds
        before = after
    return taken


def summaries(sent: Iterable[Sent], rows: Mapping[str, Row]) -> dict[str, Summary]:
    """All times by what they are of: uploads, each part and the whole of stored images, the whole of failed ones.

    In this order; what nothing was timed of is missing.
    """
    times: dict[str, list[float]] = {name: [] for name in (UPLOAD, *PARTS, WHOLE, WHOLE_FAILED)}
    for each in sent:
        times[UPLOAD].append(each.seconds)
        row = rows.get(each.uploaded.image_id)
        if row is None or row.outcome not in {"stored", "failed"}:
            continue
        if row.outcome == "failed":
            times[WHOLE_FAILED].append(row.total_seconds)
            continue
        times[WHOLE].append(row.total_seconds)
        for name, seconds in parts(row).items():
            times[name].append(seconds)
    found = {name: summary(values) for name, values in times.items()}
    return {name: each for name, each in found.items() if each is not None}


def moment(text: str) -> float:
    """A time in ISO 8601 as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The images of one span of the test.

    Args:
        start: Start of the span, in seconds since the test began.
        seconds: Length of the span.
        sent: Images that S3 accepted in it.
        ended: Images that came to their outcome in it.
    """

    start: float
    seconds: float
    sent: int
    ended: int

    @property
    def sent_a_second(self) -> float:
        """Images a second that S3 accepted, on average."""
        return self.sent / self.seconds

    @property
    def ended_a_second(self) -> float:
        """Images a second that came to their outcome, on average."""
        return self.ended / self.seconds


def bins(sent: Sequence[float], ended: Sequence[float], *, seconds: float) -> list[Bin]:
    """How many in each span of the same length; what lies before or after is counted in the first or the last.

    Args:
        sent: When each image was uploaded, in seconds since the test began.
        ended: When each image came to its outcome, likewise.
        seconds: Length of the test.
    """
    longest = max(1.0, seconds)
    width = next((each for each in _WIDTHS if longest / each <= _MAX_BINS), math.ceil(longest / _MAX_BINS))
    count = max(1, math.ceil(longest / width))

    def counted(times: Sequence[float]) -> list[int]:
        counts = [0] * count
        for each in times:
            counts[min(count - 1, max(0, int(each // width)))] += 1
        return counts

    both = zip(counted(sent), counted(ended), strict=True)
    return [Bin(start=number * width, seconds=width, sent=came, ended=went) for number, (came, went) in enumerate(both)]


def busiest(spans: Sequence[Bin]) -> float:
    """The most images a second that came to their outcome in any span."""
    return max((each.ended_a_second for each in spans), default=0.0)


def histogram(values: Sequence[float], most: int = 30) -> list[tuple[float, float, int]]:
    """Times in classes of the same width, as (from, to, how many); the last holds the longest, too.

    Args:
        values: Times in seconds.
        most: Number of classes.
    """
    if not values:
        return []
    longest = max(values) or 1.0
    edges = [longest * number / most for number in range(most + 1)]
    counts = [0] * most
    for each in values:
        counts[min(most - 1, int(each / longest * most))] += 1
    return [(low, high, count) for (low, high), count in zip(pairwise(edges), counts, strict=True)]
