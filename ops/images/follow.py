"""Uploads images and waits for their outcomes in the ledger."""

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.ledger import LedgerTable, Row
from ops.aws.objects import RefusedFile, UnreadableFile, put_file
from ops.aws.watch import MAX_UNNOTIFIED, Watch
from ops.show import note
from ops.stack import Stack
from shared.clock import SYSTEM, Clock
from shared.dlq_messages import iso
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
        at: when the upload began, ISO 8601 in UTC; empty where that is not known.
    """

    bucket: str
    key: str
    version_id: str | None
    size_bytes: int
    batch: str | None = None
    at: str = ""

    @property
    def source(self) -> Source:
        """The source, as far as it is known."""
        return Source(
            bucket=self.bucket,
            key=self.key,
            version_id=self.version_id,
            size_bytes=self.size_bytes,
            uploaded_at=self.at,
        )

    @property
    def image_id(self) -> str:
        """The correlation id that the services will give it; of an upload without a version, one of its own.

        What identifies an image there is in S3's event, which an uploader does not see.
        """
        return self.source.image_id


def upload(
    stack: Stack,
    uploads: Iterable[Upload],
    metadata: Mapping[str, str] | None = None,
    *,
    stamp: Callable[[int], Mapping[str, str]] = lambda _: {},
    uploaded: Callable[[int, Uploaded], None] = lambda _, __: None,
    failed: Callable[[UnreadableFile | RefusedFile], None] | None = None,
) -> list[Uploaded]:
    """Upload files into the input bucket, several at a time, in the order given.

    Args:
        stack: whose input bucket.
        uploads: the files.
        metadata: user metadata of every object, ASCII.
        stamp: more of it, by the file's place in the order.
        uploaded: called with the place in the order of each, and with what it became; from several threads.
        failed: called with what is wrong with a file that cannot be read, or that S3 refuses, from several threads;
            the others are uploaded all the same, unless it raises. None to raise it.

    Raises:
        UnreadableFile: a file cannot be read, and `failed` is None.
        botocore.exceptions.ClientError: S3 refuses a file, and `failed` is None.
    """
    broken_off = threading.Event()

    def one(number: int, file: Upload) -> Uploaded | None:
        if broken_off.is_set():
            return None  # the error of another file is raised
        try:
            return put_one(number, file)
        except BaseException:
            broken_off.set()
            raise

    def put_one(number: int, file: Upload) -> Uploaded | None:
        bucket, at = stack.names.input_bucket, iso(datetime.now(UTC))
        try:
            put = put_file(
                stack.s3, file.path, bucket=bucket, key=file.key, metadata={**(metadata or {}), **stamp(number)}
            )
        except (UnreadableFile, ClientError, BotoCoreError) as error:
            if failed is None:
                raise
            failed(error if isinstance(error, UnreadableFile) else _refused(file, error))
            return None
        there = Uploaded(bucket=bucket, key=file.key, version_id=put.version_id, size_bytes=put.size_bytes, at=at)
        uploaded(number, there)
        return there

    with ThreadPoolExecutor(_UPLOADS) as pool:
        return [there for there in pool.map(one, itertools.count(), uploads) if there is not None]


def _refused(file: Upload, error: Exception) -> RefusedFile:
    refused = RefusedFile(f"{file.path}: {error}")
    refused.__cause__ = error
    return refused


def follow(
    ledger: LedgerTable,
    images: Sequence[Uploaded],
    *,
    timeout_seconds: float,
    report: Callable[[Mapping[str, Row]], None] = lambda _: None,
    clock: Clock = SYSTEM,
) -> dict[str, Row]:
    """Wait until every image has its outcome, or the time is over.

    Args:
        ledger: where the outcomes are.
        images: what was uploaded.
        timeout_seconds: from now.
        report: called after each look with the rows by image id.
        clock: by which to wait.

    Returns:
        The rows by image id; after a time-out some have no outcome, or are missing.
    """
    watch = Watch(ledger=ledger)
    for image in images:
        watch.add(image)
    deadline = clock.monotonic() + timeout_seconds
    while True:
        # A page at a time: those that were uploaded first mostly end first. Only the last look is at all of them.
        pending, over = watch.pending, clock.monotonic() >= deadline
        watch.look(others=pending if over else MAX_UNNOTIFIED)
        report(watch.rows)
        if not watch.pending or over:
            return watch.rows
        if watch.pending == pending:
            clock.wait(_POLL_SECONDS)


def files_under(
    paths: Sequence[Path],
    prefix: str = "",
    *,
    unreadable: Callable[[UnreadableFile], None] | None = None,
) -> list[Upload]:
    """The files that some paths name; folders with all that is in them, keyed relative to the folder.

    Hidden files are left out of folders, and links to folders are not followed: they may lead in circles. Each that
    is not hidden is named on stderr. Pipes and dead links in them are kept, and named by the upload.

    Args:
        paths: of files and folders.
        prefix: put before each key.
        unreadable: called with a folder that cannot be listed; None to leave it out.
    """

    def closed(error: OSError) -> None:
        if unreadable is not None:
            unreadable(UnreadableFile(f"{error.filename}: {error.strerror}"))

    uploads = []
    for path in paths:
        if not path.is_dir():
            uploads.append(Upload(path=path, key=prefix + path.name))
            continue
        inside = []
        for folder, folders, files in os.walk(path, onerror=closed):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for each in folders:
                if (below := Path(folder, each)).is_symlink():
                    note(f"not followed: {below} links to a folder. Pass it by name to upload what is in it.")
            inside += [Path(folder, each) for each in files if not each.startswith(".")]
        uploads += [Upload(path=each, key=prefix + each.relative_to(path).as_posix()) for each in sorted(inside)]
    return uploads
