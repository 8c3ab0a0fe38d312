"""Which objects of the input bucket the pipeline does not know: those are to be sent."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ops.aws.buckets import keeps_versions
from ops.aws.ledger import Row
from ops.aws.queues import chunks
from ops.backfill.kinds import ARCHIVED, SEND, Scope, Tally
from ops.backfill.present_objects import Present, pages
from ops.stack import Stack
from shared.messages import NULL_VERSION

_LEDGER_KEYS: Final = 100
# Requests at a time, where each object needs one of its own.
_LOOKS: Final = 16


def scan(stack: Stack, scope: Scope, tally: Tally, *, after: str = "") -> Iterator[list[Present]]:
    """The objects that are to be sent, at most a hundred at a time, in the order of keys; counts all as it goes."""
    bucket = stack.names.input_bucket
    versioned = keeps_versions(stack.s3, bucket)
    with ThreadPoolExecutor(_LOOKS) as looks:
        for page in pages(stack.s3, bucket, scope.prefix, versioned=versioned, after=after):
            for some in chunks((each for each in page if _is_meant(each, scope)), _LEDGER_KEYS):
                chosen = []
                for each, row in zip(some, _rows(stack, some, looks), strict=True):
                    if tally.takes(_kind(each, row, scope), each.size_bytes, scope.most):
                        chosen.append(each)
                    elif tally.full:
                        break
                if chosen:
                    yield chosen
                if tally.full:
                    return


def _rows(stack: Stack, some: Sequence[Present], looks: ThreadPoolExecutor) -> list[Row | None]:
    """The row of each object; None where the ledger has none."""
    rows = stack.ledger.of_images([(each.bucket, each.key, each.image_id) for each in some if each.version_id])

    def found(present: Present) -> Row | None:
        if present.image_id in rows or present.version_id not in {None, NULL_VERSION}:
            return rows.get(present.image_id)
        # Nothing but the rows of the key says which upload this is. One that came while the bucket kept no versions has
        # a row without one, though it is "null" by now.
        known = stack.ledger_pages.versions(present.bucket, present.key).rows
        return next(filter(present.is_of, known), None)

    return list(looks.map(found, some))


def _is_meant(present: Present, scope: Scope) -> bool:
    return not present.is_folder and (scope.since is None or present.modified >= scope.since)


def _kind(present: Present, row: Row | None, scope: Scope) -> str:
    kind = scope.kind_of(row)
    return ARCHIVED if kind == SEND and present.archived else kind
