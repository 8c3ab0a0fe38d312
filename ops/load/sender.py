"""Uploads a load test's files: several at a time, at a rate, until all are uploaded or it is stopped."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from ops.aws.objects import put
from ops.errors import CommandError, Exit
from ops.images.batches import BatchUpload
from ops.images.follow import Uploaded
from ops.load.mix import Item
from ops.stack import Stack
from shared.batches import MAX_SIZE
from shared.clock import SYSTEM, Clock
from shared.errors import PipelineError

# After this many failed uploads the rest is not uploaded.
MAX_REFUSED: Final = 10


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An image that is in the input bucket.

    Args:
        number: Its place in the sequence of uploads, from 0.
        kind: Name of its kind of file.
        expected: The outcomes that are expected; empty if none is.
        uploaded: The object in the input bucket.
        at: When S3 had accepted it, in seconds since 1970, by this machine's clock.
        seconds: Time that the upload took.
    """

    number: int
    kind: str
    expected: frozenset[str]
    uploaded: Uploaded
    at: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that could not be uploaded: S3 refused it, or did not answer.

    Args:
        number: Its place in the sequence of uploads, from 0.
        key: Key that it was to have.
        reason: Why, in words.
    """

    number: int
    key: str
    reason: str


@dataclass(kw_only=True)
class Sender:
    """Uploads files in threads of its own.

    Args:
        put: Uploads one file.
        items: The files in their sequence.
        workers: Uploads at once.
        rate: Files a second; None for as fast as they go. A delay is caught up with.
        clock: The clock to wait by.
    """

    put: Callable[[Item], Uploaded]
    items: Iterator[Item]
    workers: int
    rate: float | None = None
    clock: Clock = SYSTEM
    sent: list[Sent] = field(default_factory=list, init=False)
    refused: list[Refused] = field(default_factory=list, init=False)
    started: float = field(default=0.0, init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _taken: int = field(default=0, init=False)

    def start(self) -> None:
        """Begin to upload."""
        self.started = self.clock.monotonic()
        self._threads = [
            threading.Thread(target=self._work, name=f"sending-{number}", daemon=True) for number in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> bool:
        """Whether nothing more will be uploaded."""
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def gave_up(self) -> bool:
        """Whether too many files were refused to go on."""
        return len(self.refused) >= MAX_REFUSED

    def stop(self) -> None:
        """Upload nothing more, and wait for uploads that are under way."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (item := self._next()) is not None:
            begun = self.clock.monotonic()
            try:
                uploaded = self.put(item)
            except Exception as error:  # noqa: BLE001 - whatever it was, what is not there is reported
                reason = f"{type(error).__name__}: {error}"
                self.refused.append(Refused(number=item.number, key=item.key, reason=reason))
                if self.gave_up:
                    self._stopped.set()
                continue
            self.sent.append(
                Sent(
                    number=item.number,
                    kind=item.kind,
                    expected=item.expected,
                    uploaded=uploaded,
                    at=time.time(),
                    seconds=self.clock.monotonic() - begun,
                )
            )

    def _next(self) -> Item | None:
        """The next file, when its time has come; None where there is none, or the sending is stopped."""
        with self._lock:
            item = None if self._stopped.is_set() else next(self.items, None)
            due = self.started + (self._taken / self.rate if self.rate else 0.0)
            self._taken += 1
        if item is None or self.clock.wait_for(self._stopped, max(0.0, due - self.clock.monotonic())):
            return None
        return item


@dataclass(kw_only=True)
class Batches:
    """The upload batches of a load test: one, or several if one would have too many images.

    Args:
        stack: The pipeline that is tested.
        id: Id of the load test, and of its first upload batch.
        keys: Keys of all images.
    """

    stack: Stack
    id: str
    keys: Sequence[str]
    unjoined: list[str] = field(default_factory=list, init=False)
    _batches: list[BatchUpload] = field(init=False)

    def __post_init__(self) -> None:
        starts = range(0, len(self.keys), MAX_SIZE)
        self._batches = [
            BatchUpload(
                stack=self.stack,
                id=self.id if start == 0 else f"{self.id}-{start // MAX_SIZE + 1}",
                keys=self.keys[start : start + MAX_SIZE],
                watched=False,  # its message would wait in store's queue, whose depth the report shows
            )
            for start in starts
        ]

    @property
    def ids(self) -> list[str]:
        """Ids of the upload batches."""
        return [each.id for each in self._batches]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A context for the uploads; images that are not uploaded at its end are counted as not uploaded."""
        with ExitStack() as all_of_them:
            for each in self._batches:
                all_of_them.enter_context(each.opened())
            yield

    def put(self, item: Item) -> Uploaded:
        """Upload one file.

        Raises:
            CommandError: the input bucket keeps no versions, by which images are distinguished.
        """
        batch_upload, number = self._batches[item.number // MAX_SIZE], item.number % MAX_SIZE
        bucket = self.stack.names.input_bucket
        there = put(self.stack.s3, item.body(), bucket=bucket, key=item.key, metadata=batch_upload.stamp(number))
        if there.version_id is None:
            raise CommandError(f"{bucket} keeps no versions, by which images are distinguished", Exit.FAILURE)
        uploaded = Uploaded(
            bucket=bucket,
            key=item.key,
            version_id=there.version_id,
            size_bytes=there.size_bytes,
            batch=batch_upload.id,
        )
        try:
            batch_upload.joined(number, uploaded)
        except PipelineError as error:
            # The image is there, and its own metadata names the batch; only its digest may be late.
            self.unjoined.append(f"{item.key}: {error}")
        return uploaded
