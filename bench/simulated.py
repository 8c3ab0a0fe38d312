"""AWS for the services' adapters: S3, SQS, DynamoDB and SNS on this disk, with the latency of a network.

Only the clients are simulated: handlers, runner and adapters are the real ones.
"""

import hashlib
import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.runner.lease import LEASE_SECONDS

# DESIGN: S3 in the function's region. The others answer small requests from memory.
S3_SECONDS: Final = 0.025
S3_BYTES_PER_SECOND: Final = 80e6
OTHER_SECONDS: Final = 0.010

# What SQS bills as a request: each 64 KB of one, and at least one. https://aws.amazon.com/sqs/pricing/
CHUNK: Final = "SQS 64 KB"
CHUNK_BYTES: Final = 65_536

# Suffixes of files beside an object: its stored properties, and the object after it was removed.
_KEPT: Final = ".kept"
_REMOVED: Final = ".removed"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What S3 stores beside an object's bytes."""

    metadata: dict[str, str]
    etag: str


@dataclass(kw_only=True)
class Aws:
    """All clients in one: each method is a request.

    Args:
        folder: folder of the objects; on disk, so that the process has no more memory than the function.
        requests: number of requests of each kind.
        sent: bodies of the messages that were passed on.
        rows: the ledger's rows by key, for their size.
    """

    folder: Path
    requests: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def meta(self) -> SimpleNamespace:
        """What boto3 has beside a client's methods: hooks, which change no request here."""
        return SimpleNamespace(events=SimpleNamespace(register=lambda *_: None))

    def upload(self, bucket: str, key: str, source: Path) -> None:
        """Store an object from the start, without a request."""
        path = self._path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(source)
        self._keep(path, Kept(metadata={}, etag=f'"{key}"'))

    def bytes_in(self, bucket: str) -> int:
        """The bytes in a bucket."""
        files = (path for path in (self.folder / bucket).glob("*") if not path.suffix)
        return sum(path.stat().st_size for path in files)

    @property
    def largest_row_bytes(self) -> int:
        """Size of the largest row of the ledger, as DynamoDB counts: names and values, as text."""
        rows = self.rows.values()
        return max(
            (sum(len(name) + len(str(*value.values())) for name, value in row.items()) for row in rows), default=0
        )

    def empty(self, bucket: str) -> None:
        """Remove everything from a bucket."""
        for path in (self.folder / bucket).glob("*"):
            path.unlink()

    def restore(self) -> None:
        """Restore what requests have removed, so that the same images can be processed again."""
        for path in self.folder.glob(f"*/*{_REMOVED}"):
            path.replace(path.with_suffix(""))

    # The names of requests and of their parameters are boto3's.

    def get_object(self, *, Bucket: str, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803
        """S3: the transfer takes place while the body is read."""
        path = self._found("GET", Bucket, Key)
        kept = self._kept(path)
        return {"Body": _Body(path), "ETag": kept.etag, "Metadata": kept.metadata, "ContentLength": path.stat().st_size}

    def head_object(self, *, Bucket: str, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803
        """S3."""
        kept = self._kept(self._found("HEAD", Bucket, Key))
        return {"ETag": kept.etag, "Metadata": kept.metadata}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **options: Any) -> dict[str, Any]:  # noqa: ANN401, N803
        """S3: with conditions on the existing object."""
        self.requests["PUT"] += 1
        _wait(S3_SECONDS + len(Body) / S3_BYTES_PER_SECOND)
        path = self._path(Bucket, Key)
        there = self._kept(path).etag if path.exists() else None
        if ("IfNoneMatch" in options and there) or options.get("IfMatch", there) != there:
            raise _error("PreconditionFailed", 412, "PutObject")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        kept = Kept(metadata=options.get("Metadata", {}), etag=f'"{self.requests["PUT"]}-{len(Body)}"')
        self._keep(path, kept)
        return {"ETag": kept.etag}

    def delete_object(self, *, Bucket: str, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803
        """S3: free of charge, but not of latency."""
        self.requests["DELETE"] += 1
        _wait(S3_SECONDS)
        self._remove(Bucket, Key)
        return {}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803
        """S3: many objects at once."""
        self.requests["DELETE"] += 1
        _wait(S3_SECONDS)
        for each in Delete["Objects"]:
            self._remove(Bucket, each["Key"])
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """SQS: passes messages on to the next service."""
        if QueueUrl.endswith("-dlq"):
            raise AssertionError("an image failed, and would have been dead-lettered")
        self._other("SQS send")
        self.requests[CHUNK] += ceil(sum(len(entry["MessageBody"].encode()) for entry in Entries) / CHUNK_BYTES)
        self.sent += [entry["MessageBody"] for entry in Entries]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def delete_message_batch(self, *, Entries: list[dict[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """SQS: what is done long before the rest of its batch is acknowledged early."""
        self._other("SQS delete")
        return {"Successful": [{"Id": each["Id"]} for each in Entries], "Failed": []}

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """SQS: messages are hidden while they are processed; a retry must not happen in a benchmark."""
        if any(each["VisibilityTimeout"] != LEASE_SECONDS for each in Entries):
            raise AssertionError("an image failed, and would have been retried")
        self._other("SQS hide")
        return {"Successful": [{"Id": each["Id"]} for each in Entries], "Failed": []}

    def update_item(self, *, Key: dict[str, Any], **options: Any) -> dict[str, Any]:  # noqa: ANN401, N803
        """DynamoDB: the row has everything that was ever set, since its size is charged."""
        self._other("DynamoDB write")
        names, values = options["ExpressionAttributeNames"], options["ExpressionAttributeValues"]
        set_now = {name: values[f":{label[1:]}"] for label, name in names.items() if f":{label[1:]}" in values}
        self.rows.setdefault(json.dumps(Key, sort_keys=True), dict(Key)).update(set_now)
        return {}

    def get_item(self, *, Key: dict[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803
        """DynamoDB: returns what was set for a source key; no row for an image, so nobody was notified before."""
        self._other("DynamoDB read")
        row = self.rows.get(json.dumps(Key, sort_keys=True)) if Key["source"]["S"].startswith("key#") else None
        return {"Item": row} if row else {}

    def publish(self, **_: object) -> dict[str, Any]:
        """SNS."""
        self._other("SNS publish")
        return {"MessageId": "1"}

    def publish_batch(self, *, PublishBatchRequestEntries: list[dict[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """SNS: each entry is charged as a publish."""
        self._other("SNS publish")
        self.requests["SNS publish"] += len(PublishBatchRequestEntries) - 1
        return {"Successful": [{"Id": entry["Id"]} for entry in PublishBatchRequestEntries], "Failed": []}

    def _other(self, request: str) -> None:
        self.requests[request] += 1
        _wait(OTHER_SECONDS)

    def _found(self, request: str, bucket: str, key: str) -> Path:
        self.requests[request] += 1
        _wait(S3_SECONDS)
        path = self._path(bucket, key)
        if not path.exists():
            raise _error("NoSuchKey", 404, request)
        return path

    def _path(self, bucket: str, key: str) -> Path:
        return self.folder / bucket / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _remove(self, bucket: str, key: str) -> None:
        path = self._path(bucket, key)
        if path.exists():
            path.replace(path.with_suffix(_REMOVED))

    def _keep(self, path: Path, kept: Kept) -> None:
        path.with_suffix(_KEPT).write_text(json.dumps(asdict(kept)), encoding="utf-8")

    def _kept(self, path: Path) -> Kept:
        return Kept(**json.loads(path.with_suffix(_KEPT).read_text(encoding="utf-8")))


class _Body:
    """What S3 streams."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes:
        """Return all of it, at the speed of one connection."""
        data = self._path.read_bytes()
        _wait(len(data) / S3_BYTES_PER_SECOND)
        return data


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def _error(code: str, status: int, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )
