"""`python -m bench.fair_queue`: how long new uploads wait behind old images in each queue, with and without groups.

The rules are those that AWS documents for fair queues. A group is noisy from when it has more than a tenth of the
messages in flight, and 30 of them at least, until it has no message left or has sent none for five minutes. As long as
it is, messages of others are given first. A message without a group is a group of its own:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
Time is simulated. The third rule, of a group's share of processing time, is left out: it would help sooner.
"""

import heapq
import sys
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ops.backfill.waiting import MAX_WAITING

_NOISY_SHARE: Final = 0.1
_NOISY_MESSAGES: Final = 30
_QUIET_SECONDS: Final = 300.0

QUEUES: Final = ("resize", "watermark", "store")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a backfill sends, and who processes it.

    Args:
        old: images that are sent.
        rate: images that are sent a second.
        most_waiting: nothing is sent while this many wait in any queue; None for no limit.
        at_once: messages in work at a time of each service: invocations times messages of a batch.
        seconds: that each service takes for one message.
        new_every_seconds: between two new uploads.
    """

    old: int
    rate: float
    most_waiting: int | None = None
    at_once: Sequence[int] = (100, 100, 100)
    seconds: Sequence[float] = (1.0, 1.0, 1.0)
    new_every_seconds: float = 10.0


@dataclass(kw_only=True)
class _Queue:
    """One queue and the service behind it.

    Args:
        at_once: messages in work at a time.
        seconds: of one message.
        fair: whether old messages have a group here.
    """

    at_once: int
    seconds: float
    fair: bool
    # When each message came: of new uploads, and of old images.
    new: deque[float] = field(default_factory=deque)
    old: deque[float] = field(default_factory=deque)
    working: int = 0
    old_working: int = 0
    noisy: bool = False
    sent_at: float = 0.0
    longest_wait: float = 0.0

    def put(self, now: float, *, new: bool) -> None:
        (self.new if new else self.old).append(now)
        if not new:
            self.sent_at = now

    def take(self, now: float) -> bool | None:
        """Whether the next message is of a new upload; None where none can be begun."""
        if self.working >= self.at_once or not (self.new or self.old):
            return None
        new = bool(self.new) and (not self.old or self._is_noisy(now) or self.new[0] < self.old[0])
        if new:
            self.longest_wait = max(self.longest_wait, now - self.new.popleft())
        else:
            self.old.popleft()
            self.old_working += 1
        self.working += 1
        return new

    def end(self, *, new: bool) -> None:
        self.working -= 1
        self.old_working -= not new

    def _is_noisy(self, now: float) -> bool:
        if now - self.sent_at >= _QUIET_SECONDS:
            self.noisy = False
        elif self.fair and self.old_working >= _NOISY_MESSAGES and self.old_working > _NOISY_SHARE * self.working:
            self.noisy = True
        return self.noisy


def waits(load: Load, *, fair: Collection[str]) -> dict[str, float]:
    """The seconds that new uploads wait at most in each queue.

    Args:
        load: of the pipeline.
        fair: the queues in which old images have a group.
    """
    queues = [
        _Queue(at_once=at_once, seconds=seconds, fair=name in fair)
        for name, at_once, seconds in zip(QUEUES, load.at_once, load.seconds, strict=True)
    ]
    # Of each event: when, a number to order those of one time, the queue that a message leaves, or -1 where it
    # is sent to the first one, and whether it is of a new upload.
    events: list[tuple[float, int, int, bool]] = [(1 / load.rate, 0, -1, False), (load.new_every_seconds, 1, -1, True)]
    number, unsent = 1, load.old
    while events:
        now, _, left, new = heapq.heappop(events)
        arrived = [left + 1] if left + 1 < len(queues) else []
        if left >= 0:
            queues[left].end(new=new)
        elif new:
            if not unsent and not any(each.old or each.old_working for each in queues):
                continue  # nothing old is left: no upload waits from now on
            number += 1
            heapq.heappush(events, (now + load.new_every_seconds, number, -1, True))
        elif load.most_waiting is not None and max(len(each.old) for each in queues) >= load.most_waiting:
            number += 1
            heapq.heappush(events, (now + 1, number, -1, False))
            continue
        else:
            unsent -= 1
            if unsent:
                number += 1
                heapq.heappush(events, (now + 1 / load.rate, number, -1, False))
        for index in arrived:
            queues[index].put(now, new=new)
        for index in {left, *arrived} - {-1}:
            while (taken := queues[index].take(now)) is not None:
                number += 1
                heapq.heappush(events, (now + queues[index].seconds, number, index, taken))
    return {name: queue.longest_wait for name, queue in zip(QUEUES, queues, strict=True)}


SLOWER: Final = (1.0, 2.0, 4.0)
WAYS: Final = {"no groups": (), "a group in the first queue": QUEUES[:1], "as sent": QUEUES}


def main() -> int:
    """Print the tables."""
    sys.stdout.write("| old images | a second | held back | in work at once | groups | resize | watermark | store |\n")
    sys.stdout.write("|--:|--:|---|--:|---|--:|--:|--:|\n")
    for old, rate, at_once, most in (
        (100_000, 50, 20, MAX_WAITING),
        (100_000, 1_000, 100, None),
        (100_000, 1_000, 100, MAX_WAITING),
        (1_000_000, 1_000, 500, None),
        (1_000_000, 1_000, 500, MAX_WAITING),
    ):
        load = Load(old=old, rate=rate, most_waiting=most, at_once=(at_once,) * 3, seconds=SLOWER)
        for groups, fair in WAYS.items():
            found = " | ".join(f"{each:,.0f} s" for each in waits(load, fair=fair).values())
            held = "no" if most is None else f"at {most:,}"
            sys.stdout.write(f"| {old:,} | {rate:,} | {held} | {at_once} | {groups} | {found} |\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
