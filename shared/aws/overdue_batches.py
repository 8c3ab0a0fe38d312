"""Upload batches that have not ended, in the ledger's table; and what services do about them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from shared import overdue_batches
from shared.aws import clients
from shared.aws.batches import (
    HEAD,
    KEYS_ITEM,
    MEMBER,
    PARTITION,
    SHARD_ITEM,
    WRITTEN_AT,
    DynamoUploadBatches,
    members_of,
)
from shared.aws.queues import send_later
from shared.aws.refusals import translated
from shared.aws.topics import SnsNotices
from shared.batches import SHARD
from shared.digests import Digests
from shared.messages import UploadBatch
from shared.overdue_batches import BatchState, OverdueReports, PassedOn, Reader
from shared.release import VERSION
from shared.settings import required


class DynamoOverdueBatches(DynamoUploadBatches):
    """The items of a batch, read as a whole."""

    def state(self, batch: UploadBatch) -> BatchState:
        """All that is known of a batch; see shared.overdue_batches.OverdueBatches."""
        items = self._items(batch)
        # Other clients than ours make no head: the time-out that store gives their batch does.
        head = items.get(HEAD, {})
        if not items or "notified_at" in head or "overdue_at" in head:
            return BatchState(over=True)
        times = [float(item[WRITTEN_AT]["N"]) for name, item in items.items() if name.startswith((SHARD_ITEM, MEMBER))]
        if "uploaded_at" in head:
            times.append(datetime.fromisoformat(head["uploaded_at"]["S"]).timestamp())
        shards = [item for name, item in items.items() if name.startswith(SHARD_ITEM)]
        return BatchState(
            over=False,
            active_at=max(times, default=0.0),
            counted=frozenset(number for shard in shards for number in members_of(shard)),
            claimed=frozenset(int(name.removeprefix(MEMBER)) for name in items if name.startswith(MEMBER)),
            keys={
                int(name.removeprefix(KEYS_ITEM)) * SHARD + number: key["S"]
                for name, item in items.items()
                if name.startswith(KEYS_ITEM)
                for number, key in enumerate(item["keys"]["L"])
            },
        )

    def overdue(self, batch: UploadBatch, at: str) -> None:
        """Record that a batch was reported as overdue; see shared.overdue_batches.OverdueBatches."""
        # The lease is given back: a member that has its outcome now may have to report the end.
        values = {"overdue_at": {"S": at}, "leased_until": {"N": "0"}}
        self._update(batch, HEAD, "SET " + ", ".join(f"#{name} = :{name}" for name in values), values)

    def _items(self, batch: UploadBatch) -> dict[str, Mapping[str, Any]]:
        """Every item of a batch by its name."""
        found: dict[str, Mapping[str, Any]] = {}
        start: dict[str, Any] = {}
        while True:
            with translated(f"looking up the batch {batch.id} in {self._table}"):
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="#source = :source",
                    ExpressionAttributeNames={"#source": "source"},
                    ExpressionAttributeValues={":source": {"S": PARTITION + batch.id}},
                    ConsistentRead=True,
                    **start,
                )
            found |= {item["image_id"]["S"]: item for item in page["Items"]}
            if not page.get("LastEvaluatedKey"):
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def handled(
    env: Mapping[str, str], event: Mapping[str, Any], others: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Take what is about batches out of an SQS event: the last service looks at them, and others pass it on.

    Args:
        env: the function's environment.
        event: Lambda's SQS event.
        others: works on the event without those messages; see shared.overdue_batches.handled.
    """
    next_queue = env.get("NEXT_QUEUE_URL")

    def reader() -> Reader:
        return PassedOn(later=_later(next_queue), log=_log(env)) if next_queue else overdue_reports(env)

    return overdue_batches.handled(event, others, reader)


def overdue_reports(env: Mapping[str, str]) -> OverdueReports:
    """What looks at batches that have not ended.

    Raises:
        BadSetting: a variable is missing.
    """
    table, days = required(env, "LEDGER_TABLE"), int(required(env, "LEDGER_DAYS"))
    kept = DynamoOverdueBatches(clients.dynamodb(), table, days=days)
    notices = SnsNotices(clients.sns, required(env, "TOPIC_ARN"))
    return OverdueReports(
        kept=kept,
        digests=Digests(upload_batches=kept, notices=notices, now=lambda: datetime.now(UTC)),
        later=_later(required(env, "QUEUE_URL")),
        log=_log(env),
    )


def _later(queue_url: str) -> Callable[[str, int], None]:
    return partial(send_later, clients.sqs(), queue_url)


def _log(env: Mapping[str, str]) -> Logger:
    return Logger(service=required(env, "POWERTOOLS_SERVICE_NAME"), pipeline_version=VERSION)
