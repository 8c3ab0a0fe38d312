"""Which messages of a batch are worked on together, and which alone, so that a deadly one takes no other with it."""

from collections.abc import Sequence
from typing import Final

from shared.records import Record

# Of the time, where there are suspects: what the others may take of it. The rest is for one suspect at the least, or
# suspects would use up their tries by waiting.
SHARE_OF_THE_FRESH: Final = 0.6


def waves(batch: Sequence[Record], tries: int) -> list[list[Record]]:
    """A batch in the order in which it is worked on: what is only told of, what is new, then each suspect alone.

    A message that comes again is suspect: it may have killed the function that had it before, out of memory or time,
    and with it the answer for all of its batch. Those with the most tries behind them go first, for they have the
    fewest left. The order among equals turns round with every try: of a batch that one message kills again and again,
    the others before it are done in one try, and the others behind it in the next.

    Args:
        batch: the messages.
        tries: after so many receives a message is not worked on any more, but told of: that takes no time, kills
            nobody, and must not wait until something else does.
    """
    told = [record for record in batch if record.receives > tries]
    fresh = [record for record in batch if record.receives <= 1]
    suspects = [record for record in batch if 1 < record.receives <= tries]
    groups: dict[int, list[Record]] = {}
    for record in sorted(suspects, key=lambda record: record.message_id):
        groups.setdefault(record.receives, []).append(record)
    alone = [
        record
        for receives in sorted(groups, reverse=True)
        for record in (reversed(groups[receives]) if receives % 2 else groups[receives])
    ]
    return [*([told] if told else []), *([fresh] if fresh else []), *([record] for record in alone)]
