"""The simulated AWS answers as AWS does, with its latency, and counts requests."""

import pytest

from bench import simulated
from bench.simulated import Aws
from shared.aws.bucket_owner import bound_to
from shared.aws.ledger import DynamoLedger
from shared.aws.objects import S3Objects
from shared.aws.queues import SqsNextQueue, SqsSourceQueue
from shared.errors import NotFound, PreconditionFailed
from shared.messages import Source
from shared.ports import DlqMessage, Headers, LedgerEntry
from shared.runner.lease import LEASE_SECONDS


@pytest.fixture
def aws(tmp_path, monkeypatch):
    monkeypatch.setattr(simulated, "S3_SECONDS", 0.0)
    monkeypatch.setattr(simulated, "OTHER_SECONDS", 0.0)
    return Aws(folder=tmp_path)


def entry(service, **values):
    source = Source(bucket="in", key="a.jpg", version_id=None, size_bytes=9, uploaded_at="2026-01-01T00:00:00Z")
    return LedgerEntry(source=source, service=service, seconds=0.5, at="2026-01-01T00:00:01Z", **values)


def test_an_object_is_read_back_with_its_metadata(aws):
    objects = S3Objects(aws)
    objects.put("work", "a/b.zip", b"pixels", Headers(metadata={"owner": "me"}))
    found = objects.get("work", "a/b.zip")
    assert (found.body, found.info.metadata) == (b"pixels", {"owner": "me"})
    assert aws.requests == {"PUT": 1, "GET": 1}


def test_an_uploaded_file_costs_no_request(aws, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    aws.upload("in", "photo.jpg", photo)
    assert not aws.requests
    assert S3Objects(aws).get("in", "photo.jpg").body == b"jpeg"


def test_a_missing_object_is_reported(aws):
    with pytest.raises(NotFound):
        S3Objects(aws).get("in", "no.jpg")


def test_conditions_are_kept(aws):
    objects = S3Objects(aws)
    objects.put_if("out", "a.jpg", b"1", Headers(), etag=None)
    with pytest.raises(PreconditionFailed):
        objects.put_if("out", "a.jpg", b"2", Headers(), etag=None)
    with pytest.raises(PreconditionFailed):
        objects.put_if("out", "a.jpg", b"2", Headers(), etag='"other"')
    objects.put_if("out", "a.jpg", b"2", Headers(), etag=objects.head("out", "a.jpg").etag)
    assert objects.get("out", "a.jpg").body == b"2"


def test_an_emptied_bucket_takes_the_same_key_again(aws):
    objects = S3Objects(aws)
    objects.put_if("out", "a.jpg", b"1", Headers(), etag=None)
    aws.empty("out")
    objects.put_if("out", "a.jpg", b"2", Headers(), etag=None)
    assert objects.get("out", "a.jpg").body == b"2"


def test_ten_messages_are_one_request(aws):
    assert SqsNextQueue(aws, "next").send([str(number) for number in range(10)], [None] * 10) == [None] * 10
    assert aws.requests == {"SQS send": 1, "SQS 64 KB": 1}
    assert aws.sent == [str(number) for number in range(10)]


@pytest.mark.parametrize(("length", "requests", "chunks"), [(6_553, 1, 1), (6_554, 1, 2), (140_000, 2, 22)])
def test_each_64_kb_of_a_request_is_counted_since_it_is_billed(aws, length, requests, chunks):
    assert SqsNextQueue(aws, "next").send(["x" * length] * 10, [None] * 10) == [None] * 10
    assert aws.requests == {"SQS send": requests, "SQS 64 KB": chunks}


def test_a_row_grows_only_when_an_attribute_is_first_set(aws):
    ledger = DynamoLedger(aws, "ledger")
    ledger.record(entry("resize"))
    once = aws.largest_row_bytes
    ledger.record(entry("resize"))
    assert aws.largest_row_bytes == once
    ledger.record(entry("store", outcome="stored", outputs=("a-resized.jpg",)))
    assert aws.largest_row_bytes > once
    assert aws.requests == {"DynamoDB write": 3}


def test_a_retry_is_not_measured(aws):
    with pytest.raises(AssertionError, match="retried"):
        aws.change_message_visibility_batch(QueueUrl="q", Entries=[{"Id": "0", "VisibilityTimeout": 4}])


def test_hiding_messages_while_they_are_worked_on_is_a_request(aws):
    aws.change_message_visibility_batch(QueueUrl="q", Entries=[{"Id": "0", "VisibilityTimeout": LEASE_SECONDS}])
    assert aws.requests == {"SQS hide": 1}


def test_acknowledging_early_is_a_request(aws):
    aws.delete_message_batch(QueueUrl="q", Entries=[{"Id": "0", "ReceiptHandle": "0"}])
    assert aws.requests == {"SQS delete": 1}


def test_hooks_of_the_real_client_find_their_place(aws):
    bound_to(aws, "123456789012")
    assert not aws.requests


def test_a_transfer_takes_its_time(aws, monkeypatch):
    monkeypatch.setattr(simulated, "S3_BYTES_PER_SECOND", 1000.0)
    waited = []
    monkeypatch.setattr(simulated, "_wait", waited.append)
    S3Objects(aws).put("work", "a", b"x" * 50, Headers())
    S3Objects(aws).get("work", "a")
    assert sum(waited) == pytest.approx(0.1)


def test_objects_that_a_round_removed_are_restored_for_the_next(aws):
    objects = S3Objects(aws)
    objects.put("work", "a", b"x" * 50, Headers(metadata={"owner": "me"}))
    objects.delete("work", ["a", "never there"])
    assert aws.bytes_in("work") == 0
    with pytest.raises(NotFound):
        objects.get("work", "a")
    aws.restore()
    assert aws.bytes_in("work") == 50
    assert objects.get("work", "a").info.metadata == {"owner": "me"}


def test_an_image_that_fails_is_not_measured(aws):
    source_queue = SqsSourceQueue(lambda: aws, "https://sqs/pipeline-store", "https://sqs/pipeline-store-dlq")
    assert source_queue.dead_letter([DlqMessage(body="a", attributes={})]) == [
        "an image failed, and would have been dead-lettered"
    ]
    assert aws.sent == []
