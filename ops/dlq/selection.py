"""Which letters a command is about: by service, error, key, age, replays and batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from ops.dlq.letters import Letter
from ops.names import SERVICES


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a letter must be like; what is not said is not asked.

    Args:
        services: in whose dead-letter queues.
        errors: classes, one of which it has.
        globs: patterns, one of which one of its keys fits, capitals and all; * takes slashes too.
        older_than: its least age.
        newer_than: its age is less.
        min_replays: how often it came back, at the least.
        max_replays: how often it came back, at the most.
        names: message ids, image ids and keys, one of which is its.
        images: image ids, one of which it is about.
        batches: ids, with one of which its image was dropped.
    """

    services: tuple[str, ...] = SERVICES
    errors: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    min_replays: int | None = None
    max_replays: int | None = None
    names: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()

    def takes(self, letter: Letter, now: datetime) -> bool:
        """Whether a letter is one of those."""
        age = now - letter.sent_at
        return (
            letter.service in self.services
            and (not self.errors or letter.error in self.errors)
            and (not self.globs or any(fnmatchcase(key, glob) for key in letter.keys for glob in self.globs))
            and (self.older_than is None or age >= self.older_than)
            and (self.newer_than is None or age < self.newer_than)
            and (self.min_replays is None or letter.replays >= self.min_replays)
            and (self.max_replays is None or letter.replays <= self.max_replays)
            and (not self.names or not self.names.isdisjoint(names_of(letter)))
            and (not self.images or not self.images.isdisjoint(letter.images))
            and (not self.batches or letter.batch in self.batches)
        )


def names_of(letter: Letter) -> frozenset[str]:
    """What a letter may be called by: its message id, and its images' ids and keys."""
    return frozenset({letter.message_id, *letter.images, *letter.keys})


@dataclass(kw_only=True)
class Chooser:
    """Takes letters of a selection until there are enough.

    Args:
        selection: what they are like.
        limit: how many; None for all.
        now: from which ages are counted.
        batched: gives letters that name no batch with the batch of their image; asked only where batches are selected.
    """

    selection: Selection
    limit: int | None
    now: datetime
    batched: Callable[[Sequence[Letter]], Sequence[Letter]] = lambda letters: letters
    taken: int = field(default=0, init=False)

    @property
    def full(self) -> bool:
        """Whether there are enough."""
        return self.limit is not None and self.taken >= self.limit

    def choose(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those of some letters that are taken."""
        if self.selection.batches:
            letters = self.batched(letters)
        fitting = [letter for letter in letters if self.selection.takes(letter, self.now)]
        chosen = fitting if self.limit is None else fitting[: self.limit - self.taken]
        self.taken += len(chosen)
        return chosen
