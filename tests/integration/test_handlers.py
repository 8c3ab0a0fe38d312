"""The three real handlers, with messages carried between them by hand."""

import base64
import io
import json
from importlib import import_module

import pytest
from kit.deployment import photo
from kit.ledger_rows import all_rows
from kit.pictures import gradient, noise, saved
from PIL import Image

from ops import settings
from ops.aws.ledger import LedgerTable
from ops.names import SERVICES
from shared.release import VERSION


def test_a_photo_arrives_resized_marked_and_without_its_place(pipeline):
    pipeline.upload("a b/photo.jpg", photo(), Metadata={"artist": "Ada"}, Tagging="album=sea")
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.outputs() == ["a b/photo-resized.jpg", "a b/photo-thumb.jpg"]
    output = pipeline.output("a b/photo-resized.jpg")
    assert output["ContentType"] == "image/jpeg"
    assert output["CacheControl"] == "public, max-age=86400"
    assert output["Metadata"]["artist"] == "Ada"
    assert output["Metadata"]["pipeline-version"] == VERSION
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


def test_a_text_named_jpg_is_dead_lettered_with_its_reason(pipeline):
    pipeline.upload("text.jpg", b"just some words")
    assert pipeline.run("resize") == {"resize": []}
    (entry,) = pipeline.dead_lettered("resize")
    assert (entry["error"], entry["key"], entry["service"]) == ("UnsupportedImage", "text.jpg", "resize")
    assert list(pipeline.rows().values()) == [("failed", "UnsupportedImage")]
    (notice,) = pipeline.mail()
    assert notice.error == "UnsupportedImage"


def test_an_image_is_made_as_its_uploader_asks(pipeline):
    overrides = {"pipeline-renditions": "thumb", "pipeline-format": "webp", "pipeline-watermark-text": "mine"}
    pipeline.upload("photo.jpg", photo(), Metadata={"artist": "Ada", **overrides})
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.outputs() == ["photo-thumb.webp"]
    metadata = pipeline.output("photo-thumb.webp")["Metadata"]
    assert metadata["artist"] == "Ada"
    assert not set(overrides) & set(metadata)


@pytest.mark.parametrize(
    ("name", "value", "service", "reason"),
    [
        ("quality", "900", "resize", '"900"; allowed: a whole number from 1 to 100'),
        ("qualty", "60", "resize", "is not an override"),
        ("renditions", "huge", "resize", '"huge"; allowed: some of resized, thumb'),
        ("watermark-text", "=?utf-8?b?5YaZ?=", "watermark", "写 (U+5199)"),
    ],
)
def test_what_is_overridden_wrongly_is_dead_lettered_with_what_to_correct(pipeline, name, value, service, reason):
    pipeline.upload("photo.jpg", photo(), Metadata={f"pipeline-{name}": value})
    pipeline.upload("other.jpg", photo())
    pipeline.run()
    (entry,) = pipeline.dead_lettered(service)
    assert (entry["error"], entry["key"]) == ("BadOverride", "photo.jpg")
    assert entry["reason"].startswith(f"x-amz-meta-pipeline-{name} is")
    assert reason in entry["reason"]
    assert set(pipeline.outputs()) == {"other-resized.jpg", "other-thumb.jpg"}


def test_a_prefix_has_its_renditions_and_keeps_whose_it_is(pipeline):
    exif = Image.Exif()
    exif[0x013B], exif[0x010F] = "Ada", "CameraMaker"
    profile = {"prefix": "press/", "renditions": [{"name": "wide", "width": 64}], "metadata": "copyright"}
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, "profiles": [profile]})
    for key in ("press/photo.jpg", "photo.jpg"):
        pipeline.upload(key, saved(gradient(), "JPEG", exif=exif))
    pipeline.run()
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg", "press/photo-wide.jpg"]
    data = pipeline.output("press/photo-wide.jpg")["Body"].read()
    assert (b"Ada" in data, b"CameraMaker" in data) == (True, False)
    assert b"Ada" not in pipeline.output("photo-resized.jpg")["Body"].read()


def test_a_placeholder_is_in_the_notification_and_the_ledger(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run()
    (row,) = all_rows(LedgerTable(pipeline.aws.dynamodb, pipeline.aws.names.ledger))
    (notice,) = pipeline.mail()
    assert row.placeholder == notice.placeholder
    assert 15 <= len(base64.b64decode(notice.placeholder)) <= 30


def test_work_that_is_gone_is_dead_lettered_and_notified(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run("resize")
    for key in pipeline.intermediate():
        pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.work_bucket, Key=key)
    pipeline.run("watermark")
    assert [entry["error"] for entry in pipeline.dead_lettered("watermark")] == ["IntermediateObjectMissing"]


def test_one_intermediate_object_a_hop_and_none_once_the_image_is_stored(pipeline):
    pipeline.upload("photo.jpg", saved(noise((800, 600)), "JPEG"))
    pipeline.run("resize")
    assert len(pipeline.intermediate()) == 1
    pipeline.run("watermark")
    assert len(pipeline.intermediate()) == 2
    assert len({key.split("/")[0] for key in pipeline.intermediate()}) == 1
    pipeline.run("store")
    assert pipeline.intermediate() == []


def test_small_files_wait_for_a_replay_in_their_message_once_the_work_bucket_is_empty(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run("resize")
    pipeline.run("watermark")
    (body,) = pipeline.bodies("store")
    with pipeline.failing("s3", "PutObject", "SlowDown"):
        for _ in range(5):
            pipeline.run("store")
            pipeline.wait()
    assert [each["error"] for each in pipeline.dead_lettered("store")] == ["AwsUnavailable"]
    # retention.work_days are over.
    for key in pipeline.intermediate():
        pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.work_bucket, Key=key)
    pipeline.send_to("store", body)
    assert pipeline.run("store") == {"store": []}
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]


def test_a_file_is_in_no_log_notice_or_row(pipeline, capsys):
    pipeline.upload("photo.jpg", photo())
    pipeline.run("resize")
    pipeline.run("watermark")
    (body,) = pipeline.bodies("store")
    file = json.loads(body)["inline"]
    with pipeline.failing("s3", "PutObject", "SlowDown"):
        for _ in range(5):
            pipeline.run("store")
            pipeline.wait()
    said = repr((capsys.readouterr(), pipeline.mail(), pipeline.rows(), pipeline.dead_lettered("store")[0]["reason"]))
    assert "AwsUnavailable" in said
    assert not any(file[start : start + 24] in said for start in range(len(file) - 24))


def test_importing_a_handler_reads_no_environment(monkeypatch):
    for name in ("WORK_BUCKET", "QUEUE_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for service in SERVICES:
        assert callable(import_module(f"services.{service}.handler").handler)
