"""Which objects of the input bucket the pipeline does not know: those are to be sent."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from ops.aws.ledger import Row
from ops.backfill.kinds import ARCHIVED, SEND, Scope, Tally
from ops.backfill.present_objects import Present, pages
from ops.stack import Stack

_LEDGER_KEYS: Final = 100


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
                if tally.takes(_kind(each, rows.get(each.image_id), scope), each.size_bytes, scope.most):
                    chosen.append(each)
                elif tally.full:
                    break
            if chosen:
                yield chosen
            if tally.full:
                return


def _is_meant(present: Present, scope: Scope) -> bool:
    return not present.is_folder and (scope.since is None or present.modified >= scope.since)


def _kind(present: Present, row: Row | None, scope: Scope) -> str:
    kind = scope.kind_of(row)
    return ARCHIVED if kind == SEND and present.archived else kind


def _some(found: Iterable[Present]) -> Iterator[list[Present]]:
    iterator = iter(found)
    while some := list(islice(iterator, _LEDGER_KEYS)):
        yield some
