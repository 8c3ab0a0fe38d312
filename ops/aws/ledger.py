"""The ledger as operators read it: rows of images, by key, by image, or all in any order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.types import TypeDeserializer

from ops.aws.refusals import passing_over
from ops.names import SERVICES
from ops.show import note
from shared.aws import batches, source_keys
from shared.backfilled import SENDING_AT, SENT_AT
from shared.batches import read
from shared.errors import BadMessage
from shared.messages import Source
from shared.ports import NOTIFIED
from shared.progress import RANKS
from shared.wire import check_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_KEYS: Final = 100  # of one BatchGetItem
_SEQUENCE_NAMES: Final = {"#0": "source", "#1": "sequence"}
_OUTPUTS_NAMES: Final = {"#0": "source", "#1": "outputs"}
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
        outcome: stored, failed, superseded, vanished, rejected, removed; None while on its way.
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
        attempt: which attempt of the next service it is in, from 2; None where it is in the first, or waits for it.
        attempts: how many that service has.
        sending_at: when a backfill was about to send it, ISO 8601 in UTC; None since a service recorded something.
        sent_at: when a backfill sent it, likewise.
        notifier: id of the message that notifies subscribers of the outcome, as shared.progress has it.
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
    attempt: int | None = None
    attempts: int | None = None
    sending_at: str | None = None
    sent_at: str | None = None
    notifier: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "Row":
        """A row from DynamoDB's own form.

        Raises:
            KeyError: it lacks a value.
            BadMessage: its times are no times.
        """
        values = {name: _deserialize(value) for name, value in item.items()}
        for name in ("uploaded_at", "updated_at"):
            check_moment(values[name], name)
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
            sending_at=_moment(values, SENDING_AT),
            sent_at=_moment(values, SENT_AT),
            notifier=values.get("notifier"),
            **_attempt(values),
        )

    @property
    def unnotified(self) -> bool:
        """Whether subscribers do not know of the outcome, unless its message is about to notify them.

        That is not known of a stored image, see shared.progress.
        """
        return self.outcome not in {None, "stored"} and self.notifier not in {None, NOTIFIED}

    @property
    def total_seconds(self) -> float:
        """Time from the upload to the last write of a service; not negative, whatever their clocks say."""
        taken = datetime.fromisoformat(self.updated_at) - datetime.fromisoformat(self.uploaded_at)
        return max(0.0, taken.total_seconds())


def _moment(values: Mapping[str, Any], name: str) -> str | None:
    """A time that a row may have."""
    if name not in values:
        return None
    check_moment(values[name], name)
    return str(values[name])


def _attempt(values: Mapping[str, Any]) -> dict[str, int]:
    """The attempt that an image is in; none where its service has passed it on since."""
    tried, passed = values.get("attempt_service"), values["service"]
    if tried is None or values.get("outcome") is not None or RANKS[passed] >= RANKS[tried]:
        return {}
    return {"attempt": int(values["attempt"]), "attempts": int(values["attempts"])}


@dataclass(frozen=True)
class Condition:
    """What must hold of a row that is written.

    Args:
        expression: in DynamoDB's language.
        names: of the attributes in it.
        values: in it.
    """

    expression: str
    names: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


class LedgerTable:
    """The ledger's table, as operators use it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of_key(self, bucket: str, key: str) -> list[Row]:
        """The rows of every version of one key, the newest upload first."""
        return _newest_first(_readable(self._under(f"{bucket}/{key}", ConsistentRead=True)))

    def shards_of(self, batch_id: str) -> Iterator[Mapping[str, Any]]:
        """The items that count an upload batch, as DynamoDB has them; none where there is no such batch."""
        return self._under(batches.PARTITION + batch_id)

    def few_of_key(self, bucket: str, key: str, most: int) -> list[Row] | None:
        """The rows of every version of a key, the newest upload first; None where there are this many or more."""
        answer = self._client.query(**self._asked(f"{bucket}/{key}"), ConsistentRead=True, Limit=most)
        if "LastEvaluatedKey" in answer:
            return None
        return _newest_first(_readable(answer["Items"]))

    def _under(self, source: str, **more: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - as DynamoDB takes it
        """All items of a partition."""
        pages = self._client.get_paginator("query").paginate(**self._asked(source), **more)
        return (item for page in pages for item in page["Items"])

    def _asked(self, source: str) -> dict[str, Any]:
        """A query for a partition of the table."""
        return {
            "TableName": self._table,
            "KeyConditionExpression": "#source = :source",
            "ExpressionAttributeNames": {"#source": "source"},
            "ExpressionAttributeValues": {":source": {"S": source}},
        }

    def of_images(self, images: Sequence[tuple[str, str, str]]) -> dict[str, Row]:
        """The rows of images by their id; those that no service has written yet are missing.

        Args:
            images: (bucket, key, image id) of each.
        """
        keys = [{"source": {"S": f"{bucket}/{key}"}, "image_id": {"S": image_id}} for bucket, key, image_id in images]
        return {row.image_id: row for row in _readable(self._items(keys))}

    def last_sequences(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The sequence of the last version of each key that was to be stored, or of its removal; none are missing.

        Args:
            keys: (bucket, key) of each.
        """
        item_keys = [source_keys.item_key(bucket, key) for bucket, key in keys]
        found: dict[tuple[str, str], str] = {}
        for item in self._items(item_keys, ProjectionExpression="#0, #1", ExpressionAttributeNames=_SEQUENCE_NAMES):
            bucket, _, key = item["source"]["S"].removeprefix(source_keys.PARTITION).partition("/")
            found[bucket, key] = item.get("sequence", {}).get("S", "")
        return found

    def recorded_outputs(self, bucket: str, keys: Sequence[str]) -> dict[str, frozenset[str]]:
        """The keys of all outputs that source keys of a bucket have or had; those without a record are missing."""
        item_keys = [source_keys.item_key(bucket, key) for key in keys]
        items = self._items(item_keys, ProjectionExpression="#0, #1", ExpressionAttributeNames=_OUTPUTS_NAMES)
        start = len(f"{source_keys.PARTITION}{bucket}/")
        return {item["source"]["S"][start:]: frozenset(item.get("outputs", {}).get("SS", ())) for item in items}

    def _items(self, keys: Sequence[dict[str, Any]], **projection: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401
        """Items by their keys, a hundred a request; those that are not there are missing."""
        left = list(keys)
        while left:
            some: Any = {"Keys": left[:_MAX_KEYS], "ConsistentRead": True, **projection}
            answer = self._client.batch_get_item(RequestItems={self._table: some})
            yield from answer["Responses"].get(self._table, [])
            unprocessed: Mapping[str, Any] = answer.get("UnprocessedKeys", {})
            left = [*unprocessed.get(self._table, {}).get("Keys", []), *left[_MAX_KEYS:]]

    def scan(self) -> Iterator[Row]:
        """The row of every image in any order, those too that no index has: the whole table is read."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        items = (item for page in pages for item in page["Items"])
        return _readable(item for item in items if is_image(item))

    def unfinished(self, bucket: str, prefix: str) -> Iterator[list[Row]]:
        """The rows whose keys begin so, and that have no outcome or may be unnotified, page by page.

        DynamoDB reads the whole table, and gives of each megabyte these rows alone: most pages have few or none.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(#source, :source) AND (attribute_not_exists(#outcome)"
            " OR (#outcome <> :stored AND attribute_exists(#notifier) AND #notifier <> :notified))",
            ExpressionAttributeNames={"#source": "source", "#outcome": "outcome", "#notifier": "notifier"},
            ExpressionAttributeValues={
                ":source": {"S": f"{bucket}/{prefix}"},
                ":stored": {"S": "stored"},
                ":notified": {"S": NOTIFIED},
            },
        )
        for page in pages:
            yield list(_readable(page["Items"]))

    def write_if(
        self, source: Source, values: Mapping[str, Any], gone: tuple[str, ...], condition: "Condition"
    ) -> bool:
        """Write attributes of an image's row, and remove some, where it is as a condition says; whether it was."""
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        with passing_over("ConditionalCheckFailedException"):
            self._client.update_item(
                TableName=self._table,
                Key={"source": {"S": f"{source.bucket}/{source.key}"}, "image_id": {"S": source.image_id}},
                UpdateExpression=expression,
                ConditionExpression=condition.expression,
                ExpressionAttributeNames={f"#{name}": name for name in {*values, *gone, *condition.names}},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()}
                | dict(condition.values),
            )
            return True
        return False

    def redact(self, row: Row) -> None:
        """Remove what a row says of the picture, and keep its key and that it is removed."""
        # Nobody is to be notified of what it was, so no message is left that notifies.
        gone = ("placeholder", "reason", "error", "warnings", "outputs", "notifier")
        self._client.update_item(
            TableName=self._table,
            Key={"source": {"S": f"{row.bucket}/{row.key}"}, "image_id": {"S": row.image_id}},
            UpdateExpression="SET #outcome = :outcome, #rank = :rank REMOVE " + ", ".join(f"#{name}" for name in gone),
            ExpressionAttributeNames={f"#{name}": name for name in ("outcome", "rank", *gone)},
            ExpressionAttributeValues={":outcome": {"S": "removed"}, ":rank": {"N": str(RANKS["removed"])}},
        )


def is_image(item: Mapping[str, Any]) -> bool:
    """Whether an item of the table is the row of an image, and not of an upload batch or a source key."""
    return not item["source"]["S"].startswith((batches.PARTITION, source_keys.PARTITION))


def _readable(items: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows of items; one that cannot be read is named, and keeps nobody from the others."""
    for item in items:
        try:
            yield Row.from_item(item)
        except (KeyError, TypeError, ValueError, ArithmeticError, BadMessage) as error:
            why = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            name = f"{item['source'].get('S', '')}, image {item['image_id'].get('S', '')}"
            note(f"A row of the ledger cannot be read, and is left out: {name}: {why}")


def _newest_first(rows: Iterator[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.uploaded_at, row.key), reverse=True)
