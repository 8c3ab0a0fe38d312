"""What the steps and the runner need of the outside world, as Protocols: AWS on Lambda, memory in tests."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final, Protocol

from shared.light_dataclass import dataclass
from shared.messages import Source, UploadBatch
from shared.notifications import BatchEnded, ImageFailed, ImageRejected, ImageStored
from shared.progress import Outcome, Progress
from shared.removals import ImageRemoved


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """What an object store knows of an object without its bytes.

    Args:
        etag: ETag of the object.
        metadata: the uploader's own metadata, by lower-case name.
        tag_count: number of the object's tags.
        size_bytes: size of the object.
        version_id: version of the object; None in a bucket without versions.
        modified_at: when the store took this version; None where it does not say.
    """

    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    tag_count: int = 0
    size_bytes: int = 0
    version_id: str | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FetchedObject:
    """An object: its bytes and what the store knows of it."""

    body: bytes
    info: ObjectInfo


@dataclass(frozen=True, kw_only=True)
class Headers:
    """What is written along with an object's bytes."""

    content_type: str = "application/octet-stream"
    cache_control: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Objects(Protocol):
    """An object store: S3."""

    def get(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object.

        Raises:
            NotFound: it is not there.
            TransientError: the store cannot answer now.
        """

    def get_undeleted(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object, or one version of it, whose key is not deleted.

        A version can be read while a delete marker is on top of it: this does not.

        Raises:
            NotFound: it is not there, or a delete marker is on top.
            TransientError: the store cannot answer now.
        """

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What the store knows of an object; raises as get does."""

    def tags(self, bucket: str, key: str, *, version_id: str | None = None) -> Mapping[str, str]:
        """The object's tags; raises as get does."""

    def put(self, bucket: str, key: str, body: bytes, headers: Headers) -> None:
        """Write an object, replacing whatever was there.

        Raises:
            TransientError: the store cannot take it now.
        """

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects, up to a thousand per request; those that are not there are not an error.

        Raises:
            TransientError: some are still there.
        """

    def put_if(self, bucket: str, key: str, body: bytes, headers: Headers, *, etag: str | None) -> None:
        """Write an object if the one there has this etag; with None, if there is none.

        Raises:
            PreconditionFailed: that is not so.
            TransientError: the store cannot take it now.
        """

    def delete_if(self, bucket: str, key: str, *, etag: str) -> None:
        """Remove an object where it has this etag; one that is not there is no error.

        Raises:
            PreconditionFailed: another object is there.
            TransientError: the store cannot take it now.
        """


class NextQueue(Protocol):
    """A queue that messages are sent to."""

    def send(self, bodies: Sequence[str], groups: Sequence[str | None]) -> Sequence[str | None]:
        """Send messages, up to ten per request; returns None for each one that was sent, else why it was not.

        Args:
            bodies: of the messages.
            groups: of each message; None for none. See shared.message_groups.
        """


@dataclass(frozen=True, kw_only=True)
class DlqMessage:
    """A message with attributes: for the dead-letter queue, the original body and why it failed.

    Args:
        body: the original body.
        attributes: by name.
        group: of the message; None for none. See shared.message_groups.
    """

    body: str
    attributes: Mapping[str, str]
    group: str | None = None


class SourceQueue(Protocol):
    """The queue that feeds this service, and its dead-letter queue."""

    def retry_later(self, receipts: Mapping[str, int]) -> None:
        """Let messages come back after a pause.

        Args:
            receipts: seconds to wait, by receipt handle.
        """

    def requeue(self, entries: Sequence[DlqMessage]) -> Sequence[str | None]:
        """Send messages to this queue as if they were new; returns what NextQueue.send does."""

    def acknowledge(self, receipts: Sequence[str]) -> None:
        """Remove messages whose work is done, before Lambda does so itself; it does no harm if some stay."""

    def dead_letter(self, entries: Sequence[DlqMessage]) -> Sequence[str | None]:
        """Send messages to the dead-letter queue; returns None for each one that was sent, else why it was not."""

    @property
    def dlq(self) -> str:
        """The name of the dead-letter queue."""


# In place of a message: subscribers know of the outcome.
NOTIFIED: Final = "notified"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """What one service writes into the row of an image.

    Args:
        source: the image.
        service: the service that writes.
        seconds: how long the service worked on it.
        at: when, ISO 8601 in UTC.
        outcome: the outcome; None while the image is on its way.
        error: the error's class, for a failure.
        reason: the reason that people read, where the outcome needs one.
        outputs: keys in the output bucket, for a stored image.
        replays: how often the message came back from the dead-letter queue.
        placeholder: a ThumbHash in base64, for a stored image.
        warnings: what the uploader should know of a stored image.
        notifier: id of the SQS message that notifies subscribers of the outcome as soon as it is recorded; NOTIFIED
            where it has done so; None where there is nothing to notify them of.
        takes_over: whether it does so though another message has recorded the same outcome.
    """

    source: Source
    service: str
    seconds: float
    at: str
    outcome: Outcome | None = None
    error: str | None = None
    reason: str | None = None
    outputs: tuple[str, ...] = ()
    replays: int = 0
    placeholder: str | None = None
    warnings: tuple[str, ...] = ()
    notifier: str | None = None
    takes_over: bool = False


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the row says of an image once an entry is written.

    Args:
        batch: the batch that it was uploaded with; None where it was uploaded alone, or the row does not say.
    """

    batch: UploadBatch | None = None


class Ledger(Protocol):
    """One row per image."""

    def record(self, entry: LedgerEntry) -> Recorded | None:
        """Write a service's entry; returns None where the row is left as it is.

        That is so where it is further already, or where another message has recorded the same outcome: that one
        notifies subscribers. It comes back until it has done so, though its function be killed.

        Raises:
            TransientError: the ledger cannot take it now.
        """

    def attempt(self, source: Source, service: str, *, number: int, most: int, at: str) -> None:
        """Note that a service works on an image again; a row that is further already is left as it is.

        Args:
            source: the image.
            service: that works on it.
            number: of the attempt, from 2.
            most: how many attempts there are.
            at: when, ISO 8601 in UTC.

        Raises:
            TransientError: the ledger cannot take it now.
        """

    def progress(self, source: Source) -> Progress | None:
        """How far an image has come; None where no service has recorded anything.

        Raises:
            TransientError: the ledger cannot answer now.
        """


class Notices(Protocol):
    """Where subscribers are notified."""

    def publish(self, notice: ImageStored | ImageFailed | ImageRejected | ImageRemoved | BatchEnded) -> None:
        """Report an outcome, or of a batch's end.

        Raises:
            TransientError: the topic cannot take it now.
        """


@dataclass(frozen=True, kw_only=True)
class Label:
    """One thing that a moderator sees in a picture.

    Args:
        name: name of the label, such as "Exposed Buttocks or Anus".
        parent: its parent label; empty at the top.
        confidence: 0 to 100, in percent.
    """

    name: str
    parent: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Labels:
    """All that a moderator sees in a picture.

    Args:
        found: each label, and its parents.
        model: the moderator's version.
    """

    found: tuple[Label, ...]
    model: str


# (left, top, right, bottom), shares of a picture's width and height; beyond 0 and 1 where a face is cut off.
FaceBox = tuple[float, float, float, float]


class FaceDetector(Protocol):
    """The service that finds faces in pictures: Rekognition."""

    def faces(self, jpeg: bytes) -> tuple[FaceBox, ...]:
        """The box of each face, of the 100 largest.

        Args:
            jpeg: the picture as a JPEG, at most 5 MiB, each side at least 80 px.

        Raises:
            ModerationRefused: the detector does not accept the picture.
            TransientError: it cannot answer now.
        """


class Moderator(Protocol):
    """The service that looks for pictures that must not be stored: Rekognition."""

    def labels(self, jpeg: bytes, *, least: float) -> Labels:
        """The labels of a picture.

        Args:
            jpeg: the picture as a JPEG, at most 5 MiB, each side at least 80 px.
            least: lowest confidence in percent; labels below it are left out.

        Raises:
            ModerationRefused: the moderator does not accept the picture.
            TransientError: it cannot answer now.
        """
