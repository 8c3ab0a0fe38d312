"""The three real handlers, with messages carried between them by hand."""

import base64
import io
import json
from importlib import import_module

import pytest
from fakes import FakeContext
from pictures import gradient, saved
from PIL import Image

from ops import settings
from ops.ledger import LedgerTable
from ops.names import STAGES
from shared.messages import ImageFailed, ImageStored


class Pipeline:
    """A deployed pipeline, one batch at a time."""

    def __init__(self, aws, monkeypatch):
        self.aws = aws
        self.monkeypatch = monkeypatch
        self.settings = settings.parse({"name": aws.names.name})
        self.drops = 0

    def drop(self, key, body, **options):
        """An object, and its event in the first queue; moto's own events lack version and sequencer."""
        self.drops += 1
        answer = self.aws.s3.put_object(Bucket=self.aws.names.input_bucket, Key=key, Body=body, **options)
        self.send(self.event(key, answer["VersionId"], len(body)))
        return answer["VersionId"]

    def event(self, key, version, size, sequencer=None):
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "eventTime": "2026-01-01T00:00:00.000Z",
            "s3": {
                "bucket": {"name": self.aws.names.input_bucket},
                "object": {
                    "key": key.replace(" ", "+"),
                    "size": size,
                    "versionId": version,
                    "sequencer": sequencer or f"{self.drops:016X}",
                },
            },
        }

    def send(self, *records):
        self.send_to("resize", json.dumps({"Records": list(records)}))

    def send_to(self, stage, *bodies):
        for body in bodies:
            self.aws.sqs.send_message(QueueUrl=self.aws.urls[self.aws.names.queue(stage)], MessageBody=body)

    def bodies(self, stage):
        """What waits in a stage's queue; it stays there."""
        url = self.aws.urls[self.aws.names.queue(stage)]
        found = self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]

    def run(self, *stages):
        """Let each stage work off its queue; what comes back, by stage."""
        return {stage: self._invoke(stage) for stage in stages or STAGES}

    def _invoke(self, stage):
        module = import_module(f"services.{stage}.handler")
        module._stage.cache_clear()
        environment = self.settings.environment(stage, self.aws.names, self.aws.urls)
        with self.monkeypatch.context() as patch:
            for name, value in (environment | {"TOPIC_ARN": self.aws.topic_arn}).items():
                patch.setenv(name, value)
            url = self.aws.urls[self.aws.names.queue(stage)]
            messages = self.aws.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not messages:
                return []
            failures = module.handler({"Records": list(map(_record, messages))}, FakeContext())["batchItemFailures"]
        kept = {each["itemIdentifier"] for each in failures}
        for message in messages:
            if message["MessageId"] not in kept:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages if message["MessageId"] in kept]

    def staged(self):
        listed = self.aws.s3.list_objects_v2(Bucket=self.aws.names.work_bucket).get("Contents", [])
        return [each["Key"] for each in listed]

    def outputs(self):
        listed = self.aws.s3.list_objects_v2(Bucket=self.aws.names.output_bucket).get("Contents", [])
        return sorted(each["Key"] for each in listed)

    def output(self, key):
        return self.aws.s3.get_object(Bucket=self.aws.names.output_bucket, Key=key)

    def rows(self):
        rows = LedgerTable(self.aws.dynamodb, self.aws.names.ledger).all()
        return {(row.key, row.version_id): (row.outcome, row.error) for row in rows}

    def mail(self):
        notices = []
        url = self.aws.urls[self.aws.names.mailbox]
        while messages := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])["Message"]
                notices.append((ImageFailed if "image-failed" in body else ImageStored).decode(body))
        return notices

    def buried(self, stage):
        url = self.aws.urls[self.aws.names.dlq(stage)]
        answer = self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return [
            {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
            for message in answer.get("Messages", [])
        ]


def _record(message):
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:q",
        "awsRegion": "eu-west-1",
    }


@pytest.fixture
def pipeline(aws, monkeypatch):
    return Pipeline(aws, monkeypatch)


def photo(size=(1600, 1200)):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 33.0, 0.0)})
    return saved(gradient(size), "JPEG", exif=exif)


def test_a_photo_arrives_resized_marked_and_without_its_place(pipeline):
    pipeline.drop("a b/photo.jpg", photo(), Metadata={"artist": "Ada"}, Tagging="album=sea")
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.outputs() == ["a b/photo-resized.jpg", "a b/photo-thumb.jpg"]
    output = pipeline.output("a b/photo-resized.jpg")
    assert output["ContentType"] == "image/jpeg"
    assert output["CacheControl"] == "public, max-age=86400"
    assert output["Metadata"]["artist"] == "Ada"
    assert output["TagCount"] == 1
    data = output["Body"].read()
    assert b"CameraMaker" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (768, 1024)
        assert not image.getexif()
    assert list(pipeline.rows().values()) == [("stored", None)]
    (notice,) = pipeline.mail()
    assert [each.key for each in notice.outputs] == ["a b/photo-resized.jpg", "a b/photo-thumb.jpg"]
    assert (notice.source_width, notice.source_height) == (1200, 1600)


def test_a_text_named_jpg_is_buried_with_its_reason(pipeline):
    pipeline.drop("text.jpg", b"just some words")
    assert pipeline.run("resize") == {"resize": []}
    (letter,) = pipeline.buried("resize")
    assert (letter["error"], letter["key"], letter["stage"]) == ("UnsupportedImage", "text.jpg", "resize")
    assert list(pipeline.rows().values()) == [("failed", "UnsupportedImage")]
    (notice,) = pipeline.mail()
    assert notice.error == "UnsupportedImage"


def test_an_image_is_made_as_its_uploader_orders(pipeline):
    orders = {"pipeline-renditions": "thumb", "pipeline-format": "webp", "pipeline-watermark-text": "mine"}
    pipeline.drop("photo.jpg", photo(), Metadata={"artist": "Ada", **orders})
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.outputs() == ["photo-thumb.webp"]
    metadata = pipeline.output("photo-thumb.webp")["Metadata"]
    assert metadata["artist"] == "Ada"
    assert not set(orders) & set(metadata)


@pytest.mark.parametrize(
    ("name", "value", "stage", "reason"),
    [
        ("quality", "900", "resize", '"900"; allowed: a whole number from 1 to 100'),
        ("qualty", "60", "resize", "is no override"),
        ("renditions", "huge", "resize", '"huge"; allowed: some of resized, thumb'),
        ("watermark-text", "=?utf-8?b?5YaZ?=", "watermark", "写 (U+5199)"),
    ],
)
def test_what_is_ordered_wrongly_is_buried_with_what_to_correct(pipeline, name, value, stage, reason):
    pipeline.drop("photo.jpg", photo(), Metadata={f"pipeline-{name}": value})
    pipeline.drop("other.jpg", photo())
    pipeline.run()
    (letter,) = pipeline.buried(stage)
    assert (letter["error"], letter["key"]) == ("BadOverride", "photo.jpg")
    assert letter["reason"].startswith(f"x-amz-meta-pipeline-{name} is")
    assert reason in letter["reason"]
    assert set(pipeline.outputs()) == {"other-resized.jpg", "other-thumb.jpg"}


def test_a_prefix_has_its_renditions_and_keeps_whose_it_is(pipeline):
    exif = Image.Exif()
    exif[0x013B], exif[0x010F] = "Ada", "CameraMaker"
    profile = {"prefix": "press/", "renditions": [{"name": "wide", "width": 64}], "metadata": "copyright"}
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, "profiles": [profile]})
    for key in ("press/photo.jpg", "photo.jpg"):
        pipeline.drop(key, saved(gradient(), "JPEG", exif=exif))
    pipeline.run()
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg", "press/photo-wide.jpg"]
    data = pipeline.output("press/photo-wide.jpg")["Body"].read()
    assert (b"Ada" in data, b"CameraMaker" in data) == (True, False)
    assert b"Ada" not in pipeline.output("photo-resized.jpg")["Body"].read()


def test_a_placeholder_is_in_notice_and_ledger(pipeline):
    pipeline.drop("photo.jpg", photo())
    pipeline.run()
    (row,) = LedgerTable(pipeline.aws.dynamodb, pipeline.aws.names.ledger).all()
    (notice,) = pipeline.mail()
    assert row.placeholder == notice.placeholder
    assert 15 <= len(base64.b64decode(notice.placeholder)) <= 30


def test_the_same_event_ten_times_is_one_output_and_one_notice(pipeline):
    version = pipeline.drop("photo.jpg", photo())
    pipeline.run()
    before = pipeline.output("photo-resized.jpg")["LastModified"]
    for _ in range(9):
        pipeline.send(pipeline.event("photo.jpg", version, 1, sequencer=f"{1:016X}"))
        assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.output("photo-resized.jpg")["LastModified"] == before
    assert list(pipeline.rows().values()) == [("stored", None)]
    assert len(pipeline.mail()) == 1


def test_a_version_that_comes_late_leaves_the_newer_one(pipeline):
    old = pipeline.drop("photo.jpg", photo((400, 300)))
    pipeline.run("resize", "watermark")
    late = pipeline.aws.sqs.receive_message(QueueUrl=pipeline.aws.urls[pipeline.aws.names.queue("store")])["Messages"]
    new = pipeline.drop("photo.jpg", photo((800, 600)))
    pipeline.run()
    newest = pipeline.output("photo-resized.jpg")["ETag"]
    pipeline.aws.sqs.send_message(
        QueueUrl=pipeline.aws.urls[pipeline.aws.names.queue("store")], MessageBody=late[0]["Body"]
    )
    assert pipeline.run("store") == {"store": []}
    assert pipeline.output("photo-resized.jpg")["ETag"] == newest
    assert pipeline.rows() == {("photo.jpg", old): ("superseded", None), ("photo.jpg", new): ("stored", None)}
    assert [notice.source.version_id for notice in pipeline.mail()] == [new]


def test_a_source_that_was_deleted_is_vanished(pipeline):
    version = pipeline.drop("photo.jpg", photo())
    pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.input_bucket, Key="photo.jpg", VersionId=version)
    assert pipeline.run("resize") == {"resize": []}
    assert list(pipeline.rows().values()) == [("vanished", None)]
    assert pipeline.mail() == []
    assert pipeline.buried("resize") == []


def test_two_sources_of_one_output_key_end_with_the_first_one_s_name(pipeline):
    pipeline.drop("photo.jpg", photo())
    pipeline.run()
    pipeline.drop("photo.bmp", saved(gradient(), "BMP"))
    pipeline.run()
    (letter,) = pipeline.buried("store")
    assert letter["error"] == "OutputKeyTaken"
    assert "belongs to photo.jpg" in letter["reason"]


def test_work_that_is_gone_is_buried_and_told(pipeline):
    pipeline.drop("photo.jpg", photo())
    pipeline.run("resize")
    for key in pipeline.staged():
        pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.work_bucket, Key=key)
    pipeline.run("watermark")
    assert [letter["error"] for letter in pipeline.buried("watermark")] == ["StagedObjectMissing"]


def test_one_poison_in_a_batch_fails_alone(pipeline):
    for index in range(9):
        pipeline.drop(f"{index}.png", saved(gradient(), "PNG"))
    pipeline.drop("poison.png", b"\x89PNG\r\n\x1a\nnot really")
    pipeline.run()
    assert len(pipeline.outputs()) == 18
    assert [letter["key"] for letter in pipeline.buried("resize")] == ["poison.png"]


def test_one_staged_object_a_hop_and_none_once_the_image_is_stored(pipeline):
    pipeline.drop("photo.jpg", photo())
    pipeline.run("resize")
    assert len(pipeline.staged()) == 1
    pipeline.run("watermark")
    assert len(pipeline.staged()) == 2
    assert len({key.split("/")[0] for key in pipeline.staged()}) == 1
    pipeline.run("store")
    assert pipeline.staged() == []


def test_messages_that_come_again_after_all_is_done_change_nothing(pipeline):
    pipeline.drop("photo.jpg", photo())
    bodies = {}
    for stage in STAGES:
        bodies[stage] = pipeline.bodies(stage)
        pipeline.run(stage)
    for stage in reversed(STAGES):
        pipeline.send_to(stage, *bodies[stage])
        assert pipeline.run() == {each: [] for each in STAGES}
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert len(pipeline.mail()) == 1
    assert [pipeline.buried(stage) for stage in STAGES] == [[], [], []]
    assert pipeline.staged() == []


def test_a_transient_error_comes_back(pipeline):
    pipeline.drop("photo.jpg", photo())
    pipeline.aws.dynamodb.delete_table(TableName=pipeline.aws.names.ledger)
    assert len(pipeline.run("resize")["resize"]) == 1
    assert pipeline.buried("resize") == []


def test_importing_a_handler_reads_no_environment(monkeypatch):
    for name in ("WORK_BUCKET", "QUEUE_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for stage in STAGES:
        assert callable(import_module(f"services.{stage}.handler").handler)
