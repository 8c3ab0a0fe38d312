"""S3's notifications as they arrive in SQS, parsed into images; keys are unquoted here and nowhere else."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from shared import wire
from shared.errors import BadMessage
from shared.messages import ImageUploaded, Source

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
# 2.x only ever adds fields; a 3.x would change them.
EVENT_MAJOR_VERSION: Final = "2"


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


def uploaded_image(body: str) -> ImageUploaded | None:
    """The image in an S3 event that has one record.

    None for a test event, a removal, and for the empty "folders" that consoles make.

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
    if not _is_creation(records[0]):
        return None
    source = _source(records[0])
    return None if _is_folder(source) else ImageUploaded(source=source)


def _is_creation(record: object) -> bool:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:s3":
        raise BadMessage(f"a record is not an S3 record: {record!r:.80}")
    version = record.get("eventVersion")
    if not isinstance(version, str) or version.split(".")[0] != EVENT_MAJOR_VERSION:
        raise BadMessage(f"eventVersion is {version!r:.80}; this release reads {EVENT_MAJOR_VERSION}.x")
    name = record.get("eventName")
    return isinstance(name, str) and name.removeprefix("s3:").startswith("ObjectCreated:")


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
