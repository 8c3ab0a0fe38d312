"""Images through the three real services, from the wire to the output bucket."""

import io
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from kit.eventually import eventually
from kit.pictures import animation, gradient, saved
from PIL import Image

from ops.images.follow import Upload, upload
from ops.images.overrides import metadata_of
from ops.local.mail import parse
from ops.names import SERVICES
from ops.preview.result import Preview
from ops.settings import ROOT
from shared.notifications import BatchEnded, ImageFailed, ImageStored


def output(local, key):
    return local.s3.get_object(Bucket=local.names.output_bucket, Key=key)


def test_a_photo_becomes_what_its_name_says(local, upload_files, wait):
    exif = Image.Exif()
    exif[0x0112] = 6
    (row,) = wait(upload_files(**{"test.jpg": saved(gradient((1600, 1200)), "JPEG", exif=exif)}))
    assert row.outcome == "stored"
    folder = row.key.split("/")[0]
    assert row.outputs == (f"{folder}/test-resized.jpg", f"{folder}/test-thumb.jpg")
    answer = output(local, f"{folder}/test-resized.jpg")
    assert (answer["ContentType"], answer["CacheControl"]) == ("image/jpeg", "public, max-age=86400")
    with Image.open(io.BytesIO(answer["Body"].read())) as image:
        assert image.size == (768, 1024)
    assert set(row.seconds) == set(SERVICES)


def test_no_intermediate_stays_of_what_is_stored(local, upload_files, wait):
    (row,) = wait(upload_files(**{"swept.jpg": saved(gradient((300, 200)), "JPEG")}))
    assert row.outcome == "stored"
    left = {"Bucket": local.names.work_bucket, "Prefix": row.image_id}
    assert eventually(lambda: not local.s3.list_objects_v2(**left)["KeyCount"])


def test_every_format_goes_through(upload_files, wait):
    lake = (ROOT / "ops" / "demo" / "data" / "lake.heic").read_bytes()
    forms = {"a.png": "PNG", "a.gif": "GIF", "a.webp": "WEBP", "a.avif": "AVIF", "t.tif": "TIFF", "b.bmp": "BMP"}
    files = {name: saved(gradient((300, 200)), form) for name, form in forms.items()}
    files |= {f"moving.{form.lower()}": animation(form, loop=0) for form in ("GIF", "WEBP", "PNG")}
    rows = wait(upload_files(**files, **{"c.heic": lake}))
    assert {row.outcome for row in rows} == {"stored"}
    endings = [row.outputs[0].rpartition(".")[2] for row in rows]
    # A gradient is flat art, of which a TIFF or BMP keeps every pixel.
    assert endings == ["png", "gif", "webp", "avif", "webp", "webp", "gif", "webp", "png", "jpg"]


@pytest.mark.parametrize("name", ["a b+c.jpg", "100%25 real%2Fname.jpg", "ünï/日本 🌄.jpg", "x" * 960 + ".jpg"])
def test_a_key_stays_what_it_is(local, upload_files, wait, name):
    (row,) = wait(upload_files(**{name: saved(gradient(), "JPEG")}))
    assert row.outcome == "stored"
    assert row.key.endswith("/" + name)
    assert row.outputs[0] == row.key.removesuffix(".jpg") + "-resized.jpg"
    assert output(local, row.outputs[0])["ContentLength"] > 0


def test_what_cannot_be_an_image_waits_in_the_dlq_with_its_reason(local, upload_files, wait):
    uploaded = upload_files(**{"text.jpg": b"words", "fine.png": saved(gradient(), "PNG")})
    text, fine = wait(uploaded)
    assert (text.outcome, text.error, fine.outcome) == ("failed", "UnsupportedImage", "stored")
    url = local.queue_urls[local.names.dlq("resize")]

    def entries():
        # There may be more than one request gives.
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "VisibilityTimeout": 3}
        found = []
        while messages := local.sqs.receive_message(**asked).get("Messages"):
            found += messages
        return [each for each in found if each["MessageAttributes"]["key"]["StringValue"] == text.key]

    (entry,) = eventually(entries)
    assert entry["MessageAttributes"]["image_id"]["StringValue"] == text.image_id
    assert json.loads(entry["Body"])["Records"][0]["s3"]["object"]["versionId"] == text.version_id


def test_overrides_go_through_and_a_wrong_one_says_what_to_correct(local, wait, tmp_path):
    folder, path = uuid.uuid4().hex[:8], tmp_path / "photo.jpg"
    path.write_bytes(saved(gradient((800, 600)), "JPEG"))
    overrides = {"renditions": "resized", "format": "webp", "watermark-text": "© Ñandú"}
    good = upload(local, [Upload(path=path, key=f"{folder}/good.jpg")], metadata_of(map("=".join, overrides.items())))
    bad = upload(local, [Upload(path=path, key=f"{folder}/bad.jpg")], metadata_of(["quality=900"]))
    stored, failed = wait([*good, *bad])
    assert stored.outputs == (f"{folder}/good-resized.webp",)
    assert stored.placeholder
    carried = {name.removeprefix("pipeline-") for name in output(local, stored.outputs[0])["Metadata"]}
    assert not carried & overrides.keys()
    assert (failed.outcome, failed.error) == ("failed", "BadOverride")
    assert failed.reason == 'x-amz-meta-pipeline-quality is "900"; allowed: a whole number from 1 to 100'


def test_subscribers_are_notified_once_of_each(local, upload_files, wait):
    rows = wait(upload_files(**{"good.png": saved(gradient(), "PNG"), "bad.png": b"no"}))
    wanted = {row.image_id for row in rows}
    notices = []

    def mail():
        found = local.client("sqs").receive_message(
            QueueUrl=local.queue_urls[local.names.mailbox], MaxNumberOfMessages=10
        )
        for message in found.get("Messages", []):
            notice = parse(message["Body"])
            if not isinstance(notice, BatchEnded) and notice.source.image_id in wanted:
                notices.append((notice.source.image_id, type(notice)))
        return len(notices) >= 2

    assert eventually(mail)
    assert dict(notices) == {rows[0].image_id: ImageStored, rows[1].image_id: ImageFailed}
    assert len(notices) == 2


def test_the_pipeline_gives_what_one_pass_over_the_original_gives_to_the_byte(local, upload_files, wait, tmp_path):
    photo, moving = saved(gradient((1600, 1200)), "JPEG"), animation("GIF", size=(500, 400), loop=0)
    files = {"a.jpg": photo, "b.png": saved(gradient((1300, 900), "RGBA"), "PNG"), "d.gif": moving}
    files |= {"c.webp": saved(gradient((1300, 900)), "WEBP"), "e.webp": animation("WEBP", size=(500, 400), loop=0)}
    rows = wait(upload_files(**files))
    preview = Preview(local.settings)
    for row, (name, data) in zip(rows, files.items(), strict=True):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
        expected = preview.image(tmp_path / "in" / name, name, tmp_path / "out")
        for key, rendition in zip(row.outputs, expected["outputs"], strict=True):
            assert output(local, key)["Body"].read() == Path(rendition["path"]).read_bytes()


def test_a_newer_version_replaces_the_older_one(local, upload_files, wait):
    wait(upload_files(**{"same.png": saved(gradient((100, 100)), "PNG")}))
    (row,) = wait(upload_files(**{"same.png": saved(gradient((200, 100)), "PNG")}))
    with Image.open(io.BytesIO(output(local, row.outputs[0])["Body"].read())) as image:
        assert image.size == (200, 100)
    assert len(local.ledger.of_key(row.bucket, row.key)) == 2


def pipeline(environment, *argv):
    return subprocess.run(
        [Path(sys.executable).with_name("pipeline"), *argv],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=ROOT,
    )


def test_the_command_line_uploads_waits_and_reports(environment, tmp_path):
    name = uuid.uuid4().hex
    (tmp_path / f"{name}.png").write_bytes(saved(gradient(), "PNG"))
    (tmp_path / f"{name}.txt").write_text("words")
    uploaded = pipeline(environment, "upload", str(tmp_path), "--wait", "--output", "json")
    assert uploaded.returncode == 3, uploaded.stderr
    rows = {row["key"]: row["outcome"] for row in map(json.loads, uploaded.stdout.splitlines())}
    assert rows == {f"{name}.png": "stored", f"{name}.txt": "failed"}
    status = pipeline(environment, "status", f"{name}.png")
    assert status.returncode == 0
    assert "stored" in status.stdout
    assert pipeline(environment, "status", "nowhere.jpg").returncode == 4


def test_nothing_unexpected_was_logged(local):
    for service in SERVICES:
        assert '"unexpected"' not in local.function_logs(service)
