"""DLQ messages for tests: bodies as written by S3 and the services, in the form in which SQS delivers them."""

import json

from ops.dlq.received_messages import message_of
from shared.messages import ImageResized, ImageWatermarked, Source

BUCKET = "image-pipeline-input-123456789012-eu-west-1"
SENT = 1_767_225_600_000  # 2026-01-01T00:00:00Z, in milliseconds


def source(key="a.jpg", version="v1", sequencer="0A", bucket=BUCKET):
    return Source(
        bucket=bucket,
        key=key,
        version_id=version,
        sequencer=sequencer,
        size_bytes=3,
        uploaded_at="2026-01-01T00:00:00.000Z",
    )


def s3_record(about):
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": about.uploaded_at,
        "s3": {
            "bucket": {"name": about.bucket},
            "object": {
                "key": "".join(f"%{byte:02X}" for byte in about.key.encode()),
                "size": about.size_bytes,
                "versionId": about.version_id,
                "sequencer": about.sequencer,
            },
        },
    }


def body_of(service, *sources):
    """The body that a service receives about images; with some spaces, because SQS returns bodies exactly."""
    if service == "resize":
        return json.dumps({"Records": [s3_record(each) for each in sources]}, indent=1)
    kind = ImageResized if service == "watermark" else ImageWatermarked
    return kind(
        source=sources[0], intermediate_key="s", renditions=(), source_format="PNG", source_width=1, source_height=1
    ).encode()


def attributes(**values):
    return {name: {"DataType": "String", "StringValue": str(value)} for name, value in values.items()}


def message(body, *, sent=SENT, moved=False, message_id="m-1", more=None, **values):
    system = {"SentTimestamp": str(sent)}
    if moved:
        system["DeadLetterQueueSourceArn"] = "arn:aws:sqs:eu-west-1:123456789012:image-pipeline-resize"
    message_attributes = attributes(**values) | (more or {})
    return {"MessageId": message_id, "ReceiptHandle": "h", "Body": body, "Attributes": system} | (
        {"MessageAttributes": message_attributes} if message_attributes else {}
    )


def entry(service="resize", key="a.jpg", **options):
    return message_of(service, message(body_of(service, source(key)), **options), max_receives=6)
