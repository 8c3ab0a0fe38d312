"""Trying a call again at once, where giving up would leave subscribers with half of what happened."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from shared.errors import TransientError

T = TypeVar("T")

TRIES: Final = 3
# Where one try took as long as this, the function's time may not be enough for another.
PATIENCE: Final = timedelta(seconds=5)


def insist(call: Callable[[], T], now: Callable[[], datetime]) -> T:
    """Call until AWS answers, TRIES times at most, besides the SDK's own attempts.

    Between a notification and the row that records it, a failure would make later attempts tell of another outcome.

    Args:
        call: what to call; it does no harm twice.
        now: returns the time.

    Raises:
        TransientError: no try succeeded, or one took longer than PATIENCE.
    """
    began = now()
    for _ in range(TRIES - 1):
        try:
            return call()
        except TransientError:
            if now() - began > PATIENCE:
                raise
    return call()
