"""The ledger newest first: pages that are read from its indexes, at a price that does not grow with the table."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ops.aws.ledger import LedgerTable, Row
from ops.errors import CommandError, Exit
from shared import ledger_index as index
from shared.dlq_messages import iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Entries of an index that one page looks at, before it says how far it came: each has some 250 bytes, so these are five
# pages of DynamoDB, and 640 read units.
MAX_LOOKED: Final = 20_000

_MAX_ENTRIES: Final = 1000  # of one request: a quarter of the megabyte that DynamoDB gives at most
_MIN_ENTRIES: Final = 10
_ROWS: Final = 100  # of one BatchGetItem

# Versions of a key that are read from the table; where there are more, from an index, the newest first.
MAX_VERSIONS: Final = 100
# What DynamoDB says of an index that is not there; and what moto says.
_NO_INDEX: Final = frozenset({"ValidationException", "ResourceNotFoundException"})
_LAST: Final = "~"  # after every time in ISO 8601


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which images a page has.

    Args:
        prefix: with which their keys begin.
        failed: whether only those that failed.
        batch: the upload batch that they are of; None for all.
        since: uploaded at this time or later, ISO 8601 in UTC; None for all.
        before: uploaded before this time, ISO 8601 in UTC; None for all.
    """

    prefix: str = ""
    failed: bool = False
    batch: str | None = None
    since: str | None = None
    before: str | None = None

    def has(self, row: Row) -> bool:
        """Whether an image is wanted, as far as its row says it and no index does."""
        return (
            row.key.startswith(self.prefix)
            and (not self.failed or row.outcome == "failed")
            and self.batch in {None, row.batch}
            and (self.since or "") <= row.uploaded_at < (self.before or _LAST)
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of an index.

    Args:
        bucket: where the image was uploaded.
        key: as it is called.
        image_id: its correlation id.
        uploaded_at: ISO 8601 in UTC.
        end: whether this is no image, but how far an index was looked at.
    """

    bucket: str
    key: str
    image_id: str
    uploaded_at: str
    end: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """Images, the newest first.

    Args:
        rows: of the images.
        before: the time from which the next page goes on; None where there is none.
        looked: how many entries were looked at.
        exhausted: whether the page ends since it looked at as many as it may.
    """

    rows: Sequence[Row]
    before: str | None = None
    looked: int = 0
    exhausted: bool = False


@dataclass(kw_only=True)
class LedgerPages:
    """The ledger of one pipeline, by pages.

    Args:
        client: of DynamoDB.
        table: the ledger.
        bucket: the input bucket.
        most: entries that a page looks at.
    """

    client: "DynamoDBClient"
    table: str
    bucket: str
    most: int = MAX_LOOKED
    units: float = field(default=0.0, init=False)

    def page(self, wanted: Wanted, limit: int) -> Page:
        """The newest images that are wanted.

        Args:
            wanted: which.
            limit: how many; those that were uploaded at the same time as the last one come with it.

        Raises:
            CommandError: the table has no indexes.
        """
        if wanted.batch is not None:
            return self._page(wanted, limit, index.BATCH, [wanted.batch])
        return self._page(wanted, limit, index.FAILED if wanted.failed else index.NEWEST, index.shards())

    def versions(self, bucket: str, key: str, limit: int = MAX_VERSIONS, wanted: Wanted | None = None) -> Page:
        """The newest versions of a key.

        Where they are few, they are read from the table itself, and so what was written just now is among them.

        Raises:
            CommandError: they are many, and the table has no indexes.
        """
        wanted = wanted or Wanted()
        known = LedgerTable(self.client, self.table).few_of_key(bucket, key, MAX_VERSIONS)
        if known is None:
            return self._page(wanted, limit, index.VERSIONS, [f"{bucket}/{key}"])
        rows = [row for row in known if wanted.has(row)]
        before = _just_after(rows[limit].uploaded_at) if len(rows) > limit else None
        return Page(rows=rows[:limit], before=before, looked=len(known))

    def newest(self, limit: int) -> list[Entry]:
        """The entries of the newest images: their keys and their times, without a look at their rows.

        Raises:
            CommandError: the table has no indexes.
        """
        entries = _Looking(self, Wanted(), limit).entries(index.NEWEST, index.shards())
        return [entry for entry in islice(entries, limit) if not entry.end]

    def _page(self, wanted: Wanted, limit: int, of: str, partitions: Sequence[str]) -> Page:
        looking = _Looking(self, wanted, limit)
        rows: list[Row] = []
        entries = looking.entries(of, partitions)
        # A full page waits for the next entry alone, which says whether it was uploaded at the same time.
        while some := list(islice(entries, 1 if len(rows) >= limit else min(_ROWS, limit))):
            full = len(rows) >= limit and some[0].uploaded_at < rows[-1].uploaded_at
            found = {} if full else self._rows([entry for entry in some if not entry.end])
            for entry in some:
                if entry.end or (len(rows) >= limit and entry.uploaded_at < rows[-1].uploaded_at):
                    before = _just_after(entry.uploaded_at)
                    return Page(rows=rows, before=before, looked=looking.looked, exhausted=entry.end)
                row = found.get(entry.image_id)
                if row is not None and wanted.has(row):
                    rows.append(row)
        return Page(rows=rows, looked=looking.looked)

    def _rows(self, entries: Sequence[Entry]) -> dict[str, Row]:
        # Each once: an entry that moves while the index is read can be met in two places, and DynamoDB refuses a key
        # that is asked for twice.
        images = {(entry.bucket, entry.key, entry.image_id) for entry in entries}
        return LedgerTable(self.client, self.table).of_images(sorted(images))


class _Looking:
    """One look through an index: how much was asked for, and how much of it was looked at."""

    def __init__(self, pages: LedgerPages, wanted: Wanted, limit: int) -> None:
        self._pages, self._wanted, self._limit = pages, wanted, limit
        self.looked = 0

    def entries(self, of: str, partitions: Sequence[str]) -> Iterator[Entry]:
        """The entries of some partitions as one list, the newest first.

        The first request of each partition is made at once, and every further one when its entries are used up.
        """
        first = max(_MIN_ENTRIES, min(_MAX_ENTRIES, self._limit * 3 // (2 * len(partitions)) + 1))
        most = max(first, self._pages.most // len(partitions))
        with ThreadPoolExecutor(len(partitions)) as pool:
            answers = list(pool.map(lambda name: self._ask(of, name, first, None), partitions))
        streams = (self._stream(of, name, answer, most) for name, answer in zip(partitions, answers, strict=True))
        return heapq.merge(*streams, key=lambda entry: entry.uploaded_at, reverse=True)

    def _stream(self, of: str, partition: str, answer: dict[str, Any], most: int) -> Iterator[Entry]:
        looked, size = 0, _MIN_ENTRIES
        while True:
            looked += answer["ScannedCount"]
            self.looked += answer["ScannedCount"]
            for item in answer["Items"]:
                yield _entry(item)
            last = answer.get("LastEvaluatedKey")
            if not last:
                return
            if looked >= most:
                yield _entry(last, end=True)
                return
            size = min(_MAX_ENTRIES, max(size, answer["ScannedCount"]) * 2)
            answer = self._ask(of, partition, size, last)

    def _ask(self, of: str, partition: str, size: int, start: dict[str, Any] | None) -> dict[str, Any]:
        names = {"#partition": index.PARTITIONS[of], "#at": index.UPLOADED_AT}
        values = {":partition": {"S": partition}, ":since": {"S": self._wanted.since or "0"}}
        values[":before"] = {"S": _just_before(self._wanted.before) if self._wanted.before else _LAST}
        more: dict[str, Any] = {}
        if self._wanted.prefix and of != index.VERSIONS:
            more["FilterExpression"] = "begins_with(#source, :source)"
            names["#source"] = index.SOURCE
            values[":source"] = {"S": f"{self._pages.bucket}/{self._wanted.prefix}"}
        if start is not None:
            more["ExclusiveStartKey"] = start
        try:
            answer = self._pages.client.query(
                TableName=self._pages.table,
                IndexName=of,
                KeyConditionExpression="#partition = :partition AND #at BETWEEN :since AND :before",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                Limit=size,
                ReturnConsumedCapacity="TOTAL",
                **more,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_INDEX and "index" in str(error):
                raise CommandError(
                    f"The ledger {self._pages.table} has no index {of}: it was made before there was one. Add it with:"
                    " make deploy SERVICE=platform. Until then: pipeline status --scan",
                    Exit.AWS,
                ) from error
            raise
        self._pages.units += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
        return dict(answer)


def _entry(item: dict[str, Any], *, end: bool = False) -> Entry:
    bucket, _, key = item[index.SOURCE]["S"].partition("/")
    image_id, at = item["image_id"]["S"], item[index.UPLOADED_AT]["S"]
    return Entry(bucket=bucket, key=key, image_id=image_id, uploaded_at=at, end=end)


def _moved(moment: str, by: timedelta) -> str:
    try:
        return iso(datetime.fromisoformat(moment) + by)
    except ValueError:
        return moment


def _just_after(moment: str) -> str:
    """The next time that differs from one: the next page has what was uploaded at the same time."""
    return _moved(moment, timedelta(milliseconds=1))


def _just_before(moment: str) -> str:
    """The last time before one."""
    return _moved(moment, timedelta(milliseconds=-1))


def newest_of(rows: Iterator[Row], limit: int, wanted: Callable[[Row], bool]) -> list[Row]:
    """The newest of all rows, of which no more are held than are wanted."""
    return heapq.nlargest(limit, filter(wanted, rows), key=lambda row: (row.uploaded_at, row.key))
