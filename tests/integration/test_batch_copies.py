"""Copies of what was uploaded together, through the real handlers: each is an image of its own, and counts for none."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kit.deployment import photo

from ops.images.batches import upload_together
from ops.images.follow import Upload
from ops.settings import ROOT
from ops.stack import connect
from shared.batches import header
from shared.messages import UploadBatch
from shared.notifications import BatchEnded, ImageFailed, ImageStored


@pytest.fixture
def stack(aws):
    return connect(ROOT / "pipeline.yaml")


@pytest.fixture
def uploaded(stack, tmp_path):
    """Two images that were uploaded together, a.jpg and b.jpg, of which no service has heard."""
    uploads = []
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(photo((40, 30)))
        uploads.append(Upload(path=tmp_path / name, key=name))
    return upload_together(stack, uploads)


# Of what was uploaded before all that has its own.
EARLIEST = "0" * 16


def arrive(pipeline, key, version_id, sequencer=None):
    """Let the services hear of an object, and work until nothing waits."""
    pipeline.uploads += 1
    pipeline.send(pipeline.event(key, version_id, 1000, sequencer))
    pipeline.run()


def copied(pipeline, stack, image, key):
    """Copy an object as S3's clients do, its metadata too; the services have worked on the copy."""
    there = {"Bucket": image.bucket, "Key": image.key, "VersionId": image.version_id}
    # A current version is copied onto itself only with a change: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    answer = stack.s3.copy_object(Bucket=image.bucket, Key=key, CopySource=there, StorageClass="STANDARD_IA")
    arrive(pipeline, key, answer["VersionId"])


def notified(pipeline):
    """What subscribers are notified of: (outcome, key, who is) of images, and the digests."""
    images, digests = [], []
    url = pipeline.aws.urls[pipeline.aws.names.mailbox]
    while messages := pipeline.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            pipeline.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            envelope = json.loads(each["Body"])
            notice = json.loads(envelope["Message"])
            if notice["type"] == BatchEnded.TYPE:
                digests.append(BatchEnded.decode(envelope["Message"]))
            elif notice["type"] in {ImageStored.TYPE, ImageFailed.TYPE}:
                who = envelope["MessageAttributes"]["audience"]["Value"]
                images.append((notice["type"].removeprefix("image-"), notice["source"]["key"], who))
    return images, digests


@pytest.mark.parametrize("key", ["copy.jpg", "other/a.jpg"])
def test_a_copy_under_another_key_counts_for_no_other_image_and_is_mailed(pipeline, stack, uploaded, key):
    first, second = uploaded
    copied(pipeline, stack, second, key)
    arrive(pipeline, first.key, first.version_id)
    images, digests = notified(pipeline)
    assert digests == [], "the copy counted for b.jpg, which nobody has worked on"
    assert sorted(images) == sorted([("stored", key, "people"), ("stored", "a.jpg", "machines")])
    arrive(pipeline, second.key, second.version_id)
    images, (digest,) = notified(pipeline)
    assert (images, digest.stored, digest.size) == ([("stored", "b.jpg", "machines")], 2, 2)


def test_a_renamed_image_counts_by_the_outcome_of_its_first_key(pipeline, stack, uploaded):
    first, second = uploaded
    copied(pipeline, stack, second, "renamed.jpg")
    stack.s3.delete_object(Bucket=second.bucket, Key=second.key)
    arrive(pipeline, first.key, first.version_id)
    arrive(pipeline, second.key, second.version_id)
    images, (digest,) = notified(pipeline)
    assert ("stored", "renamed.jpg", "people") in images
    assert (digest.stored, digest.vanished, digest.size) == (1, 1, 2)


@pytest.mark.parametrize("when", ["before it was worked on", "after it had its outcome"])
def test_a_restored_version_is_mailed_and_counts_for_nobody(pipeline, stack, uploaded, when):
    first, second = uploaded
    if when == "after it had its outcome":
        arrive(pipeline, second.key, second.version_id)
        notified(pipeline)
    copied(pipeline, stack, second, second.key)
    images, digests = notified(pipeline)
    assert images == [("stored", "b.jpg", "people")]
    assert digests == []
    arrive(pipeline, first.key, first.version_id)
    if when == "before it was worked on":
        arrive(pipeline, second.key, second.version_id, EARLIEST)
    _, (digest,) = notified(pipeline)
    superseded = when == "before it was worked on"
    assert (digest.stored, digest.superseded, digest.size) == (2 - superseded, superseded, 2)


def test_a_failed_copy_is_mailed(pipeline, stack):
    """What other clients upload has no row before a service writes it: the header alone says its batch."""
    bucket = stack.names.input_bucket
    for number, key in enumerate(("a.jpg", "b.jpg")):
        place = header(UploadBatch(id="other-client", number=number, size=2), bucket, key, datetime.now(UTC))
        answer = stack.s3.put_object(Bucket=bucket, Key=key, Body=b"words", Metadata={"pipeline-batch": place})
        arrive(pipeline, key, answer["VersionId"])
        there = {"Bucket": bucket, "Key": key}
        copy = stack.s3.copy_object(Bucket=bucket, Key=key, CopySource=there, StorageClass="STANDARD_IA")
        arrive(pipeline, key, copy["VersionId"])
    images, (digest,) = notified(pipeline)
    expected = [("failed", key, who) for key in ("a.jpg", "b.jpg") for who in ("machines", "people")]
    assert sorted(images) == expected
    assert (digest.failed, digest.size) == (2, 2)


def test_a_version_that_is_restored_when_its_claim_has_expired_is_mailed(pipeline, stack):
    bucket, key, days_ago = stack.names.input_bucket, "a.jpg", datetime.now(UTC) - timedelta(days=2)
    place = header(UploadBatch(id="b", number=0, size=2), bucket, key, days_ago)
    answer = stack.s3.put_object(Bucket=bucket, Key=key, Body=photo((40, 30)), Metadata={"pipeline-batch": place})
    arrive(pipeline, key, answer["VersionId"])
    assert notified(pipeline) == ([("stored", key, "people")], [])
