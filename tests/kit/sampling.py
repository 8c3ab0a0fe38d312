"""Points of an enumeration: all of them in `make test-all`, and some in `make test`, which must be quick."""

import os
from collections.abc import Sequence

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
# Which of the points are taken: the first, the last, and one of this many.
_EACH = 8


def sampled(points: Sequence, *, thorough: bool = THOROUGH) -> list:
    """The points to test, in their order."""
    return list(points) if thorough else [*points[:-1:_EACH], *points[-1:]]
