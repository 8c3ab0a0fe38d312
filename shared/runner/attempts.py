"""How many of a message's receives are attempts, and how many are kept for reporting that every attempt died."""

from typing import Final

# A function that is killed while it reports leaves no outcome, unless another receive is left to report.
REPORTING_RECEIVES: Final = 5


def attempts_of(max_receive_count: int) -> int:
    """How often a message is tried.

    Args:
        max_receive_count: of the queue's redrive policy; more than REPORTING_RECEIVES.
    """
    return max(1, max_receive_count - REPORTING_RECEIVES)
