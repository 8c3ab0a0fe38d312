"""The ledger on DynamoDB: one row an image, which only ever moves forward."""

from typing import TYPE_CHECKING, Any

from shared.aws.clients import translated
from shared.errors import PreconditionFailed
from shared.messages import Source
from shared.ports import LedgerEntry
from shared.progress import RANKS, Outcome, Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLedger:
    """The table of outcomes, by (source, image_id); source is "bucket/key", so a key's versions lie together."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def record(self, entry: LedgerEntry) -> bool:
        """Write a stage's entry; see shared.ports.Ledger."""
        values = row(entry)
        names = {f"#{index}": name for index, name in enumerate(values)}
        assignments = ", ".join(f"#{index} = :{index}" for index in range(len(values)))
        try:
            with translated(f"recording {entry.source.key} in {self._table}"):
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(entry.source),
                    UpdateExpression=f"SET {assignments}",
                    ConditionExpression="attribute_not_exists(#rank) OR #rank <= :rank",
                    ExpressionAttributeNames={**names, "#rank": "rank"},
                    ExpressionAttributeValues={
                        **{f":{index}": value for index, value in enumerate(values.values())},
                        ":rank": values["rank"],
                    },
                )
        except PreconditionFailed:
            return False
        return True

    def progress(self, source: Source) -> Progress | None:
        """How far an image has come; see shared.ports.Ledger."""
        with translated(f"looking up {source.key} in {self._table}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=_key(source),
                ConsistentRead=True,
                ProjectionExpression="#stage, #outcome, replays",
                ExpressionAttributeNames={"#stage": "stage", "#outcome": "outcome"},
            )
        item = answer.get("Item")
        if not item:
            return None
        outcome: Outcome | None = item.get("outcome", {}).get("S")  # type: ignore[assignment]  # written by record alone
        return Progress(stage=item["stage"]["S"], outcome=outcome, replays=int(item.get("replays", {}).get("N", "0")))


def row(entry: LedgerEntry) -> dict[str, Any]:
    """The attributes that an entry sets, in DynamoDB's form."""
    source = entry.source
    values: dict[str, Any] = {
        "rank": {"N": str(RANKS[entry.outcome or entry.stage])},
        "bucket": {"S": source.bucket},
        "key": {"S": source.key},
        "size_bytes": {"N": str(source.size_bytes)},
        "dropped_at": {"S": source.dropped_at},
        "updated_at": {"S": entry.at},
        "stage": {"S": entry.stage},
        f"{entry.stage}_at": {"S": entry.at},
        f"{entry.stage}_seconds": {"N": f"{entry.seconds:.3f}"},
        "replays": {"N": str(entry.replays)},
    }
    if source.version_id is not None:
        values["version_id"] = {"S": source.version_id}
    if source.sequencer is not None:
        values["sequencer"] = {"S": source.sequencer}
    if entry.outcome is not None:
        values["outcome"] = {"S": entry.outcome}
        # A replay that succeeds leaves nothing of the failure before it.
        values["error"] = {"S": entry.error} if entry.error else {"NULL": True}
        values["reason"] = {"S": entry.reason} if entry.reason else {"NULL": True}
        values["outputs"] = {"L": [{"S": key} for key in entry.outputs]}
        values["placeholder"] = {"S": entry.placeholder} if entry.placeholder else {"NULL": True}
    return values


def _key(source: Source) -> dict[str, Any]:
    return {"source": {"S": f"{source.bucket}/{source.key}"}, "image_id": {"S": source.image_id}}
