"""Trying a call again at once, where giving up would leave subscribers with half of what happened."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from shared.errors import TransientError

T = TypeVar("T")

MAX_CALLS: Final = 3
# Where one call took as long as this, the function's time may not be enough for another.
PATIENCE: Final = timedelta(seconds=5)


def insist(call: Callable[[], T], now: Callable[[], datetime]) -> T:
    """Call until AWS answers, at most MAX_CALLS times, besides the SDK's own attempts.

    A record that fails would make the whole step run again; a notice that fails after the last attempt comes later.

    Args:
        call: what to call; it does no harm twice.
        now: returns the time.

    Raises:
        TransientError: no call succeeded, or one took longer than PATIENCE.
    """
    began = now()
    for _ in range(MAX_CALLS - 1):
        try:
            return call()
        except TransientError:
            if now() - began > PATIENCE:
                raise
    return call()
