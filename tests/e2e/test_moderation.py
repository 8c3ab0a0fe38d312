"""Moderation on the local AWS, which has no Rekognition: with a placeholder for it, and without."""

import io
import json

import pytest
from kit import rekognition
from kit.pictures import animation, saved
from PIL import Image

from ops import settings as pipeline_settings
from ops.images.follow import Upload, follow, upload
from ops.local import mail, stack
from shared.notifications import ImageRejected, ImageStored

SETTINGS = {"name": "moderated", "moderation": {"enabled": True, "frames": 2}}


@pytest.fixture(scope="module")
def service():
    with rekognition.running() as running:
        running.answer = rekognition.red_is(rekognition.GORE, rekognition.SMOKING)
        yield running
        assert running.wrong == []


@pytest.fixture(scope="module")
def moderated(local, zips, service):
    """A second pipeline on the same local AWS, with moderation on."""
    settings = pipeline_settings.parse(SETTINGS)
    elsewhere = {"resize": {stack.MODERATOR: service.endpoint}}
    return stack.provision(local.emulator, settings, zips, variables=elsewhere)


def upload_files(pipeline, folder, **files):
    """Upload files, and wait for their outcomes; their rows by key."""
    uploads = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        uploads.append(Upload(path=folder / name, key=name))
    uploaded = upload(pipeline, uploads)
    rows = follow(pipeline.ledger, uploaded, timeout_seconds=180)
    return {each.key: rows[each.image_id] for each in uploaded}


def flat(colour, form="PNG"):
    return saved(Image.new("RGB", (300, 200), colour), form)


def test_what_is_rejected_is_reported_and_neither_kept_nor_stored(moderated, service, tmp_path):
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("blue", "green", "red")]
    ends_red = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    files = {"red.png": flat("red"), "green.jpg": flat("green", "JPEG"), "ends-red.gif": ends_red}
    rows = upload_files(moderated, tmp_path, **files, **{"moving.webp": animation("WEBP")})
    assert {key: row.outcome for key, row in rows.items()} == {
        "red.png": "rejected",
        "green.jpg": "stored",
        "ends-red.gif": "rejected",
        "moving.webp": "stored",
    }
    for key in ("red.png", "ends-red.gif"):
        assert rows[key].outputs == ()
        assert "Blood & Gore (under Graphic Violence) at 97.3 %" in rows[key].reason
        bucket = moderated.names.work_bucket
        assert moderated.s3.list_objects_v2(Bucket=bucket, Prefix=rows[key].image_id)["KeyCount"] == 0
    stored = moderated.s3.list_objects_v2(Bucket=moderated.names.output_bucket)["Contents"]
    assert {each["Key"].partition("-")[0] for each in stored} == {"green", "moving"}
    reported = list(mail.receive(moderated.sqs, moderated.queue_urls[moderated.names.mailbox], len(files) + 1))
    assert {notice.source.key: type(notice) for notice in reported} == {
        "red.png": ImageRejected,
        "green.jpg": ImageStored,
        "ends-red.gif": ImageRejected,
        "moving.webp": ImageStored,
    }
    for url in (moderated.queue_urls[moderated.names.dlq(service)] for service in ("resize", "watermark", "store")):
        assert moderated.sqs.receive_message(QueueUrl=url).get("Messages", []) == []
    assert {picture.format for picture in service.pictures} == {"JPEG"}
    lines = [json.loads(line) for line in moderated.function_logs("resize").splitlines() if '"passed on"' in line]
    assert {line["moderation"]["labels"]["Smoking"] for line in lines} == {99.4}


def test_without_a_moderator_the_local_aws_says_that_it_does_without(local, zips, tmp_path, capsys):
    settings = pipeline_settings.parse({**SETTINGS, "name": "unmoderated"})
    unmoderated = stack.provision(local.emulator, settings, zips)
    assert "the local AWS has no Rekognition: moderation is off here" in capsys.readouterr().err
    policy = unmoderated.client("iam").get_role_policy(RoleName="unmoderated-resize", PolicyName="unmoderated-resize")
    assert "rekognition" not in json.dumps(policy["PolicyDocument"])
    (row,) = upload_files(unmoderated, tmp_path, **{"red.png": flat("red")}).values()
    assert row.outcome == "stored"
    output = unmoderated.s3.get_object(Bucket=unmoderated.names.output_bucket, Key=row.outputs[0])["Body"].read()
    with Image.open(io.BytesIO(output)) as image:
        assert image.size == (300, 200)
