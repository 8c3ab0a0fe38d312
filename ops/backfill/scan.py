"""Which objects of the input bucket the pipeline does not know: those are to be sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from ops.backfill.present_objects import Present, pages
from ops.ledger import Row
from ops.stack import Stack

_LEDGER_KEYS: Final = 100

# What becomes of an object, in the order in which it is reported.
SEND: Final = "to send"
DONE: Final = "done already"
UNDER_WAY: Final = "on their way"
FAILED: Final = "failed before"
ARCHIVED: Final = "in an archive"
KINDS: Final = (SEND, DONE, UNDER_WAY, FAILED, ARCHIVED)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which objects a command is about.

    Args:
        prefix: of their keys; empty for all.
        since: they were put then or later; None for all.
        most: this many are sent at most; None for all.
        failed: those that failed before are sent, too.
    """

    prefix: str
    since: datetime | None = None
    most: int | None = None
    failed: bool = False


@dataclass(kw_only=True)
class Tally:
    """How many objects there are of each kind.

    Args:
        counts: by kind.
        size_bytes: of those that are to be sent.
        full: whether there are more than the command is for.
    """

    counts: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    full: bool = False


def scan(stack: Stack, scope: Scope, tally: Tally, *, after: str = "") -> Iterator[list[Present]]:
    """The objects that are to be sent, at most a hundred at a time, in the order of keys; counts all as it goes.

    Args:
        stack: whose input bucket and ledger.
        scope: which objects.
        tally: counts them.
        after: the key after which to begin.
    """
    for page in pages(stack.s3, stack.names.input_bucket, scope.prefix, after=after):
        for some in _some(each for each in page if _is_meant(each, scope)):
            rows = stack.ledger.of_images([(each.bucket, each.key, each.image_id) for each in some])
            chosen = []
            for each in some:
                kind = _kind(each, rows.get(each.image_id), scope)
                if kind == SEND and tally.counts[SEND] == scope.most:
                    tally.full = True
                    break
                tally.counts[kind] += 1
                if kind == SEND:
                    tally.size_bytes += each.size_bytes
                    chosen.append(each)
            if chosen:
                yield chosen
            if tally.full:
                return


def _is_meant(present: Present, scope: Scope) -> bool:
    return not present.is_folder and (scope.since is None or present.modified >= scope.since)


def _kind(present: Present, row: Row | None, scope: Scope) -> str:
    kind = _kind_of_row(row, scope)
    return ARCHIVED if kind == SEND and present.archived else kind


def _kind_of_row(row: Row | None, scope: Scope) -> str:
    # What the ledger calls vanished is there again: its delete marker was deleted.
    if row is None or row.outcome == "vanished":
        return SEND
    if row.outcome == "failed":
        return SEND if scope.failed else FAILED
    return UNDER_WAY if row.outcome is None else DONE


def _some(found: Iterable[Present]) -> Iterator[list[Present]]:
    iterator = iter(found)
    while some := list(islice(iterator, _LEDGER_KEYS)):
        yield some
