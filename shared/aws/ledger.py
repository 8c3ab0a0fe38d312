"""The ledger on DynamoDB: one row per image, which only ever moves forward."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from shared import batches, ledger_index
from shared.aws.refusals import translated
from shared.backfilled import SENDING_AT, SENT_AT
from shared.errors import PreconditionFailed
from shared.messages import Source, UploadBatch
from shared.ports import LedgerEntry, Recorded
from shared.progress import RANKS, Outcome, Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


# The attributes that say how far an image has come.
_PROGRESS: Final = ("service", "outcome", "replays", "batch", "notifier", "error", "reason")


class DynamoLedger:
    """The table of outcomes, by (source, image_id); source is "bucket/key", so a key's versions lie together.

    Args:
        client: of DynamoDB.
        table: the ledger.
        days: that a row is kept after its last write; None for ever.
    """

    def __init__(self, client: "DynamoDBClient", table: str, days: int | None = None) -> None:
        self._client = client
        self._table = table
        self._days = days

    def record(self, entry: LedgerEntry) -> Recorded | None:
        """Write a service's entry; see shared.ports.Ledger."""
        values = row(entry) | ledger_index.expiry(entry.at, self._days)
        assignments = ", ".join(f"#{name} = :{name}" for name in values)
        gone = [SENDING_AT, SENT_AT]  # from now on the row itself says how far the image is
        if ledger_index.FAILED_SHARD not in values:
            gone.append(ledger_index.FAILED_SHARD)
        if entry.notifier is None:
            gone.append("notifier")
        condition = "(attribute_not_exists(#rank) OR #rank <= :rank)"
        if entry.notifier is not None and not entry.takes_over:
            condition += (
                " AND (attribute_not_exists(#notifier) OR #notifier = :notifier OR #outcome <> :outcome"
                " OR #service <> :service OR #replays < :replays)"
            )
        try:
            with translated(f"recording {entry.source.key} in {self._table}"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=_key(entry.source),
                    UpdateExpression=f"SET {assignments} REMOVE {', '.join(gone)}",
                    ConditionExpression=condition,
                    ExpressionAttributeNames={f"#{name}": name for name in values},
                    ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                    # The uploader of a batch writes it into the rows: once there is an outcome, it is read.
                    ReturnValues="NONE" if entry.outcome is None else "ALL_NEW",
                )
        except PreconditionFailed:
            return None
        return Recorded(batch=batch_of(answer.get("Attributes", {})))

    def attempt(self, source: Source, service: str, *, number: int, most: int, at: str) -> None:
        """Note that a service works on an image again; see shared.ports.Ledger."""
        values = {
            "updated_at": {"S": at},
            "attempt_service": {"S": service},
            "attempt": {"N": str(number)},
            "attempts": {"N": str(most)},
        }
        # A row begins as that of an uploaded image where there is none.
        facts = {name: value for name, value in _facts(source).items() if name != "sequencer"}
        first = {**facts, "service": {"S": "uploaded"}}
        assignments = [f"#{name} = if_not_exists(#{name}, :{name})" for name in first if name not in values]
        assignments += [f"#{name} = :{name}" for name in values]
        both = {**first, **values, "rank": {"N": str(RANKS[service])}}
        with suppress(PreconditionFailed), translated(f"noting an attempt of {source.key} in {self._table}"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(source),
                UpdateExpression="SET " + ", ".join(assignments),
                ConditionExpression="attribute_not_exists(#rank) OR #rank < :rank",
                ExpressionAttributeNames={f"#{name}": name for name in both},
                ExpressionAttributeValues={f":{name}": value for name, value in both.items()},
            )

    def progress(self, source: Source) -> Progress | None:
        """How far an image has come; see shared.ports.Ledger."""
        with translated(f"looking up {source.key} in {self._table}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=_key(source),
                ConsistentRead=True,
                ProjectionExpression=", ".join(f"#{name}" for name in _PROGRESS),
                ExpressionAttributeNames={f"#{name}": name for name in _PROGRESS},
            )
        item = answer.get("Item")
        if not item:
            return None
        outcome: Outcome | None = item.get("outcome", {}).get("S")  # type: ignore[assignment]  # written by record alone
        return Progress(
            service=item["service"]["S"],
            outcome=outcome,
            replays=int(item.get("replays", {}).get("N", "0")),
            batch=batch_of(item),
            notifier=item.get("notifier", {}).get("S"),
            error=item.get("error", {}).get("S"),
            reason=item.get("reason", {}).get("S"),
        )

    def join(self, source: Source, batch: UploadBatch) -> dict[str, Any]:
        """Record with which batch an image was uploaded; returns its row as it is then, in DynamoDB's form.

        Args:
            source: the image, as the uploader knows it; what is in the row already stays.
            batch: the image's place in its batch.
        """
        values = {name: value for name, value in _facts(source).items() if name != "sequencer"}
        values |= {"service": {"S": "uploaded"}, "updated_at": values["uploaded_at"]}
        values |= ledger_index.of_batch(batch) | ledger_index.expiry(source.uploaded_at, self._days)
        names = {f"#{name}": name for name in (*values, "batch")}
        assignments = [f"#{name} = if_not_exists(#{name}, :{name})" for name in values]
        with translated(f"writing down the batch of {source.key} in {self._table}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(source),
                UpdateExpression="SET " + ", ".join([*assignments, "#batch = :batch"]),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in values.items()},
                    ":batch": {"S": batches.written(batch)},
                },
                ReturnValues="ALL_NEW",
            )
        return dict(answer["Attributes"])


def batch_of(item: Mapping[str, Any]) -> UploadBatch | None:
    """The batch that a row names; None where it names none."""
    text = item.get("batch", {}).get("S")
    return batches.read(text) if text else None


def row(entry: LedgerEntry) -> dict[str, Any]:
    """The attributes that an entry sets, in DynamoDB's form."""
    values: dict[str, Any] = {
        "rank": {"N": str(RANKS[entry.outcome or entry.service])},
        **_facts(entry.source),
        "updated_at": {"S": entry.at},
        "service": {"S": entry.service},
        f"{entry.service}_at": {"S": entry.at},
        f"{entry.service}_seconds": {"N": f"{entry.seconds:.3f}"},
        "replays": {"N": str(entry.replays)},
    }
    if entry.source.batch is not None:
        values["batch"] = {"S": batches.written(entry.source.batch)}
        values |= ledger_index.of_batch(entry.source.batch)
    if entry.outcome is not None:
        values["outcome"] = {"S": entry.outcome}
        if entry.outcome == "failed":
            values |= ledger_index.of_failed(entry.source.image_id)
        # A replay that succeeds leaves nothing of the failure before it.
        values["error"] = {"S": entry.error} if entry.error else {"NULL": True}
        values["reason"] = {"S": entry.reason} if entry.reason else {"NULL": True}
        values["outputs"] = {"L": [{"S": key} for key in entry.outputs]}
        values["placeholder"] = {"S": entry.placeholder} if entry.placeholder else {"NULL": True}
        values["warnings"] = {"L": [{"S": warning} for warning in entry.warnings]}
    if entry.notifier is not None:
        values["notifier"] = {"S": entry.notifier}
    return values


def _facts(source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {
        "bucket": {"S": source.bucket},
        "key": {"S": source.key},
        "size_bytes": {"N": str(source.size_bytes)},
        "uploaded_at": {"S": source.uploaded_at},
        **ledger_index.of_image(source.image_id),
    }
    if source.version_id is not None:
        values["version_id"] = {"S": source.version_id}
    if source.sequencer is not None:
        values["sequencer"] = {"S": source.sequencer}
    return values


def _key(source: Source) -> dict[str, Any]:
    return {"source": {"S": f"{source.bucket}/{source.key}"}, "image_id": {"S": source.image_id}}
