"""Which images are stuck: the ledger says that they are on their way, and no message of them can be alive."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ops.aws.buckets import keeps_versions
from ops.aws.ledger import Row
from ops.aws.queues import depth_of
from ops.backfill.kinds import ARCHIVED, DELETED, REPLACED, SEND, UNDER_WAY, WAITING, Scope, Tally
from ops.backfill.present_objects import Present, latest
from ops.backfill.sent import is_waiting
from ops.names import NEXT, SERVICES
from ops.stack import Stack

_LOOKS: Final = 16

# From the last that the ledger knows of an image until its message is in the next queue and counted there: a function
# takes 15 minutes at most, and SQS's counts settle within one.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SETTLED: Final = timedelta(minutes=16)

# The counts of SQS are approximate: a queue is empty only where all of these are 0.
_COUNTS: Final = 3


@dataclass(frozen=True, kw_only=True)
class StuckRule:
    """Decides which rows are of stuck images.

    SQS forgets a message after `kept`. Before that, one is alive only in a queue that has any: one that was purged, or
    whose messages were lost, has none.

    Args:
        scope: which images.
        empty: the services whose queues have no message.
        after: age from which an image that no service has touched is stuck, whatever is in the queues; None for none.
    """

    scope: Scope
    empty: frozenset[str]
    after: timedelta | None = None

    def kind_of(self, row: Row | None) -> str:
        """What becomes of an image that has no outcome, or of whose outcome nobody may have been notified."""
        if row is None:
            return SEND
        if row.outcome is not None and not row.unnotified:
            return UNDER_WAY
        idle = self.scope.now - datetime.fromisoformat(row.updated_at)
        # The message that is to notify comes back to the service that recorded the outcome.
        where = NEXT.get(row.service, row.service) if row.outcome is None else row.service
        lost = where in self.empty and idle >= SETTLED
        if lost or idle >= min(self.scope.kept, self.after or self.scope.kept):
            return SEND
        return WAITING if is_waiting(row, self.scope.now, self.scope.kept) else UNDER_WAY


def empty_queues(stack: Stack) -> frozenset[str]:
    """The services whose queues have no message, neither waiting nor at work nor delayed."""
    urls = {service: stack.queue_url(stack.names.queue(service)) for service in SERVICES}
    return frozenset(
        service for service, url in urls.items() if not any(depth_of(stack.sqs, url).messages for _ in range(_COUNTS))
    )


@dataclass(kw_only=True)
class StuckImages:
    """The stuck images, each as its bucket has it now.

    Args:
        stack: whose.
        stuck_rule: says which.
        tally: counts them.
    """

    stack: Stack
    stuck_rule: StuckRule
    tally: Tally
    deleted: list[str] = field(default_factory=list, init=False)
    _versioned: bool = field(init=False)

    def __post_init__(self) -> None:
        self._versioned = keeps_versions(self.stack.s3, self.stack.names.input_bucket)

    def scan(self) -> Iterator[list[Present]]:
        """The objects that are to be sent, some at a time; counts all as it goes."""
        scope = self.stuck_rule.scope
        with ThreadPoolExecutor(_LOOKS) as pool:
            for rows in self.stack.ledger.unfinished(self.stack.names.input_bucket, scope.prefix):
                meant = [row for row in rows if _is_meant(row, scope)]
                kinds = [self.stuck_rule.kind_of(row) for row in meant]
                still = [row for row, kind in zip(meant, kinds, strict=True) if kind == SEND]
                self.tally.counts.update(kind for kind in kinds if kind != SEND)
                chosen = []
                there = list(pool.map(self._latest, still))
                known = self._known(still, there)
                for row, present in zip(still, there, strict=True):
                    kind = _present_kind(row, present, known)
                    if present is not None and self.tally.takes(kind, present.size_bytes, scope.most):
                        chosen.append(present)
                    elif self.tally.full:
                        break
                    elif present is None:
                        self.tally.counts[kind] += 1
                        self.deleted.append(row.key)
                if chosen:
                    yield chosen
                if self.tally.full:
                    return

    def _known(self, still: Sequence[Row], there: Sequence[Present | None]) -> Collection[str]:
        """The ids of those images that took the place of others, and of which the ledger knows."""
        wanted = {
            (present.bucket, present.key, present.image_id)
            for row, present in zip(still, there, strict=True)
            if present is not None and not present.is_of(row)
        }
        return self.stack.ledger.of_images(sorted(wanted)) if wanted else {}

    def _latest(self, row: Row) -> Present | None:
        return latest(self.stack.s3, row.bucket, row.key, versioned=self._versioned)


def _is_meant(row: Row, scope: Scope) -> bool:
    return scope.since is None or datetime.fromisoformat(row.uploaded_at) >= scope.since


def _present_kind(row: Row, present: Present | None, known: Collection[str]) -> str:
    if present is None:
        return DELETED
    # A version that took its place, and that the ledger does not know, has met the same fate.
    if not present.is_of(row) and present.image_id in known:
        return REPLACED
    return ARCHIVED if present.archived else SEND
