"""The attributes of a ledger row that its indexes and its expiry are made of. Text and numbers only: no AWS."""

from datetime import datetime
from typing import Any, Final

from shared.messages import UploadBatch

# The indexes, each by a partition and uploaded_at, so that it is read newest first.
NEWEST: Final = "newest"
FAILED: Final = "failed"
BATCH: Final = "batch"
VERSIONS: Final = "versions"

SHARD: Final = "shard"
FAILED_SHARD: Final = "failed_shard"
BATCH_ID: Final = "batch_id"
SOURCE: Final = "source"
UPLOADED_AT: Final = "uploaded_at"
EXPIRES_AT: Final = "expires_at"

# Of each index, the attribute that is its partition.
PARTITIONS: Final = {NEWEST: SHARD, FAILED: FAILED_SHARD, BATCH: BATCH_ID, VERSIONS: SOURCE}

# A partition of DynamoDB takes 1,000 writes a second, and what an index cannot take the table refuses as well. All that
# is uploaded now would go to one partition of an index by time: ten take 10,000 new images a second.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
SHARDS: Final = 10

_DAY_SECONDS: Final = 86_400


def shards() -> tuple[str, ...]:
    """Every shard's name."""
    return tuple(map(str, range(SHARDS)))


def shard_of(image_id: str) -> str:
    """The shard of an image, by its id, which is a hash.

    Args:
        image_id: in hexadecimal.
    """
    return str(int(image_id[:8], 16) % SHARDS)


def of_image(image_id: str) -> dict[str, Any]:
    """What puts an image's row into the index `newest`, in DynamoDB's form."""
    return {SHARD: {"S": shard_of(image_id)}}


def of_failed(image_id: str) -> dict[str, Any]:
    """What puts an image's row into the index `failed`, in DynamoDB's form."""
    return {FAILED_SHARD: {"S": shard_of(image_id)}}


def of_batch(batch: UploadBatch) -> dict[str, Any]:
    """What puts an image's row into the index `batch`, in DynamoDB's form."""
    return {BATCH_ID: {"S": batch.id}}


def expiry(at: str, days: int | None) -> dict[str, Any]:
    """When DynamoDB may delete an item, in DynamoDB's form; nothing where it is kept for ever.

    Args:
        at: of its last write, ISO 8601 with its zone.
        days: that it is kept from then on.
    """
    if days is None:
        return {}
    return {EXPIRES_AT: {"N": str(int(datetime.fromisoformat(at).timestamp()) + days * _DAY_SECONDS)}}
