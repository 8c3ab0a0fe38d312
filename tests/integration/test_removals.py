"""Outputs follow their source: deletions, renames and lifecycle rules, early, late and again."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kit.deployment import photo
from kit.pictures import gradient, saved

from ops import settings
from ops.cli.main import main
from shared.aws.source_keys import DynamoSourceKeys
from shared.dlq_messages import iso
from shared.messages import Source
from shared.removals import ImageRemoved

ON = {"output": {"follow_deletes": True}}


@pytest.fixture
def following(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **ON})
    return pipeline


def removal(pipeline, key, name="ObjectRemoved:DeleteMarkerCreated", version="marker"):
    """The event of a deletion."""
    pipeline.uploads += 1
    event = pipeline.event(key, version, 0)
    del event["s3"]["object"]["size"]
    return {**event, "eventName": name}


def delete(pipeline, key, version=None):
    """Delete an object as S3 does, with its event in the first queue."""
    named = {"VersionId": version} if version else {}
    answer = pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.input_bucket, Key=key, **named)
    name = "ObjectRemoved:Delete" if version else "ObjectRemoved:DeleteMarkerCreated"
    event = removal(pipeline, key, name, version or answer["VersionId"])
    pipeline.send(event)
    return event


def marked(pipeline, key):
    """Put a delete marker on an object; its version."""
    return delete(pipeline, key)["s3"]["object"]["versionId"]


def outcomes(pipeline, key):
    return sorted(outcome for (of, _), (outcome, _) in pipeline.rows().items() if of == key)


def test_outputs_go_with_their_source_and_subscribers_are_notified_once(following):
    following.upload("photo.jpg", photo())
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    following.mail()
    event = delete(following, "photo.jpg")
    assert following.run() == {"resize": [], "watermark": [], "store": []}
    assert (following.outputs(), outcomes(following, "photo.jpg")) == ([], ["removed", "stored"])
    (notice,) = following.mail()
    assert isinstance(notice, ImageRemoved)
    assert notice.removed == ("photo-resized.jpg", "photo-thumb.jpg")
    following.send(event)
    following.run()
    assert (following.outputs(), following.mail()) == ([], [])


@pytest.mark.parametrize(
    "name", ["LifecycleExpiration:DeleteMarkerCreated", "s3:LifecycleExpiration:DeleteMarkerCreated"]
)
def test_outputs_go_when_a_lifecycle_rule_deletes_their_source(following, name):
    following.upload("photo.jpg", photo())
    following.run()
    following.aws.s3.delete_object(Bucket=following.aws.names.input_bucket, Key="photo.jpg")
    following.send(removal(following, "photo.jpg", name))
    following.run()
    assert following.outputs() == []


def test_outputs_stay_where_the_setting_is_off(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run()
    delete(pipeline, "photo.jpg")
    pipeline.run()
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert outcomes(pipeline, "photo.jpg") == ["stored", "vanished"]


@pytest.mark.parametrize("done", [(), ("resize",), ("resize", "watermark")], ids=["uploaded", "resized", "watermarked"])
def test_an_image_that_is_deleted_on_its_way_is_not_stored(following, done):
    following.upload("photo.jpg", photo())
    following.run(*done)
    delete(following, "photo.jpg")
    # The deletion overtakes the image: all three services work it off first.
    held = {service: following.bodies(service)[:1] for service in ("watermark", "store")}
    following.run()
    for service, bodies in held.items():
        following.send_to(service, *bodies)
        following.run()
    assert following.outputs() == []
    assert outcomes(following, "photo.jpg") in (["removed", "vanished"], ["removed", "stored"])


def test_a_replay_of_an_image_whose_source_is_deleted_does_not_publish(following):
    following.upload("photo.jpg", photo())
    following.run("resize", "watermark")
    (body,) = following.bodies("store")
    with following.failing("s3", "PutObject", "InvalidRequest"):
        following.run("store")
    (entry,) = following.dead_lettered("store")
    assert entry["error"] == "RequestInvalid"
    delete(following, "photo.jpg")
    following.run()
    following.mail()
    following.send_to("store", body)
    following.run("store")
    assert (following.outputs(), following.mail()) == ([], [])
    assert outcomes(following, "photo.jpg") == ["removed", "vanished"]


def test_a_rename_moves_the_outputs(following):
    following.upload("old.jpg", photo())
    following.run()
    # As `aws s3 mv` does: a copy, and a deletion.
    following.upload("new.jpg", photo())
    delete(following, "old.jpg")
    following.run()
    assert following.outputs() == ["new-resized.jpg", "new-thumb.jpg"]


def test_an_old_version_that_is_deleted_or_expires_takes_nothing_with_it(following):
    old = following.upload("photo.jpg", photo((400, 300)))
    following.run()
    following.upload("photo.jpg", photo())
    following.run()
    following.mail()
    delete(following, "photo.jpg", old)
    following.send(removal(following, "photo.jpg", "LifecycleExpiration:Delete", old))
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert (outcomes(following, "photo.jpg"), following.mail()) == (["stored", "stored", "superseded"], [])


@pytest.fixture
def keep_versions(following):
    """Sets whether the input bucket keeps versions."""

    def keep(status):
        bucket = following.aws.names.input_bucket
        following.aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})

    yield keep
    keep("Enabled")


def test_a_version_from_before_versions_takes_nothing_with_it(following, keep_versions):
    keep_versions("Suspended")
    assert following.upload("photo.jpg", photo((400, 300))) == "null"
    following.run()
    keep_versions("Enabled")
    following.upload("photo.jpg", photo())
    following.run()
    following.mail()
    delete(following, "photo.jpg", "null")
    assert following.run() == {"resize": [], "watermark": [], "store": []}
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert following.mail() == []


@pytest.mark.parametrize("older", [b"text", b""], ids=["no image", "empty"])
def test_the_stored_version_s_outputs_go_when_it_is_deleted_by_its_id(following, older):
    following.upload("photo", older)
    following.run()
    new = following.upload("photo", photo())
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    delete(following, "photo", new)
    # Though the image that was deleted is stored, and so done, a delivery that comes again is not.
    with following.failing("s3", "DeleteObject"):
        assert len(following.run()["store"]) == 1
    following.wait()
    assert following.run("store") == {"store": []}
    assert following.outputs() == []


@pytest.mark.parametrize("older", [b"text", None], ids=["no image", "stored"])
@pytest.mark.parametrize("done", [("resize",), ("resize", "watermark")], ids=["resized", "watermarked"])
def test_a_version_that_is_deleted_by_its_id_on_its_way_is_not_stored(following, done, older):
    following.upload("photo", saved(gradient(), "PNG") if older is None else older)
    following.run()
    before = following.outputs()
    new = following.upload("photo", photo())
    following.run(*done)
    held = following.bodies("watermark" if done == ("resize",) else "store")
    delete(following, "photo", new)
    following.run()
    following.send_to("watermark" if done == ("resize",) else "store", *held)
    following.run()
    assert following.outputs() == before


def test_the_older_version_is_stored_again_when_the_newer_one_is_deleted_by_its_id(following):
    following.upload("photo", saved(gradient(), "PNG"))
    new = following.upload("photo", photo())
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    delete(following, "photo", new)
    assert following.run() == {"resize": [], "watermark": [], "store": []}
    assert following.outputs() == ["photo-resized.png", "photo-thumb.png"]


@pytest.mark.parametrize("done", [(), ("resize",), ("resize", "watermark"), None])
def test_a_restored_version_is_stored_again_however_far_its_deletion_had_come(following, done):
    following.upload("photo.jpg", photo())
    following.run()
    marker = marked(following, "photo.jpg")
    following.run(*(done if done is not None else ("resize", "watermark", "store")))
    following.mail()
    held = {service: following.bodies(service) for service in ("watermark", "store")}
    delete(following, "photo.jpg", marker)
    following.run()
    # The deletion comes after the image is restored.
    for service, bodies in held.items():
        following.send_to(service, *bodies)
        following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert set(outcomes(following, "photo.jpg")) <= {"stored", "removed", "superseded"}


def test_who_was_notified_of_the_deletion_is_notified_of_the_restored_version(following):
    following.upload("photo.jpg", photo())
    following.run()
    marker = marked(following, "photo.jpg")
    following.run()
    following.mail()
    delete(following, "photo.jpg", marker)
    following.run()
    (notice,) = following.mail()
    assert [each.key for each in notice.outputs] == ["photo-resized.jpg", "photo-thumb.jpg"]


def test_a_version_that_was_deleted_before_it_was_read_is_stored_once_it_is_restored(following):
    following.upload("photo.jpg", photo())
    marker = marked(following, "photo.jpg")
    following.run()
    assert outcomes(following, "photo.jpg") == ["removed", "vanished"]
    delete(following, "photo.jpg", marker)
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert outcomes(following, "photo.jpg") == ["removed", "stored", "vanished"]


def test_what_is_uploaded_again_after_a_deletion_is_stored(following):
    following.upload("photo.jpg", photo((400, 300)))
    following.run()
    event = delete(following, "photo.jpg")
    following.upload("photo.jpg", photo())
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    # The deletion comes once more, after the later upload.
    following.send_to("resize", json.dumps({"Records": [{**event, "eventTime": "2026-01-01T00:00:00.001Z"}]}))
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert outcomes(following, "photo.jpg").count("stored") == 2


def test_what_is_taken_down_by_hand_is_not_restored_by_the_deletion_of_its_newest_version(following):
    following.upload("photo", saved(gradient(), "PNG"))
    following.run()
    new = following.upload("photo", photo())
    following.run()
    # As pipeline rm does: first it is recorded, then version after version is deleted.
    aws, at = following.aws, iso(datetime.now(UTC) + timedelta(hours=1))
    by_hand = Source(bucket=aws.names.input_bucket, key="photo", size_bytes=0, uploaded_at=at)
    DynamoSourceKeys(aws.dynamodb, aws.names.ledger).remove(by_hand, None)
    delete(following, "photo", new)
    following.mail()
    following.run()
    assert (outcomes(following, "photo"), following.mail()) == (["stored", "stored", "vanished"], [])
    assert not any(each.endswith(".png") for each in following.outputs())


def test_a_backfill_finds_a_restored_version_whose_event_was_lost(following, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    following.upload("photo.jpg", photo())
    marker = marked(following, "photo.jpg")
    following.run()
    assert outcomes(following, "photo.jpg") == ["removed", "vanished"]
    bucket = following.aws.names.input_bucket
    following.aws.s3.delete_object(Bucket=bucket, Key="photo.jpg", VersionId=marker)
    assert main(["backfill", f"s3://{bucket}/", "--yes"]) == 0
    following.run()
    assert following.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert outcomes(following, "photo.jpg") == ["removed", "stored"]
