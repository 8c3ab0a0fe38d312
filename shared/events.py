"""S3's events as they arrive in SQS, from S3 or from EventBridge, parsed into images; keys are unquoted here alone."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote_plus

from shared import wire
from shared.errors import BadMessage
from shared.messages import NULL_VERSION, ImageUploaded, Source
from shared.removals import SourceRemoved

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
# 2.x only ever adds fields; a 3.x would change them.
EVENT_MAJOR_VERSION: Final = "2"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
CREATED: Final = "ObjectCreated:"
REMOVED: Final = ("ObjectRemoved:", "LifecycleExpiration:")
MARKER: Final = "DeleteMarkerCreated"

# What a backfill's events have in place of the id of a notification configuration.
BACKFILL_CONFIGURATION: Final = "pipeline-backfill"

# An event that EventBridge delivers. Its envelope's version is none of the schema; `event-version` of the detail is,
# where it is there: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
BRIDGED: Final = "aws.s3"
BRIDGED_MAJOR_VERSION: Final = "1"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
_BRIDGED_CREATED: Final = "Object Created"
_BRIDGED_REMOVED: Final = "Object Deleted"
_BRIDGED_MARKER: Final = "Delete Marker Created"
_WHOLE_SECOND: Final = re.compile(r"(?<=:\d\d)Z$")

Change = ImageUploaded | SourceRemoved


def split(body: str) -> tuple[str, ...]:
    """One body for each record of an S3 event, so that each image has an outcome of its own.

    An event with one record, as S3 sends them, is returned as it came; so is an event of EventBridge.

    Raises:
        BadMessage: the body is not a JSON object.
    """
    event = wire.loads(body)
    records = event.get("Records")
    if not isinstance(records, list) or len(records) == 1:
        return (body,)
    return tuple(wire.dumps({**event, "Records": [record]}) for record in records)


def change(body: str) -> Change | None:
    """What one S3 event reports: an image that was uploaded, or a source that was removed.

    None for a test event, for other events, and for the empty "folders" that consoles make.

    Args:
        body: body of the SQS message: a notification of S3 of version 2.x with one record, or an event of EventBridge.

    Raises:
        BadMessage: the body is not an S3 event.
    """
    event = wire.loads(body)
    if event.get("Event") == "s3:TestEvent":
        return None
    if event.get("source") == BRIDGED:
        return _bridged(event)
    records = event.get("Records")
    if not isinstance(records, list) or len(records) != 1:
        raise BadMessage("the body is not an S3 event: it has no Records")
    name = _name(records[0])
    if not name.startswith((CREATED, *REMOVED)):
        return None
    source = _source(records[0])
    if not name.startswith(CREATED):
        return _removal(source, marker=name.endswith(MARKER))
    # A backfill's event is of what was put before the bucket had versions: there is only one "null".
    is_backfilled = records[0]["s3"].get("configurationId") == BACKFILL_CONFIGURATION
    return _upload(source if is_backfilled else _identified(source))


def _upload(source: Source) -> ImageUploaded | None:
    return None if _is_folder(source) else ImageUploaded(source=source)


def _removal(source: Source, *, marker: bool) -> SourceRemoved | None:
    """A delete marker hides all versions; without one, an event that names a version, "null" too, is of it alone."""
    if _is_folder(source):
        return None
    if marker:
        return SourceRemoved(source=_identified(source))
    return SourceRemoved(source=replace(source, version_id=None), version_id=source.version_id)


def _is_folder(source: Source) -> bool:
    return source.key.endswith("/") and source.size_bytes == 0


def _identified(source: Source) -> Source:
    """A source with its version, if that identifies it: where versions are suspended, each replaces the last "null"."""
    return replace(source, version_id=None) if source.version_id == NULL_VERSION else source


def _bridged(event: Mapping[str, Any]) -> Change | None:
    """The change in an event of EventBridge, which has keys as they are: not encoded, unlike in S3's notifications."""
    kind, detail = event.get("detail-type"), event.get("detail")
    if kind not in (_BRIDGED_CREATED, _BRIDGED_REMOVED):  # a set would need its hash, and it may be anything
        return None
    if not isinstance(detail, Mapping):
        raise BadMessage(f"the event of EventBridge has no detail: {detail!r:.80}")
    version = detail.get("event-version", f"{BRIDGED_MAJOR_VERSION}.0")
    if not isinstance(version, str) or version.split(".")[0] != BRIDGED_MAJOR_VERSION:
        raise BadMessage(f"event-version is {version!r:.80}; this release reads {BRIDGED_MAJOR_VERSION}.x")
    try:
        described = detail["object"]
        sequencer = described.get("sequencer")
        values = {
            "bucket": detail["bucket"]["name"],
            "key": described["key"],
            "version_id": described.get("version-id"),
            # S3's own notifications have capitals; text comparison orders both only if they are alike.
            "sequencer": sequencer.upper() if isinstance(sequencer, str) else sequencer,
            "size_bytes": described.get("size", 0),  # deletions have none
            "uploaded_at": _within_second(event["time"]),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise BadMessage(f"the event of EventBridge is not an S3 event: {error!r}") from error
    source = wire.from_json(Source, values)
    if kind == _BRIDGED_CREATED:
        return _upload(_identified(source))
    return _removal(source, marker=detail.get("deletion-type") == _BRIDGED_MARKER)


def _within_second(time: object) -> object:
    """A time of EventBridge, which has no parts of a second, in the form of S3's own, which are compared as text.

    It becomes the last moment of its second. So an image that is uploaded right after its key was removed by hand is
    never taken for a part of what was removed.
    """
    return _WHOLE_SECOND.sub(".999Z", time) if isinstance(time, str) else time


def _name(record: object) -> str:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:s3":
        raise BadMessage(f"a record is not an S3 record: {record!r:.80}")
    version = record.get("eventVersion")
    if not isinstance(version, str) or version.split(".")[0] != EVENT_MAJOR_VERSION:
        raise BadMessage(f"eventVersion is {version!r:.80}; this release reads {EVENT_MAJOR_VERSION}.x")
    name = record.get("eventName")
    return name.removeprefix("s3:") if isinstance(name, str) else ""


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
