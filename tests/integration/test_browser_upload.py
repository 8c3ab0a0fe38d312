"""What the example of uploads from a web page signs, and what it makes of notifications."""

import base64
import importlib.util
import json

import boto3
import pytest
from kit.dlq_messages import source

from ops.settings import ROOT
from shared.notifications import ImageFailed, ImageRejected, ImageStored, StoredRendition

spec = importlib.util.spec_from_file_location("uploads", ROOT / "examples" / "browser-upload" / "uploads.py")
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)


@pytest.fixture
def uploads(aws):
    s3 = boto3.client("s3", config=example.SIGNING)
    return example.Uploads(s3=s3, input_bucket=aws.names.input_bucket, output_bucket=aws.names.output_bucket, kept=3)


def notified(kind, key, **more):
    return json.loads(kind(notice_id="n", source=source(key=key), **more).encode())


def stored(key):
    sizes = {"width": 4, "height": 3, "frames": 1, "size_bytes": 5}
    output = StoredRendition(rendition="thumb", bucket="o", key="a ü.jpg", content_type="image/jpeg", **sizes)
    seen = {"source_format": "JPEG", "source_width": 4, "source_height": 3}
    return notified(ImageStored, key, outputs=(output,), stored_at="2026-11-29T00:00:00Z", seconds=1.0, **seen)


def failed(key):
    how = {"service": "resize", "error": "UnreadableImage", "attempts": 1, "dlq": "d"}
    return notified(ImageFailed, key, reason="it is truncated", failed_at="2026-11-29T00:00:00Z", **how)


def test_a_form_is_for_one_key_one_type_and_a_largest_size(uploads):
    signed = uploads.sign("image/png")
    conditions = json.loads(base64.b64decode(signed["fields"]["policy"]))["conditions"]
    key = f"visitors/{signed['id']}.png"
    assert signed["fields"]["key"] == key
    for each in ({"key": key}, {"Content-Type": "image/png"}, ["content-length-range", 1, 10_000_000]):
        assert each in conditions
    assert not any("starts-with" in each for each in conditions)


def test_another_type_is_not_signed(uploads):
    with pytest.raises(KeyError):
        uploads.sign("text/html")
    assert not uploads.results


def test_an_upload_waits_until_its_notification_comes_and_then_has_links(uploads):
    signed = uploads.sign("image/jpeg")
    assert uploads.view(signed["id"]) == {"state": "waiting"}
    assert uploads.take(stored(signed["fields"]["key"])) == signed["id"]
    (output,) = uploads.view(signed["id"])["outputs"]
    assert {**output, "url": None} == {"url": None, "rendition": "thumb", "width": 4, "height": 3, "size_bytes": 5}
    assert "/a%20%C3%BC.jpg?" in output["url"]
    assert "X-Amz-Expires=3600" in output["url"]


def test_a_failure_that_is_replayed_is_followed_by_its_outputs(uploads):
    signed = uploads.sign("image/jpeg")
    uploads.take(failed(signed["fields"]["key"]))
    assert uploads.view(signed["id"]) == {"state": "failed", "reason": "it is truncated"}
    uploads.take(stored(signed["fields"]["key"]))
    assert uploads.view(signed["id"])["state"] == "stored"


def test_a_rejection_says_nothing_of_what_was_found_and_a_removal_is_said(uploads):
    signed = uploads.sign("image/jpeg")
    found = {"label": "Weapons", "confidence": 99.0, "rule": "Weapons", "threshold": 80.0, "model": "7"}
    uploads.take(notified(ImageRejected, signed["fields"]["key"], rejected_at="2026-11-29T00:00:00Z", **found))
    view = uploads.view(signed["id"])
    assert view["state"] == "rejected"
    assert "Weapons" not in view["reason"]
    uploads.take({"type": "image-removed", "source": {"key": signed["fields"]["key"]}})
    assert uploads.view(signed["id"])["state"] == "removed"


@pytest.mark.parametrize(
    "notification",
    [stored("visitors/unknown.jpg"), stored("elsewhere/a.jpg"), {"type": "batch-ended"}, {"source": None}],
    ids=["unknown", "elsewhere", "digest", "no source"],
)
def test_what_is_of_no_upload_is_ignored(uploads, notification):
    signed = uploads.sign("image/jpeg")
    assert uploads.take(notification) is None
    assert uploads.view(signed["id"]) == {"state": "waiting"}


def test_the_oldest_uploads_are_forgotten_first(uploads):
    identities = [uploads.sign("image/jpeg")["id"] for _ in range(4)]
    assert list(uploads.results) == identities[1:]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"Message": "{"}', '{"Message": "[]"}'])
def test_what_cannot_be_read_stays_in_the_queue(uploads, body, capsys):
    assert example.handle({"Body": body}, uploads.take) is False
    assert "left in the queue" in capsys.readouterr().err


def test_what_is_read_can_be_deleted(uploads):
    signed = uploads.sign("image/jpeg")
    message = {"Body": json.dumps({"Message": json.dumps(stored(signed["fields"]["key"]))})}
    assert example.handle(message, uploads.take) is True
    assert uploads.view(signed["id"])["state"] == "stored"
