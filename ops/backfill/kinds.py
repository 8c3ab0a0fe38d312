"""What becomes of an image that a backfill looks at, by its row of the ledger."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ops.aws.ledger import Row
from ops.backfill.sent import is_waiting

SEND: Final = "to send"
DONE: Final = "done already"
UNDER_WAY: Final = "on their way"
WAITING: Final = "sent before, and waiting"
FAILED: Final = "failed before"
ARCHIVED: Final = "in an archive"
DELETED: Final = "deleted since"
REPLACED: Final = "replaced since"

# In the order in which they are reported.
KINDS: Final = (SEND, DONE, UNDER_WAY, WAITING, FAILED, ARCHIVED)
STUCK_KINDS: Final = (SEND, UNDER_WAY, WAITING, DELETED, REPLACED, ARCHIVED)

KindOf = Callable[[Row | None], str]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which objects a command is about.

    Args:
        prefix: of their keys; empty for all.
        since: they were put then or later; None for all.
        most: this many are sent at most; None for all.
        failed: those that failed before are sent, too.
        kept: how long SQS keeps a message.
        now: the time.
    """

    prefix: str
    since: datetime | None = None
    most: int | None = None
    failed: bool = False
    kept: timedelta
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def kind_of(self, row: Row | None) -> str:
        """What becomes of an image that is in the bucket."""
        # What the ledger calls vanished is there again: its delete marker was deleted.
        if row is None or row.outcome == "vanished":
            return SEND
        if row.outcome == "failed" and not self.failed:
            return FAILED
        if row.outcome not in {"failed", None}:
            return DONE
        if is_waiting(row, self.now, self.kept):
            return WAITING
        # What a backfill sent, or a service touched, before SQS forgot its message is not on its way any more.
        recorded = row.sending_at is not None or row.sent_at is not None
        idle = self.now - datetime.fromisoformat(row.updated_at)
        return SEND if recorded or row.outcome == "failed" or idle >= self.kept else UNDER_WAY


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

    def takes(self, kind: str, size_bytes: int, most: int | None) -> bool:
        """Count an object, unless it is one more than are sent at most; whether it is to be sent."""
        if kind == SEND and self.counts[SEND] == most:
            self.full = True
            return False
        self.counts[kind] += 1
        self.size_bytes += size_bytes if kind == SEND else 0
        return kind == SEND
