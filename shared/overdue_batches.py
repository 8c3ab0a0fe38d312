"""Upload batches whose last images never come: looked at from time to time, and reported when nothing happens."""

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final, Protocol

from aws_lambda_powertools import Logger

from shared import wire
from shared.digests import Digests, digest
from shared.dlq_messages import iso
from shared.errors import PipelineError
from shared.light_dataclass import dataclass
from shared.messages import MAX_DELAY_SECONDS, BatchDue, UploadBatch
from shared.notifications import BatchEnded
from shared.upload_batches import BatchResult

# A digest lists this many keys of each kind, and as many ranges of numbers.
MAX_LISTED: Final = 20

# Who holds the lease while a batch is reported as overdue: no member has this number.
NO_MEMBER: Final = -1


@dataclass(frozen=True, kw_only=True)
class BatchState:
    """A batch in the ledger.

    Args:
        over: whether it was reported, as ended or as overdue, or is not there.
        active_at: when the last image came or had its outcome, in seconds since 1970; else when the upload began.
        counted: numbers of the members that have an outcome.
        claimed: numbers of the members that came into the bucket.
        keys: by their numbers, as far as the uploader recorded them.
    """

    over: bool
    active_at: float = 0.0
    counted: AbstractSet[int] = frozenset()
    claimed: AbstractSet[int] = frozenset()
    keys: Mapping[int, str] = field(default_factory=dict)


class OverdueBatches(Protocol):
    """What the ledger keeps of batches that have not ended."""

    def state(self, batch: UploadBatch) -> BatchState:
        """All that is known of a batch.

        Raises:
            TransientError: the ledger cannot answer now.
        """

    def overdue(self, batch: UploadBatch, at: str) -> None:
        """Record that subscribers were notified that a batch is overdue.

        Raises:
            TransientError: the ledger cannot take it now.
        """


class Reader(Protocol):
    """What takes the messages about batches."""

    def looked_at(self, body: str) -> bool:
        """Whether a message is done with; one that is not must come back."""


@dataclass(frozen=True, kw_only=True)
class PassedOn:
    """Lets store look at batches: a service before it passes on what it is sent about them.

    Args:
        later: sends a body to the next service after this many seconds.
        log: the logger.
    """

    later: Callable[[str, int], None]
    log: Logger

    def looked_at(self, body: str) -> bool:
        """Whether a message is passed on; one that is not must come back."""
        try:
            self.later(body, 0)
        except PipelineError as error:
            self.log.warning("could not pass on a batch", extra={"because": str(error)})
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class OverdueReports:
    """Looks at batches when their message says so, and reports those to which nothing happens any more.

    Args:
        kept: the batches in the ledger.
        digests: reports batches that ended.
        later: sends a body to this service again, after this many seconds.
        log: the logger.
    """

    kept: OverdueBatches
    digests: Digests
    later: Callable[[str, int], None]
    log: Logger

    def looked_at(self, body: str) -> bool:
        """Whether a message is done with; one that is not must come back."""
        try:
            self.look(BatchDue.decode(body))
        except PipelineError as error:
            self.log.warning("could not look at a batch", extra={"because": str(error)})
            return False
        return True

    def look(self, due: BatchDue) -> None:
        """Report a batch to which nothing happened for its time-out; else look again later.

        What is reported is what there is by then. If the batch ends after all, its digest follows.

        Raises:
            TransientError: it is not certain that it is reported, or will be looked at again.
        """
        state, now = self.kept.state(due.batch), self.digests.now()
        if state.over:
            return
        left = math.ceil(state.active_at + due.timeout_seconds - now.timestamp())
        if left > 0:
            self.later(due.encode(), min(left, MAX_DELAY_SECONDS))
            return
        place = replace(due.batch, number=NO_MEMBER)
        if len(state.counted) == place.size:
            # The function that counted the last member died, and no other could report it.
            self.digests.report(place)
            return
        result = self.digests.upload_batches.lease(place)
        if result is None:
            return
        # Again, since something may have come in before the lease.
        state = self.kept.state(due.batch)
        self.digests.notices.publish(overdue_digest(due, result, state, now))
        self.kept.overdue(place, iso(now))
        self.log.info("overdue", extra={"batch": place.id})


def handled(
    event: Mapping[str, Any],
    others: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    reader: Callable[[], Reader],
) -> Mapping[str, Any]:
    """Take what is about batches out of an SQS event, and let others have the rest.

    Args:
        event: Lambda's SQS event.
        others: works on the event without those messages; returns the answer to Lambda.
        reader: makes what takes those, for the first such message.

    Returns:
        The answer to Lambda: which messages must come back.
    """
    records = event.get("Records") if isinstance(event, Mapping) else None
    due = [each for each in records if _is_due(each)] if isinstance(records, list) else []
    if not due or records is None:
        return others(event)
    rest = [each for each in records if each not in due]
    failures = list(others({**event, "Records": rest})["batchItemFailures"]) if rest else []
    looking = reader()
    failures += [{"itemIdentifier": each["messageId"]} for each in due if not looking.looked_at(each["body"])]
    return {"batchItemFailures": failures}


def overdue_digest(due: BatchDue, result: BatchResult, state: BatchState, now: datetime) -> BatchEnded:
    """What subscribers are notified of a batch that has not ended.

    Args:
        due: the message.
        result: the outcomes by now.
        state: the batch in the ledger.
        now: the time.
    """
    pending = sorted(state.claimed - state.counted)
    missing = sorted(set(range(due.batch.size)) - state.claimed - state.counted)
    ended = digest(due.batch, result, now)
    return replace(
        ended,
        notice_id=f"{due.batch.id}-overdue",
        missing=ended.missing + len(missing),
        pending=len(pending),
        missing_keys=tuple(state.keys[number] for number in missing if number in state.keys)[:MAX_LISTED],
        missing_numbers=ranges(missing)[:MAX_LISTED],
        pending_keys=tuple(state.keys[number] for number in pending if number in state.keys)[:MAX_LISTED],
        timeout_seconds=due.timeout_seconds,
    )


def ranges(numbers: list[int]) -> tuple[str, ...]:
    """Numbers in few words: "3", "17-20".

    Args:
        numbers: in their order.
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _is_due(record: object) -> bool:
    """Whether an SQS message is about a batch; what cannot be read is not."""
    try:
        return wire.loads(record["body"]).get("type") == BatchDue.TYPE  # type: ignore[index]
    except (PipelineError, KeyError, TypeError):
        return False
