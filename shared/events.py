"""S3's notifications as they arrive in SQS, parsed into images; keys are unquoted here and nowhere else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote_plus

from shared import wire
from shared.errors import BadMessage
from shared.messages import ImageUploaded, Source
from shared.removals import SourceRemoved

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
# 2.x only ever adds fields; a 3.x would change them.
EVENT_MAJOR_VERSION: Final = "2"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
CREATED: Final = "ObjectCreated:"
REMOVED: Final = ("ObjectRemoved:", "LifecycleExpiration:")
MARKER: Final = "DeleteMarkerCreated"


Change = ImageUploaded | SourceRemoved


def split(body: str) -> tuple[str, ...]:
    """One body for each record of an S3 event, so that each image has an outcome of its own.

    An event with one record, as S3 sends them, is returned as it came.

    Raises:
        BadMessage: the body is not a JSON object.
    """
    event = wire.loads(body)
    records = event.get("Records")
    if not isinstance(records, list) or len(records) == 1:
        return (body,)
    return tuple(wire.dumps({**event, "Records": [record]}) for record in records)


def change(body: str) -> Change | None:
    """What one S3 event of one record reports: an image that was uploaded, or a source that was removed.

    None for a test event, for other events, and for the empty "folders" that consoles make.

    Args:
        body: body of the SQS message: an S3 event of version 2.x.

    Raises:
        BadMessage: the body is not an S3 event.
    """
    event = wire.loads(body)
    if event.get("Event") == "s3:TestEvent":
        return None
    records = event.get("Records")
    if not isinstance(records, list) or len(records) != 1:
        raise BadMessage("the body is not an S3 event: it has no Records")
    name = _name(records[0])
    if not name.startswith((CREATED, *REMOVED)):
        return None
    source = _source(records[0])
    if _is_folder(source):
        return None
    if name.startswith(CREATED):
        return ImageUploaded(source=source)
    # A delete marker hides all versions; without one, an event that names a version is of that version alone.
    if name.endswith(MARKER):
        return SourceRemoved(source=source)
    return SourceRemoved(source=replace(source, version_id=None), version_id=source.version_id)


def _name(record: object) -> str:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:s3":
        raise BadMessage(f"a record is not an S3 record: {record!r:.80}")
    version = record.get("eventVersion")
    if not isinstance(version, str) or version.split(".")[0] != EVENT_MAJOR_VERSION:
        raise BadMessage(f"eventVersion is {version!r:.80}; this release reads {EVENT_MAJOR_VERSION}.x")
    name = record.get("eventName")
    return name.removeprefix("s3:") if isinstance(name, str) else ""


def _is_folder(source: Source) -> bool:
    return source.key.endswith("/") and source.size_bytes == 0


def _source(record: Mapping[str, Any]) -> Source:
    try:
        bucket, described = record["s3"]["bucket"]["name"], record["s3"]["object"]
        values = {
            "bucket": bucket,
            # S3 encodes keys in events: "a b+c.jpg" arrives as "a+b%2Bc.jpg".
            "key": unquote_plus(described["key"], errors="strict"),
            "version_id": described.get("versionId"),
            "sequencer": described.get("sequencer"),
            "size_bytes": described.get("size", 0),
            "uploaded_at": record["eventTime"],
        }
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise BadMessage(f"the record is not an S3 record: {error!r}") from error
    return wire.from_json(Source, values)
