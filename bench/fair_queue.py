"""`python -m bench.fair_queue`: how long a new upload waits behind old images, with and without a message group.

The rules are those that AWS documents for fair queues. A group is noisy while it has more than a tenth of the messages
in flight, and at least 30 of them; then messages of others are returned first. A message without a group is a group of
its own: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
Time is simulated. The third rule, of a group's share of processing time, is omitted: it would help sooner.
"""

import heapq
import sys
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

_NOISY_SHARE: Final = 0.1
_NOISY_MESSAGES: Final = 30


@dataclass(frozen=True, kw_only=True)
class Load:
    """The messages of a queue, and their processing.

    Args:
        old: messages that are already waiting.
        at_once: messages that are processed at once: invocations times messages of a batch.
        seconds: seconds per message.
        new_every_seconds: seconds between two new uploads.
        new: number of uploads that are measured.
    """

    old: int
    at_once: int
    seconds: float = 1.0
    new_every_seconds: float = 10.0
    new: int = 20


def waits(load: Load, *, group: str | None) -> list[float]:
    """The seconds that each new upload waits.

    Args:
        load: load of the queue.
        group: message group of the old messages; None for none.
    """
    old, new = load.old, deque(number * load.new_every_seconds for number in range(1, load.new + 1))
    in_work: list[tuple[float, str | None]] = []
    counts: Counter[str | None] = Counter()
    waited: list[float] = []
    now = 0.0
    while len(waited) < load.new:
        while len(in_work) < load.at_once:
            uploaded = bool(new) and new[0] <= now
            if uploaded and (not old or _noisy(counts[group], len(in_work), group)):
                waited.append(now - new.popleft())
                heapq.heappush(in_work, (now + load.seconds, "new"))
            elif old:
                old -= 1
                counts[group] += 1
                heapq.heappush(in_work, (now + load.seconds, group))
            else:
                break
        now = in_work[0][0] if in_work else new[0]
        while in_work and in_work[0][0] <= now:
            counts[heapq.heappop(in_work)[1]] -= 1
    return waited


def _noisy(count: int, in_flight: int, group: str | None) -> bool:
    return group is not None and count >= _NOISY_MESSAGES and count > _NOISY_SHARE * in_flight


def main() -> int:
    """Print the table; returns the exit code."""
    sys.stdout.write(
        "| old images | processed at once | longest wait without a group | with a group |\n|--:|--:|--:|--:|\n"
    )
    for old in (1_000, 100_000, 1_000_000):
        for at_once in (20, 100, 500):
            load = Load(old=old, at_once=at_once)
            without, with_group = (max(waits(load, group=group)) for group in (None, "backfill"))
            sys.stdout.write(f"| {old:,} | {at_once} | {without:,.0f} s | {with_group:,.0f} s |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
