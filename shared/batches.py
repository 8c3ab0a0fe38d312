"""Upload batches: which images are in one, as their metadata says, and how it is counted. Text and numbers only."""

import hashlib
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from shared.errors import BadOverride
from shared.messages import UploadBatch
from shared.overrides import BATCH, HEADER, PREFIX
from shared.progress import Outcome

# At most this many in one batch; an uploader of more makes several batches.
MAX_SIZE: Final = 10_000

# A batch is counted on shards of this many members: DynamoDB charges a write by the size of the item, and a shard of
# this length stays below the first kilobyte.
SHARD: Final = 200

_WRITTEN: Final = re.compile(r"([a-z0-9-]{1,40})/([0-9]{1,5})/([0-9]{1,5})")
_HEADER: Final = re.compile(r"([^/]*/[^/]*/[^/]*)(?:/([0-9a-f]{12}))?")
_DIGITS: Final = 12

# How a member of a batch ended: a missing one never came into the bucket.
Ending = Outcome | Literal["missing"]

# A member may have several of these, such as failed and, after a replay, stored: the later in this order counts, as
# in shared/progress.py.
ENDINGS: Final[tuple[Ending, ...]] = ("missing", "failed", "vanished", "rejected", "superseded", "stored")


def written(batch: UploadBatch) -> str:
    """A place in a batch, as the ledger writes it: "20260301-093012-a1b2c3/17/480"."""
    return f"{batch.id}/{batch.number}/{batch.size}"


def read(text: str) -> UploadBatch:
    """The place in a batch that a text names.

    Raises:
        BadOverride: it names none.
    """
    found = _WRITTEN.fullmatch(text)
    if not found or not int(found[2]) < int(found[3]) <= MAX_SIZE:
        allowed = (
            "<id>/<number>/<size>/<digest>: 1 to 40 of a-z, 0-9 and -; a number below the size;"
            f" a size of 1 to {MAX_SIZE}; {_DIGITS} hexadecimal digits"
        )
        raise BadOverride(f'{HEADER}{PREFIX}{BATCH} is "{text:.120}"; allowed: {allowed}')
    return UploadBatch(id=found[1], number=int(found[2]), size=int(found[3]))


def header(batch: UploadBatch, bucket: str, key: str, now: datetime) -> str:
    """A place in a batch as an object's user metadata states it, tied to the object's key and the day of its upload.

    S3 copies user metadata along with an object: a copy under another name must not take the place of its original.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#AmazonS3-CopyObject-request-header-MetadataDirective

    Args:
        batch: the place.
        bucket: the input bucket.
        key: the object's key, decoded.
        now: when its upload begins.
    """
    return f"{written(batch)}/{_digest(bucket, key, now)}"


def of(metadata: Mapping[str, str], bucket: str, key: str, modified_at: datetime | None) -> UploadBatch | None:
    """The batch that an object's user metadata names; None where it names none, or was copied from another object.

    Args:
        metadata: the user metadata, by name without "x-amz-meta-".
        bucket: the input bucket.
        key: the object's key, decoded.
        modified_at: when S3 took this version of the object; None where that is not known.

    Raises:
        BadOverride: what it names is not a place in a batch.
    """
    names = [header for header in metadata if header.lower() == PREFIX + BATCH]
    if not names:
        return None
    text = metadata[names[0]].strip()
    found = _HEADER.fullmatch(text)
    place = read(found[1] if found else text)
    if not found or modified_at is None:
        return None
    # An upload may begin before midnight and end after it, and clocks differ.
    days = (modified_at + timedelta(days=days) for days in (-1, 0, 1))
    return place if found[2] in {_digest(bucket, key, day) for day in days} else None


def _digest(bucket: str, key: str, moment: datetime) -> str:
    """What ties a header to its object: the first digits of a SHA-256 of "<bucket>/<key>/<YYYY-MM-DD>", the UTC day."""
    text = f"{bucket}/{key}/{moment.astimezone(UTC):%Y-%m-%d}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def shards(size: int) -> int:
    """How many shards a batch of this size has."""
    return -(-size // SHARD)


def on_shard(shard: int, size: int) -> int:
    """How many members a shard of a batch of this size counts."""
    return min(SHARD, size - shard * SHARD)


def counted(shard_members: Mapping[Ending, AbstractSet[int]]) -> dict[Ending, int]:
    """How many members have which outcome, each counted once.

    Args:
        shard_members: the members' numbers by outcome; a member that had several is in several.
    """
    counts: dict[Ending, int] = {}
    before: set[int] = set()
    for ending in reversed(ENDINGS):
        members = shard_members.get(ending, frozenset()) - before
        if members:
            counts[ending] = len(members)
        before |= members
    return counts
