"""One bucket without versions, with uploads and outputs under two prefixes: by EventBridge, and without a loop."""

import time

import pytest
from kit.pictures import gradient, saved

from ops import settings
from ops.aws.buckets import keys
from ops.images.follow import Upload, follow, upload
from ops.local import stack

BUCKET = "pics"


@pytest.fixture(scope="module")
def shared(zips):
    """A pipeline whose input and output are one bucket."""
    places = {"input": {"name": BUCKET, "prefix": "up/"}, "output": {"name": BUCKET, "prefix": "made/"}}
    values = {"name": "gallery", "buckets": places, "output": {"follow_deletes": True}}
    with stack.running(settings.parse(values), zips=zips) as running:
        yield running


def stored(shared, path, key):
    (uploaded,) = upload(shared, [Upload(path=path, key=key)])
    return follow(shared.ledger, [uploaded], timeout_seconds=300)[uploaded.image_id]


def made(shared):
    return set(keys(shared.s3, BUCKET, "made/"))


def test_uploads_become_outputs_of_the_same_bucket_once(shared, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(gradient((640, 480)), "JPEG"))
    row = stored(shared, path, "up/a/a b+c.jpg")
    assert row.outcome == "stored"
    assert set(row.outputs) == {"made/a/a b+c-resized.jpg", "made/a/a b+c-thumb.jpg"} == made(shared)

    # An output that is copied back is refused, and makes nothing.
    output = "made/a/a b+c-thumb.jpg"
    shared.s3.copy_object(Bucket=BUCKET, Key="up/back.jpg", CopySource={"Bucket": BUCKET, "Key": output})
    deadline = time.monotonic() + 120
    while not (rows := list(shared.ledger.of_key(BUCKET, "up/back.jpg"))) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert [(each.outcome, each.error) for each in rows] == [("failed", "OwnOutput")]
    assert made(shared) == set(row.outputs)

    # The same key again is another image, though the bucket gives it no version.
    path.write_bytes(saved(gradient((320, 240)), "JPEG"))
    again = stored(shared, path, "up/a/a b+c.jpg")
    assert (again.outcome, again.image_id != row.image_id) == ("stored", True)

    shared.s3.delete_object(Bucket=BUCKET, Key="up/a/a b+c.jpg")
    deadline = time.monotonic() + 120
    while made(shared) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert made(shared) == set()
    assert {each.key for each in shared.ledger.scan()} == {"up/a/a b+c.jpg", "up/back.jpg"}
