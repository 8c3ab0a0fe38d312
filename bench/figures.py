"""Minimum, median and maximum of many rounds, for figures and for their ratios. Arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Figures of several rounds.

    Args:
        low: the minimum.
        middle: the median.
        high: the maximum.
        rounds: number of rounds.
    """

    low: float
    middle: float
    high: float
    rounds: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of figures, one for each round.

    Raises:
        ValueError: there are no figures.
    """
    if not values:
        raise ValueError("no rounds, no figures")
    return Spread(low=min(values), middle=median(values), high=max(values), rounds=len(values))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The spread of the ratio of ours to theirs, round by round, so that what slows both in one round cancels out.

    Raises:
        ValueError: there are no rounds, or the two were not measured in the same ones.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds cannot be paired with {len(theirs)}")
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
