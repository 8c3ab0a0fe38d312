"""Which messages of a batch are worked on together, and which alone, so that a deadly one takes no other with it."""

from collections.abc import Sequence
from typing import Final

from shared.runner.event import Record

# The share of the time that first deliveries may take where there are redelivered messages. The rest is for at least
# one redelivered message, or those would use up their attempts by waiting.
SHARE_OF_FIRST_DELIVERIES: Final = 0.6
# With less than this share of a batch's time left, no group is begun: its attempts would count, and could not succeed.
LEAST_SHARE: Final = 0.1


def isolation_groups(batch: Sequence[Record], attempts: int) -> list[list[Record]]:
    """A batch in the order in which it is worked on: what is only reported, what is new, each redelivered one alone.

    A redelivered message may have killed the function that had it before, out of memory or
    time, and with it the answer for all of its batch. Those with the most attempts behind them go first, for they have
    the fewest left. The order among equals is reversed with every attempt: of a batch that one message kills again and
    again, the others before it are done in one attempt, and the others behind it in the next.

    Args:
        batch: the messages.
        attempts: after this many receives a message is not worked on any more, but reported: that takes no time,
            kills nobody, and must not wait until something else does.
    """
    report_only = [record for record in batch if record.receives > attempts]
    first_deliveries = [record for record in batch if record.receives <= 1]
    redelivered = [record for record in batch if 1 < record.receives <= attempts]
    groups: dict[int, list[Record]] = {}
    for record in sorted(redelivered, key=lambda record: record.message_id):
        groups.setdefault(record.receives, []).append(record)
    alone = [
        record
        for receives in sorted(groups, reverse=True)
        for record in (reversed(groups[receives]) if receives % 2 else groups[receives])
    ]
    return [
        *([report_only] if report_only else []),
        *([first_deliveries] if first_deliveries else []),
        *([record] for record in alone),
    ]
