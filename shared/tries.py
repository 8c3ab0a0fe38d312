"""How many of a message's receives are for trying, and how many are kept for telling that every try died."""

from typing import Final

# A function that is killed while it tells of a death leaves no outcome, but for another receive that tells.
TELLING_RECEIVES: Final = 5


def tries_of(max_receive_count: int) -> int:
    """How often a message is tried.

    Args:
        max_receive_count: of the queue's redrive policy; more than TELLING_RECEIVES.
    """
    return max(1, max_receive_count - TELLING_RECEIVES)
