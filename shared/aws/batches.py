"""Upload batches in the ledger's table: sets of members by outcome, which only ever grow."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.aws.refusals import translated
from shared.batches import ENDINGS, SHARD, Ending, counted, on_shard, shards
from shared.errors import AwsUnavailable, PreconditionFailed
from shared.ledger_index import EXPIRES_AT
from shared.messages import UploadBatch
from shared.notifications import FailedMember
from shared.progress import FINISHED
from shared.upload_batches import BatchResult

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Rows of images begin with a bucket's name, which holds no "#".
PARTITION: Final = "batch#"
HEAD: Final = "batch"
MEMBER: Final = "member-"
SHARD_ITEM: Final = "shard-"
KEYS_ITEM: Final = "keys-"
WRITTEN_AT: Final = "written_at"
TIMED_AT: Final = "timed_at"

# A digest lists this many.
MAX_FAILURES: Final = 20

# The first members of a shard that have an outcome: each of them looks whether the batch has a time-out.
FIRST: Final = 10

# How long a lease lasts: the time to report a batch before another may, longer than its calls take as a rule.
LEASE_SECONDS: Final = 60

_DAY_SECONDS: Final = 86_400


class DynamoUploadBatches:
    """A batch's shards, each with the numbers of its members by outcome; and a head, which lists full shards.

    Every write adds to a set, so it may be done twice, and no two writers are in each other's way. A counter would need
    a transaction with the image's row to be as safe: of all writers of one batch at the same time, all but one
    would be cancelled, and each would cost four times as much.

    Args:
        client: of DynamoDB.
        table: the ledger.
        clock: seconds since 1970.
        days: that an item is kept after its last write; None for ever.
        time_out: called with a place in a batch that nobody may have given a time-out; may be called again.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        clock: Callable[[], float] = time.time,
        days: int | None = None,
        time_out: Callable[[UploadBatch], None] | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._days = days
        self._time_out = time_out

    def open(self, batch: UploadBatch, *, bucket: str, folders: Sequence[str], at: str) -> None:
        """Record what a batch is, before its first member is uploaded.

        Args:
            batch: the place of any of its members.
            bucket: the input bucket.
            folders: the folders of all its keys.
            at: now, ISO 8601 in UTC.
        """
        values = {
            "size": {"N": str(batch.size)},
            "bucket": {"S": bucket},
            "folders": {"L": [{"S": folder} for folder in folders]},
            "uploaded_at": {"S": at},
        }
        self._update(batch, HEAD, "SET " + ", ".join(f"#{name} = :{name}" for name in values), values)

    def name(self, batch: UploadBatch, keys: Sequence[str]) -> None:
        """Record the keys of a batch, so that a digest can name those that never came.

        Args:
            batch: the place of any of its members.
            keys: of all members, in their order.
        """
        for start in range(0, len(keys), SHARD):
            some = [{"S": key} for key in keys[start : start + SHARD]]
            item = f"{KEYS_ITEM}{start // SHARD:02d}"
            self._update(batch, item, "SET #keys = :keys", {"keys": {"L": some}})

    def claim(self, batch: UploadBatch, image_id: str) -> bool:
        """Take a place in a batch for an image; see shared.upload_batches.UploadBatches.

        Claims outlive every header: what states a place is only believed for three days, and retention is longer.
        """
        expression = "SET #image = if_not_exists(#image, :image)"
        member = self._update(batch, f"{MEMBER}{batch.number:05d}", expression, {"image": {"S": image_id}})
        return bool(member["image"]["S"] == image_id)

    def note(self, batch: UploadBatch, failure: FailedMember) -> None:
        """Record why a member failed; see shared.upload_batches.UploadBatches."""
        noted = json.dumps([batch.number, failure.key, failure.error, failure.reason], ensure_ascii=False)
        try:
            self._update(
                batch,
                HEAD,
                "ADD #failures :failures",
                {"failures": {"SS": [noted]}},
                condition="attribute_not_exists(#failures) OR size(#failures) < :most",
                more={":most": {"N": str(MAX_FAILURES)}},
            )
        except PreconditionFailed:
            return  # enough are listed

    def count(self, batch: UploadBatch, ending: Ending, numbers: Sequence[int] | None = None) -> bool:
        """Count members; see shared.upload_batches.UploadBatches."""
        members = [batch.number] if numbers is None else list(numbers)
        shard = members[0] // SHARD
        shard_members = self._update(batch, _shard(shard), f"ADD #{ending} :{ending}", {ending: _numbers(members)})
        if len(members_of(shard_members)) < on_shard(shard, batch.size):
            if self._time_out is not None and len(numbers_in(shard_members, ending)) <= FIRST:
                self._give_time_out(batch, self._time_out)
            return False
        head = self._update(batch, HEAD, "ADD #full :full", {"full": _numbers([shard])})
        return len(numbers_in(head, "full")) == shards(batch.size) and "notified_at" not in head

    def lease(self, batch: UploadBatch) -> BatchResult | None:
        """Take the lease to report a batch; see shared.upload_batches.UploadBatches."""
        now = self._clock()
        try:
            head = self._update(
                batch,
                HEAD,
                "SET #leased_until = :leased_until, #leased_by = :leased_by",
                {"leased_until": {"N": f"{now + LEASE_SECONDS:.3f}"}, "leased_by": {"N": str(batch.number)}},
                # The member that leased it may lease it again: its function died, or SNS took nothing.
                condition="attribute_not_exists(notified_at) AND (attribute_not_exists(#leased_until)"
                " OR #leased_until < :now OR #leased_by = :leased_by)",
                more={":now": {"N": f"{now:.3f}"}},
            )
        except PreconditionFailed as error:
            if "notified_at" in self._get(batch, HEAD):
                return None
            raise AwsUnavailable(f"somebody else is about to report the batch {batch.id}") from error
        shard_members = [self._get(batch, _shard(number)) for number in range(shards(batch.size))]
        every: dict[Ending, set[int]] = {
            ending: {number for shard in shard_members for number in numbers_in(shard, ending)} for ending in ENDINGS
        }
        failed = every["failed"].difference(*(members for ending, members in every.items() if ending in FINISHED))
        return BatchResult(
            counts=counted(every),
            failures=tuple(_failures(head, failed)),
            bucket=head.get("bucket", {}).get("S"),
            folders=tuple(folder["S"] for folder in head.get("folders", {}).get("L", [])),
            uploaded_at=head.get("uploaded_at", {}).get("S"),
        )

    def notified(self, batch: UploadBatch, at: str) -> None:
        """Record that subscribers were notified; see shared.upload_batches.UploadBatches."""
        self._update(batch, HEAD, "SET #notified_at = :notified_at", {"notified_at": {"S": at}})

    def _give_time_out(self, batch: UploadBatch, time_out: Callable[[UploadBatch], None]) -> None:
        """Give a batch its time-out, unless it has one: our uploaders give it before they upload anything."""
        head = self._get(batch, HEAD)
        if "uploaded_at" in head or TIMED_AT in head:
            return
        # First, since a function may die between the two: a batch may be looked at twice, and is reported once.
        time_out(batch)
        self._update(batch, HEAD, f"SET #{TIMED_AT} = :{TIMED_AT}", {TIMED_AT: {"N": f"{self._clock():.3f}"}})

    def _update(
        self,
        batch: UploadBatch,
        item: str,
        expression: str,
        values: Mapping[str, Any],
        *,
        condition: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Write one item, and return all of it as it is then."""
        conditions: dict[str, Any] = {} if condition is None else {"ConditionExpression": condition}
        times = {WRITTEN_AT: {"N": f"{self._clock():.3f}"}}
        if self._days is not None:
            times[EXPIRES_AT] = {"N": str(int(self._clock()) + self._days * _DAY_SECONDS)}
        values = {**values, **times}
        expression += ", " if expression.startswith("SET ") else " SET "
        expression += ", ".join(f"#{name} = :{name}" for name in times)
        with translated(f"counting the batch {batch.id} in {self._table}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(batch, item),
                UpdateExpression=expression,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={**{f":{name}": value for name, value in values.items()}, **(more or {})},
                ReturnValues="ALL_NEW",
                **conditions,
            )
        return answer.get("Attributes", {})

    def _get(self, batch: UploadBatch, item: str) -> Mapping[str, Any]:
        with translated(f"looking up the batch {batch.id} in {self._table}"):
            answer = self._client.get_item(TableName=self._table, Key=_key(batch, item), ConsistentRead=True)
        return answer.get("Item", {})


def _key(batch: UploadBatch, item: str) -> dict[str, Any]:
    return {"source": {"S": PARTITION + batch.id}, "image_id": {"S": item}}


def _shard(number: int) -> str:
    return f"{SHARD_ITEM}{number:02d}"


def _numbers(numbers: Sequence[int]) -> dict[str, Any]:
    return {"NS": [str(number) for number in numbers]}


def numbers_in(item: Mapping[str, Any], name: str) -> set[int]:
    """The numbers in a set of an item."""
    return {int(number) for number in item.get(name, {}).get("NS", [])}


def members_of(shard: Mapping[str, Any]) -> set[int]:
    """The numbers of a shard's members, whatever their outcome."""
    return {number for ending in ENDINGS for number in numbers_in(shard, ending)}


def _failures(head: Mapping[str, Any], failed: set[int]) -> list[FailedMember]:
    """The failures of members that have no other outcome since, one each."""
    noted = {number: (key, error, reason) for number, key, error, reason in _noted(head) if number in failed}
    return [FailedMember(key=key, error=error, reason=reason) for _, (key, error, reason) in sorted(noted.items())]


def _noted(head: Mapping[str, Any]) -> list[tuple[int, str, str, str]]:
    return [tuple(json.loads(text)) for text in sorted(head.get("failures", {}).get("SS", []))]
