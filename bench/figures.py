"""What many rounds come to: least, middle and most, of figures and of their ratios. Arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Figures of several rounds.

    Args:
        low: the least.
        middle: the median.
        high: the most.
        rounds: how many there were.
    """

    low: float
    middle: float
    high: float
    rounds: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of figures, one a round.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("no rounds, no figures")
    return Spread(low=min(values), middle=median(values), high=max(values), rounds=len(values))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The spread of ours to theirs, each round for itself, so that what slowed both in a round slows neither here.

    Raises:
        ValueError: there are no rounds, or the two were not measured in the same ones.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds cannot be paired with {len(theirs)}")
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
