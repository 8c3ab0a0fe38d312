"""Which messages a command is about: by service, error, key, age, replays and batch."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from ops.dlq.received_messages import ReceivedMessage
from ops.names import SERVICES


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a message must be like; what is not said is not asked.

    Args:
        services: in whose dead-letter queues.
        errors: classes, one of which it has.
        globs: patterns, one of which one of its keys fits, capitals and all; * takes slashes too.
        older_than: its least age.
        newer_than: its age is less.
        min_replays: how often it came back, at least.
        max_replays: how often it came back, at most.
        names: message ids, image ids and keys, one of which is its.
        images: image ids, one of which it is about.
        batches: ids, with one of which its image was uploaded.
        message_ids: one of which it has.
    """

    services: Collection[str] = SERVICES
    errors: Collection[str] = ()
    globs: Collection[str] = ()
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    min_replays: int | None = None
    max_replays: int | None = None
    names: Collection[str] = ()
    images: Collection[str] = ()
    batches: Collection[str] = ()
    message_ids: Collection[str] = ()

    def takes(self, entry: ReceivedMessage, now: datetime) -> bool:
        """Whether a message is one of those."""
        age = now - entry.sent_at
        return (
            entry.service in self.services
            and (not self.errors or entry.error in self.errors)
            and (not self.globs or any(fnmatchcase(key, glob) for key in entry.keys for glob in self.globs))
            and (self.older_than is None or age >= self.older_than)
            and (self.newer_than is None or age < self.newer_than)
            and (self.min_replays is None or entry.replays >= self.min_replays)
            and (self.max_replays is None or entry.replays <= self.max_replays)
            and (not self.names or not names_of(entry).isdisjoint(self.names))
            and (not self.images or not set(entry.images).isdisjoint(self.images))
            and (not self.batches or entry.batch in self.batches)
            and (not self.message_ids or entry.message_id in self.message_ids)
        )


def names_of(entry: ReceivedMessage) -> frozenset[str]:
    """What a message may be called by: its message id, and its images' ids and keys."""
    return frozenset({entry.message_id, *entry.images, *entry.keys})


@dataclass(kw_only=True)
class Chooser:
    """Takes messages of a selection until there are enough.

    Args:
        selection: what they are like.
        limit: how many; None for all.
        now: from which ages are counted.
        batched: gives messages that name no batch with the batch of their image; asked only where batches are selected.
    """

    selection: Selection
    limit: int | None
    now: datetime
    batched: Callable[[Sequence[ReceivedMessage]], Sequence[ReceivedMessage]] = lambda entries: entries
    taken: int = field(default=0, init=False)
    looked: int = field(default=0, init=False)  # messages that it was given to choose from

    @property
    def full(self) -> bool:
        """Whether there are enough."""
        return self.limit is not None and self.taken >= self.limit

    def choose(self, entries: Sequence[ReceivedMessage]) -> list[ReceivedMessage]:
        """Those of some messages that are taken."""
        self.looked += len(entries)
        if self.selection.batches:
            entries = self.batched(entries)
        fitting = [entry for entry in entries if self.selection.takes(entry, self.now)]
        chosen = fitting if self.limit is None else fitting[: self.limit - self.taken]
        self.taken += len(chosen)
        return chosen
