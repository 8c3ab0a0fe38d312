"""A backfill of a bucket that keeps no versions: an upload is known by its time and size, since it has no id."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from kit.backfills import bodies, running
from kit.deployment import photo
from kit.ledger_rows import all_rows

from ops.aws.ledger import LedgerTable
from ops.aws.objects import put
from ops.backfill.sender import Sender
from shared.dlq_messages import iso


@pytest.fixture(autouse=True)
def unversioned(aws):
    aws.s3.put_bucket_versioning(Bucket=aws.names.input_bucket, VersioningConfiguration={"Status": "Suspended"})


@pytest.fixture
def backfill(aws, capsys, monkeypatch, tmp_path):
    return running(aws, capsys, monkeypatch, tmp_path)


def uploaded(pipeline, key, body, *, notified):
    """Put an object; its event, if there is one, has S3's own time and no version."""
    aws = pipeline.aws
    aws.s3.put_object(Bucket=aws.names.input_bucket, Key=key, Body=body)
    if notified:
        pipeline.uploads += 1
        event = pipeline.event(key, "null", len(body)) | {"eventTime": iso(datetime.now(UTC) + timedelta(seconds=1))}
        pipeline.send(event)


def outcomes(aws):
    return Counter(row.outcome for row in all_rows(LedgerTable(aws.dynamodb, aws.names.ledger)))


def test_what_s3_notified_of_is_not_sent_again(aws, backfill, pipeline):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=True)
    uploaded(pipeline, "text.jpg", b"123", notified=True)
    pipeline.run()
    code, reported, _ = backfill("--yes")
    assert (code, reported["sent"], reported["done_already"], reported["failed_before"]) == (0, 0, 1, 1)
    assert bodies(aws, "resize") == []


def test_what_s3_notified_of_is_not_sent_again_when_the_bucket_keeps_versions_by_now(aws, backfill, pipeline):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=True)
    uploaded(pipeline, "text.jpg", b"123", notified=True)
    pipeline.run()
    uploaded(pipeline, "later.jpg", photo((300, 200)), notified=False)
    aws.s3.put_bucket_versioning(Bucket=aws.names.input_bucket, VersioningConfiguration={"Status": "Enabled"})
    code, reported, _ = backfill("--yes")
    assert (code, reported["sent"], reported["done_already"], reported["failed_before"]) == (0, 1, 1, 1)
    pipeline.run()
    assert outcomes(aws) == {"stored": 2, "failed": 1}
    assert backfill("--yes")[1]["done_already"] == 2


def test_what_failed_is_sent_as_the_same_image(aws, backfill, pipeline):
    uploaded(pipeline, "text.jpg", b"123", notified=True)
    pipeline.run()
    assert backfill("--yes", "--failed")[1]["sent"] == 1
    pipeline.run()
    assert outcomes(aws) == {"failed": 1}
    assert len(pipeline.mail()) == 1


def test_what_nothing_reported_is_sent_once(aws, backfill, pipeline):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=False)
    assert [backfill("--yes")[1]["sent"] for _ in range(2)] == [1, 0]
    pipeline.run()
    assert outcomes(aws) == {"stored": 1}
    assert backfill("--yes")[1]["done_already"] == 1


@pytest.mark.parametrize("notified", [True, False], ids=["S3", "a backfill"])
def test_an_image_in_the_place_of_one_that_was_stored_is_sent(aws, backfill, pipeline, notified):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=notified)
    if not notified:
        backfill("--yes")
    pipeline.run()
    before = pipeline.output("a-thumb.jpg")["Metadata"]["pipeline-sequence"]
    uploaded(pipeline, "a.jpg", photo((500, 400)), notified=False)
    assert [backfill("--yes")[1]["sent"] for _ in range(2)] == [1, 0]
    pipeline.run()
    assert outcomes(aws) == {"stored": 2}
    assert pipeline.output("a-thumb.jpg")["Metadata"]["pipeline-sequence"] > before
    uploaded(pipeline, "a.jpg", photo((200, 100)), notified=True)
    pipeline.run()
    assert backfill("--yes")[1]["done_already"] == 1


def test_one_that_was_replaced_since_the_listing_is_left_to_s3_s_own_event(aws, backfill, pipeline, monkeypatch):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=True)
    pipeline.run()
    uploaded(pipeline, "a.jpg", photo((400, 200)), notified=False)
    send = Sender.send

    def replaced_first(self, objects):
        uploaded(pipeline, "a.jpg", photo((500, 200)), notified=True)
        return send(self, objects)

    monkeypatch.setattr(Sender, "send", replaced_first)
    reported = backfill("--yes")[1]
    assert (reported["to_send"], reported["sent"]) == (1, 0)
    assert [each.source.size_bytes for each in bodies(aws, "resize")] == [len(photo((500, 200)))]


def test_an_object_without_a_version_of_its_own_has_none(aws):
    assert put(aws.s3, b"1", bucket=aws.names.input_bucket, key="a.jpg", metadata={}).version_id is None


def test_its_event_has_no_version(aws, backfill, pipeline):
    uploaded(pipeline, "a.jpg", photo((300, 200)), notified=False)
    backfill("--yes")
    (body,) = pipeline.bodies("resize")
    assert "versionId" not in json.loads(body)["Records"][0]["s3"]["object"]
