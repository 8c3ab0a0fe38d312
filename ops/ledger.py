"""The ledger as operators read it: the row of an image, by key, by image, or all of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.types import TypeDeserializer

from ops.names import SERVICES
from shared.aws.batches import PARTITION
from shared.batches import read

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_KEYS: Final = 100  # of one BatchGetItem
_deserialize: Final = TypeDeserializer().deserialize


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the ledger says of one image.

    Args:
        image_id: its correlation id.
        bucket: where it was uploaded.
        key: as it is called.
        version_id: None where the bucket is not versioned.
        size_bytes: of the source.
        uploaded_at: ISO 8601 in UTC.
        updated_at: of the last service that wrote, ISO 8601 in UTC.
        service: the last service that wrote; "uploaded" where none has.
        outcome: stored, failed, superseded, vanished, rejected; None while on its way.
        error: the error's class.
        reason: what people read.
        outputs: keys in the output bucket.
        seconds: that each service worked on it.
        finished: when each service was done, ISO 8601 in UTC.
        replays: how often it came back from a dead-letter queue.
        placeholder: a ThumbHash in base64, of a stored image.
        warnings: what the uploader should know of a stored image.
        sequencer: S3's sequence of the key's events; None where the event had none.
        batch: of the images that were uploaded together with it; None where it was uploaded alone.
    """

    image_id: str
    bucket: str
    key: str
    version_id: str | None
    size_bytes: int
    uploaded_at: str
    updated_at: str
    service: str
    outcome: str | None
    error: str | None
    reason: str | None
    outputs: tuple[str, ...]
    seconds: Mapping[str, float]
    finished: Mapping[str, str]
    replays: int
    placeholder: str | None = None
    warnings: tuple[str, ...] = ()
    sequencer: str | None = None
    batch: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "Row":
        """A row from DynamoDB's own form."""
        values = {name: _deserialize(value) for name, value in item.items()}
        return cls(
            image_id=values["image_id"],
            bucket=values["bucket"],
            key=values["key"],
            version_id=values.get("version_id"),
            size_bytes=int(values["size_bytes"]),
            uploaded_at=values["uploaded_at"],
            updated_at=values["updated_at"],
            service=values["service"],
            outcome=values.get("outcome"),
            error=values.get("error"),
            reason=values.get("reason"),
            outputs=tuple(values.get("outputs") or ()),
            seconds={s: float(values[f"{s}_seconds"]) for s in SERVICES if f"{s}_seconds" in values},
            finished={s: values[f"{s}_at"] for s in SERVICES if f"{s}_at" in values},
            replays=int(values.get("replays", 0)),
            placeholder=values.get("placeholder"),
            warnings=tuple(values.get("warnings") or ()),
            sequencer=values.get("sequencer"),
            batch=read(values["batch"]).id if "batch" in values else None,
        )


class LedgerTable:
    """The ledger's table, as operators use it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of_key(self, bucket: str, key: str) -> list[Row]:
        """The rows of every version of one key, the newest upload first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#source = :source",
            ExpressionAttributeNames={"#source": "source"},
            ExpressionAttributeValues={":source": {"S": f"{bucket}/{key}"}},
            ConsistentRead=True,
        )
        return _newest_first(Row.from_item(item) for page in pages for item in page["Items"])

    def of_images(self, images: Sequence[tuple[str, str, str]]) -> dict[str, Row]:
        """The rows of images by their id; those that no service has written yet are missing.

        Args:
            images: (bucket, key, image id) of each.
        """
        rows: dict[str, Row] = {}
        keys: list[dict[str, Any]] = [
            {"source": {"S": f"{bucket}/{key}"}, "image_id": {"S": image_id}} for bucket, key, image_id in images
        ]
        while keys:
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": keys[:_MAX_KEYS], "ConsistentRead": True}}
            )
            for item in answer["Responses"].get(self._table, []):
                row = Row.from_item(item)
                rows[row.image_id] = row
            unprocessed: Mapping[str, Any] = answer.get("UnprocessedKeys", {})
            keys = [*unprocessed.get(self._table, {}).get("Keys", []), *keys[_MAX_KEYS:]]
        return rows

    def all(self) -> list[Row]:
        """The row of every image, the newest upload first."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        items = (item for page in pages for item in page["Items"])
        return _newest_first(Row.from_item(item) for item in items if is_image(item))

    def remove_vanished(self, row: Row) -> None:
        """Take away a row that calls an image vanished which is there after all, so that it begins again.

        The services take an image with that outcome as done: whatever it would come to now would not count.
        """
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._table,
                Key={"source": {"S": f"{row.bucket}/{row.key}"}, "image_id": {"S": row.image_id}},
                ConditionExpression="#outcome = :vanished",
                ExpressionAttributeNames={"#outcome": "outcome"},
                ExpressionAttributeValues={":vanished": {"S": "vanished"}},
            )


def is_image(item: Mapping[str, Any]) -> bool:
    """Whether an item of the table is an image's row, and not one of an upload batch."""
    return not item["source"]["S"].startswith(PARTITION)


def _newest_first(rows: Iterator[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.uploaded_at, row.key), reverse=True)
