"""What backfills have sent, as the ledger's rows say it: written before a message goes, so that two runs never send it.

A run first claims an image, then sends it, then records that it was sent. A run that is killed leaves some claims, and
these end after minutes. What was sent waits for as long as SQS keeps messages, or until a service records something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.aws.ledger import Condition, LedgerTable, Row
from ops.names import SERVICES
from shared import ledger_index
from shared.backfilled import SENDING_AT, SENT_AT
from shared.dlq_messages import iso
from shared.messages import Source

# From a claim to the record that its message was sent: a request that the AWS SDK tries again takes a minute.
CLAIM: Final = timedelta(minutes=5)

# A claim that is over already.
_RELEASED: Final = iso(datetime.fromtimestamp(0, UTC))

# What a row no longer says once its image begins again.
_BEGUN: Final = (
    *("rank", "outcome", "error", "reason", "outputs", "placeholder", "warnings", ledger_index.FAILED_SHARD),
    *("attempt_service", "attempt", "attempts", "notifier"),
    *(f"{service}_{what}" for service in SERVICES for what in ("at", "seconds")),
)


def is_waiting(row: Row, now: datetime, kept: timedelta) -> bool:
    """Whether a backfill has sent an image, or is about to, and its message may be alive: SQS keeps it for `kept`."""
    return _is_after(row.sending_at, now - CLAIM) or _is_after(row.sent_at, now - kept)


def _is_after(moment: str | None, limit: datetime) -> bool:
    return moment is not None and datetime.fromisoformat(moment) > limit


@dataclass(frozen=True, kw_only=True)
class SentRecords:
    """The records of what was sent, in the rows of the ledger.

    Args:
        ledger: whose rows.
        days: that a row is kept after its last write.
    """

    ledger: LedgerTable
    days: int

    def claim(self, source: Source, seen: Row | None, at: str) -> bool:
        """Let no other run send an image; False where its row is not as it was seen.

        The row of an image that begins again says no more how far it came, or a service would take it for done. That of
        a failed one stays as it is, if subscribers know of it.

        Args:
            source: the image.
            seen: its row; None for none.
            at: when, ISO 8601 in UTC.
        """
        values: dict[str, Any] = {SENDING_AT: {"S": at}}
        gone: tuple[str, ...] = ()
        if seen is None:
            values |= _first(source, at) | ledger_index.expiry(at, self.days)
            return self.ledger.write_if(source, values, gone, Condition("attribute_not_exists(#source)", ("source",)))
        if seen.outcome != "failed" or seen.unnotified:
            values |= {"service": {"S": "uploaded"}, "updated_at": {"S": at}}
            gone = (*_BEGUN, SENT_AT)
        conditions, bound = ["#updated_at = :seen_updated_at"], {":seen_updated_at": {"S": seen.updated_at}}
        for name, value in (("outcome", seen.outcome), (SENDING_AT, seen.sending_at), (SENT_AT, seen.sent_at)):
            if value is None:
                conditions.append(f"attribute_not_exists(#{name})")
            else:
                conditions.append(f"#{name} = :seen_{name}")
                bound[f":seen_{name}"] = {"S": value}
        named = ("updated_at", "outcome", SENDING_AT, SENT_AT)
        return self.ledger.write_if(source, values, gone, Condition(" AND ".join(conditions), named, bound))

    def confirm(self, source: Source, at: str) -> None:
        """Record that what was claimed at a time was sent; nothing where a service has it already."""
        self._end(source, at, {SENT_AT: {"S": at}}, (SENDING_AT,))

    def release(self, source: Source, at: str) -> None:
        """End the claim of an image that could not be sent; see confirm."""
        self._end(source, at, {SENDING_AT: {"S": _RELEASED}}, ())

    def _end(self, source: Source, at: str, values: Mapping[str, Any], gone: tuple[str, ...]) -> None:
        claimed = Condition(f"#{SENDING_AT} = :claimed", (SENDING_AT,), {":claimed": {"S": at}})
        self.ledger.write_if(source, values, gone, claimed)


def _first(source: Source, at: str) -> dict[str, Any]:
    """What the row of an image says that no service has begun, as shared.aws.ledger writes it."""
    values: dict[str, Any] = {
        "bucket": {"S": source.bucket},
        "key": {"S": source.key},
        "size_bytes": {"N": str(source.size_bytes)},
        "uploaded_at": {"S": source.uploaded_at},
        "updated_at": {"S": at},
        "service": {"S": "uploaded"},
        **ledger_index.of_image(source.image_id),
    }
    texts = {"version_id": source.version_id, "sequencer": source.sequencer}
    return values | {name: {"S": text} for name, text in texts.items() if text is not None}
