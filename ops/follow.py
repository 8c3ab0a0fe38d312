"""Uploads images and waits for their outcomes in the ledger."""

import itertools
import mimetypes
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.aws.watch import MAX_UNNOTIFIED, Watch
from ops.ledger import LedgerTable, Row
from ops.stack import Stack
from shared.messages import Source

_UPLOADS: Final = 8
_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that is to be uploaded.

    Args:
        path: where it is.
        key: what it is to be called in the input bucket.
    """

    path: Path
    key: str


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """An image that is in the input bucket.

    Args:
        bucket: the input bucket.
        key: what it is called there.
        version_id: what S3 gave it.
        size_bytes: of the file.
        batch: with which it was uploaded; None where it was uploaded alone.
    """

    bucket: str
    key: str
    version_id: str | None
    size_bytes: int
    batch: str | None = None

    @property
    def image_id(self) -> str:
        """The correlation id that the services will give it."""
        source = Source(bucket=self.bucket, key=self.key, version_id=self.version_id, size_bytes=0, uploaded_at="")
        return source.image_id


def upload(
    stack: Stack,
    uploads: Iterable[Upload],
    metadata: Mapping[str, str] | None = None,
    *,
    stamp: Callable[[int], Mapping[str, str]] = lambda _: {},
    uploaded: Callable[[int, Uploaded], None] = lambda _, __: None,
) -> list[Uploaded]:
    """Upload files into the input bucket, several at a time, in the order given.

    Args:
        stack: whose input bucket.
        uploads: the files.
        metadata: user metadata of every object, ASCII.
        stamp: more of it, by the file's place in the order.
        uploaded: notified of each, with its place in the order, once it is there; called from several threads.
    """

    def one(number: int, file: Upload) -> Uploaded:
        body = file.path.read_bytes()
        answer = stack.s3.put_object(
            Bucket=stack.names.input_bucket,
            Key=file.key,
            Body=body,
            ContentType=mimetypes.guess_type(file.key)[0] or "application/octet-stream",
            Metadata={**(metadata or {}), **stamp(number)},
        )
        there = Uploaded(
            bucket=stack.names.input_bucket,
            key=file.key,
            version_id=answer.get("VersionId"),
            size_bytes=len(body),
        )
        uploaded(number, there)
        return there

    with ThreadPoolExecutor(_UPLOADS) as pool:
        return list(pool.map(one, itertools.count(), uploads))


def follow(
    ledger: LedgerTable,
    images: Sequence[Uploaded],
    *,
    timeout_seconds: float,
    report: Callable[[Mapping[str, Row]], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Row]:
    """Wait until every image has its outcome, or the time is over.

    Args:
        ledger: where the outcomes are.
        images: what was uploaded.
        timeout_seconds: from now.
        report: called after each look with the rows by image id.
        clock: in seconds.
        sleep: for seconds.

    Returns:
        The rows by image id; after a time-out some have no outcome, or are missing.
    """
    watch = Watch(ledger=ledger)
    for image in images:
        watch.add(image)
    deadline = clock() + timeout_seconds
    while True:
        # A page at a time: those that were uploaded first mostly end first. Only the last look is at all of them.
        pending, over = watch.pending, clock() >= deadline
        watch.look(others=pending if over else MAX_UNNOTIFIED)
        report(watch.rows)
        if not watch.pending or over:
            return watch.rows
        if watch.pending == pending:
            sleep(_POLL_SECONDS)


def files_under(paths: Sequence[Path], prefix: str = "") -> list[Upload]:
    """The files that some paths name; folders with all that is in them, keyed relative to the folder.

    Hidden files are left out of folders.

    Args:
        paths: of files and folders.
        prefix: put before each key.
    """
    uploads = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            relative = [(each, each.relative_to(path)) for each in inside]
            uploads += [
                Upload(path=each, key=prefix + key.as_posix())
                for each, key in relative
                if not any(part.startswith(".") for part in key.parts)
            ]
        else:
            uploads.append(Upload(path=path, key=prefix + path.name))
    return uploads
