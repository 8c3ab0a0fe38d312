"""A mix of images as the command line states it: kinds and their weights, such as jpeg-12mp=80,png=10."""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from ops.costs.kinds import JPEG, KINDS

# A JPEG without a size is as telephones write it.
_ALIASES: Final[Mapping[str, str]] = {"jpeg": JPEG.name}
DEFAULT: Final[Mapping[str, float]] = {JPEG.name: 1.0}


def parse(text: str) -> Mapping[str, float]:
    """The share of each kind; together they are 1.

    Args:
        text: NAME=WEIGHT, separated by commas; a name alone has the weight 1.

    Raises:
        ValueError: A kind is unknown or named twice, or a weight is not a number above 0.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, weight = part.strip().partition("=")
        kind = _ALIASES.get(name, name)
        if kind not in KINDS:
            raise ValueError(f"{name!r} is not a kind of image; known: {', '.join([*_ALIASES, *KINDS])}")
        if kind in weights:
            raise ValueError(f"{kind} is named twice")
        weights[kind] = _weight(name, weight) if equals else 1.0
    whole = sum(weights.values())
    return {kind: weight / whole for kind, weight in weights.items()}


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not (isfinite(weight) and weight > 0):
        raise ValueError(f"{name}={text}: the weight must be a number above 0")
    return weight
