"""The contracts of notifications: every message to subscribers, versioned as the messages between services are."""

from shared.light_dataclass import dataclass
from shared.messages import Provenance, Source, Typed
from shared.release import VERSION


@dataclass(frozen=True, kw_only=True)
class StoredRendition:
    """One rendition of one page in the output bucket.

    Args:
        rendition: name of the rendition, such as "resized".
        bucket: the output bucket.
        key: key of the output.
        set: name of the responsive set that it is of; None for none.
        sha256: SHA-256 of the output, in hexadecimal; None where the service that wrote it did not say.
    """

    rendition: str
    bucket: str
    key: str
    width: int
    height: int
    frames: int
    content_type: str
    size_bytes: int
    page: int = 1
    set: str | None = None
    sha256: str | None = None


class Notification(Typed):
    """A message to subscribers, with `pipeline_version` on the wire: that of the service that wrote it."""

    def _envelope(self) -> dict[str, object]:
        return {**super()._envelope(), "pipeline_version": VERSION}


@dataclass(frozen=True, kw_only=True)
class ImageStored(Notification):
    """The completion notice: every rendition is in the output bucket.

    Args:
        notice_id: the same for every copy of this notice.
        source: the image.
        outputs: the stored renditions.
        stored_at: when it was stored, ISO 8601 in UTC.
        seconds: seconds from the upload to stored_at.
        source_format: format of the source.
        source_width: width in pixels.
        source_height: height in pixels.
        placeholder: a ThumbHash of the picture in base64, for a web page to show until the picture is there.
        dominant_colour: the most frequent colour, such as "#1e90ff".
        provenance: how the picture was made, as its metadata says; None where `metadata` does not keep that.
        alt_text: what the picture shows, for those who do not see it; None where its metadata does not say.
        manifest: key of the manifest in the output bucket; None where `output.manifest` is null.
        warnings: what the uploader should know of the result, such as "page 1 of 3".
        left_out: number of outputs that are not listed, since a notification has room for 256 KB.
    """

    TYPE = "image-stored"

    notice_id: str
    source: Source
    outputs: tuple[StoredRendition, ...]
    stored_at: str
    seconds: float
    source_format: str
    source_width: int
    source_height: int
    placeholder: str | None = None
    dominant_colour: str | None = None
    provenance: Provenance | None = None
    alt_text: str | None = None
    manifest: str | None = None
    warnings: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class ImageRejected(Notification):
    """The notice of a rejection: a moderator found what pipeline.yaml rejects, and nothing of the image is stored.

    Args:
        notice_id: the same for every copy of this notice.
        source: the image.
        label: what was found, in the moderator's words.
        confidence: confidence of that label, in percent.
        rule: the label of pipeline.yaml that rejects it: the same label, or a parent of it.
        threshold: the lowest confidence at which that rule rejects, in percent.
        model: the moderator's version.
        rejected_at: when it was rejected, ISO 8601 in UTC.
    """

    TYPE = "image-rejected"

    notice_id: str
    source: Source
    label: str
    confidence: float
    rule: str
    threshold: float
    model: str
    rejected_at: str


@dataclass(frozen=True, kw_only=True)
class ImageFailed(Notification):
    """The failure notice: the message is in that service's dead-letter queue.

    Args:
        notice_id: the same for every copy of this notice.
        source: the image; None where the message could not be read.
        service: the service where it failed.
        error: the error's class, such as "UnsupportedImage".
        reason: the reason that people read.
        attempts: how often the message was tried.
        failed_at: when it failed, ISO 8601 in UTC.
        dlq: name of the dead-letter queue.
    """

    TYPE = "image-failed"

    notice_id: str
    source: Source | None = None
    service: str
    error: str
    reason: str
    attempts: int
    failed_at: str
    dlq: str


@dataclass(frozen=True, kw_only=True)
class FailedMember:
    """One image of a batch that failed.

    Args:
        key: key of the image.
        error: the error's class.
        reason: the reason that people read, shortened.
    """

    key: str
    error: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BatchEnded(Notification):
    """The digest: every image of a batch has its outcome, or nothing happened to it for its time-out.

    Args:
        notice_id: the same for every copy of this notice.
        batch_id: identifier of the batch.
        bucket: the input bucket; None where the uploader did not say.
        folders: folders of its keys, such as "holiday/"; "/" is the top.
        size: how many images there are; the seven counts below add up to it.
        stored: how many are stored.
        failed: how many failed.
        superseded: how many have a newer version that is stored.
        vanished: how many were deleted before they could be read.
        rejected: how many moderation rejected.
        missing: how many never came into the bucket, since the upload was interrupted.
        pending: how many came into the bucket and have no outcome.
        failures: some of those that failed.
        missing_keys: keys of some that never came, where the batch timed out and its uploader recorded them.
        missing_numbers: positions in the batch of those that never came, from 0, such as "3" or "17-20".
        pending_keys: keys of some that came and have no outcome.
        timeout_seconds: for how long nothing had happened to the batch; None where it ended by itself.
        uploaded_at: when the upload began, ISO 8601 in UTC; None where the uploader did not say.
        ended_at: when the last image had its outcome, ISO 8601 in UTC.
        seconds: seconds from uploaded_at to ended_at.
    """

    TYPE = "batch-ended"

    notice_id: str
    batch_id: str
    bucket: str | None = None
    folders: tuple[str, ...] = ()
    size: int
    stored: int = 0
    failed: int = 0
    superseded: int = 0
    vanished: int = 0
    rejected: int = 0
    missing: int = 0
    pending: int = 0
    failures: tuple[FailedMember, ...] = ()
    missing_keys: tuple[str, ...] = ()
    missing_numbers: tuple[str, ...] = ()
    pending_keys: tuple[str, ...] = ()
    timeout_seconds: int | None = None
    uploaded_at: str | None = None
    ended_at: str
    seconds: float | None = None
