"""Messages counted by service, error, and the first folder of their keys; the biggest group first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ops.dlq.received_messages import ReceivedMessage
from ops.names import SERVICES


@dataclass(frozen=True, kw_only=True)
class Group:
    """Messages that are alike.

    Args:
        did: what was done with them, or would be; empty where nothing is asked.
        because: why, where it is not plain.
        service: in whose dead-letter queue they lie.
        error: the error's class.
        prefix: the first folder of their keys.
        entries: how many.
        oldest: when the first of them came.
    """

    did: str
    because: str
    service: str
    error: str
    prefix: str
    entries: int
    oldest: datetime


class Groups:
    """Counts messages; it keeps none of them, so that a queue of any length fits."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], tuple[int, datetime]] = {}

    def add(self, entry: ReceivedMessage, did: str = "", because: str = "") -> None:
        """Count one message."""
        alike = (did, because, entry.service, entry.error, entry.prefix)
        count, oldest = self._groups.get(alike, (0, entry.sent_at))
        self._groups[alike] = count + 1, min(oldest, entry.sent_at)

    def count(self, did: str | None = None, *, service: str | None = None) -> int:
        """How many messages; None for whatever was done with them, in whichever service."""
        return sum(group.entries for group in self if did in {None, group.did} and service in {None, group.service})

    def done(self) -> Counter[str]:
        """How many messages by what was done with them, in the order of the biggest group of each."""
        counts: Counter[str] = Counter()
        for group in self:
            counts[group.did] += group.entries
        return counts

    def oldest(self, *, service: str | None = None) -> datetime | None:
        """When the first message came; None where there is none."""
        return min((group.oldest for group in self if service in {None, group.service}), default=None)

    def __iter__(self) -> Iterator[Group]:
        found = [
            Group(did=did, because=because, service=service, error=error, prefix=prefix, entries=count, oldest=oldest)
            for (did, because, service, error, prefix), (count, oldest) in self._groups.items()
        ]
        return iter(sorted(found, key=_rank))


def _rank(group: Group) -> tuple[int | str, ...]:
    return (-group.entries, SERVICES.index(group.service), group.error, group.prefix, group.did, group.because)
