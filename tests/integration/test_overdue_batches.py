"""Uploads whose uploader died, through the real handlers: a digest says what is missing, and another if it comes."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kit.deployment import photo

from ops.images import batches
from ops.images.batches import upload_together
from ops.images.follow import Upload
from ops.names import SERVICES
from ops.settings import ROOT
from ops.stack import connect
from shared.batches import header
from shared.messages import MAX_DELAY_SECONDS, BatchDue, UploadBatch
from shared.notifications import BatchEnded

NAMES = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")


class Killed(BaseException):
    """The uploader's process is gone: nothing of it runs any more."""


@pytest.fixture
def stack(aws):
    return connect(ROOT / "pipeline.yaml")


@pytest.fixture
def uploads(tmp_path):
    found = []
    for name in NAMES:
        (tmp_path / name).write_bytes(photo((40, 30)))
        found.append(Upload(path=tmp_path / name, key=f"holiday/{name}"))
    return found


@pytest.fixture
def sent(aws, stack, monkeypatch):
    """What the uploader sent, each (queue, body, delay): it is not delayed here, where no clock runs."""
    found = []

    def send(QueueUrl, MessageBody, DelaySeconds):  # noqa: N803 - SQS's own names
        found.append((QueueUrl, MessageBody, DelaySeconds))

    monkeypatch.setattr(stack.sqs, "send_message", send)
    return found


def dies_after(monkeypatch, count):
    """Let the uploader die when it has uploaded some files: it can count nothing as missing any more."""
    real = batches.upload

    def upload(stack, uploads, metadata, **options):
        real(stack, uploads[:count], metadata, **options)
        raise Killed

    monkeypatch.setattr(batches, "upload", upload)
    monkeypatch.setattr(batches.BatchUpload, "_break_off", lambda _: None)


def arrive(pipeline, stack, *keys):
    """Let resize hear of objects."""
    for key in keys:
        there = stack.s3.head_object(Bucket=stack.names.input_bucket, Key=key)
        pipeline.uploads += 1
        pipeline.send(pipeline.event(key, there["VersionId"], there["ContentLength"]))


def look(pipeline, sent, timeout_seconds=0):
    """Let store look at the batch, when this much time is over; what comes back."""
    due = BatchDue.decode(sent[0][1])
    pipeline.send_to("store", BatchDue(batch=due.batch, timeout_seconds=timeout_seconds).encode())
    return pipeline.run("store")["store"]


def digests(pipeline):
    return [each for each in pipeline.mail() if isinstance(each, BatchEnded)]


def test_a_batch_whose_uploader_died_says_what_is_missing(pipeline, stack, uploads, sent, monkeypatch):
    dies_after(monkeypatch, 3)
    with pytest.raises(Killed):
        upload_together(stack, uploads)
    arrive(pipeline, stack, "holiday/a.jpg", "holiday/b.jpg")
    pipeline.run()
    assert digests(pipeline) == []
    assert look(pipeline, sent) == []
    (digest,) = digests(pipeline)
    assert (digest.stored, digest.pending, digest.missing, digest.size) == (2, 1, 1, 4)
    assert (digest.pending_keys, digest.missing_keys) == (("holiday/c.jpg",), ("holiday/d.jpg",))
    assert (digest.missing_numbers, digest.folders) == (("3",), ("holiday/",))
    assert digest.notice_id == f"{digest.batch_id}-overdue"
    # It is looked at no more, and nothing is sent for it again.
    assert (look(pipeline, sent), pipeline.bodies("store"), digests(pipeline)) == ([], [], [])


def test_a_batch_that_ends_after_all_is_reported_as_such(pipeline, stack, uploads, sent):
    upload_together(stack, uploads)
    arrive(pipeline, stack, *(each.key for each in uploads[:3]))
    pipeline.run()
    look(pipeline, sent)
    (digest,) = digests(pipeline)
    assert (digest.stored, digest.pending) == (3, 1)
    arrive(pipeline, stack, uploads[3].key)
    pipeline.run()
    (digest,) = digests(pipeline)
    assert (digest.stored, digest.pending, digest.timeout_seconds) == (4, 0, None)
    assert digest.notice_id == f"{digest.batch_id}-ended"


def test_the_uploader_lets_store_look_at_its_batch_before_it_uploads_anything(stack, uploads, sent, monkeypatch):
    dies_after(monkeypatch, 0)
    with pytest.raises(Killed):
        upload_together(stack, uploads)
    ((queue_url, body, delay),) = sent
    assert queue_url == stack.queue_url(stack.names.queue(SERVICES[-1]))
    assert delay == MAX_DELAY_SECONDS
    assert BatchDue.decode(body).timeout_seconds == 60 * stack.settings.batch_timeout_minutes


def test_a_batch_to_which_something_happened_is_looked_at_again(pipeline, stack, uploads, sent, monkeypatch):
    dies_after(monkeypatch, 2)
    with pytest.raises(Killed):
        upload_together(stack, uploads)
    assert look(pipeline, sent, timeout_seconds=5000) == []
    assert digests(pipeline) == []
    url = stack.queue_url(stack.names.queue(SERVICES[-1]))
    waiting = pipeline.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (waiting["ApproximateNumberOfMessages"], waiting["ApproximateNumberOfMessagesDelayed"]) == ("0", "1")


def test_a_batch_of_an_uploader_that_counted_what_is_missing_is_reported_once(pipeline, stack, uploads, sent):
    upload_together(stack, uploads)
    arrive(pipeline, stack, *(each.key for each in uploads))
    pipeline.run()
    assert len(digests(pipeline)) == 1
    assert (look(pipeline, sent), digests(pipeline)) == ([], [])


def test_what_is_not_looked_at_comes_back(pipeline, stack, uploads, sent, monkeypatch):
    dies_after(monkeypatch, 2)
    with pytest.raises(Killed):
        upload_together(stack, uploads)
    with pipeline.failing("dynamodb", "Query", "InternalServerError"):
        (body,) = look(pipeline, sent)
    assert json.loads(body)["type"] == BatchDue.TYPE
    pipeline.wait()
    pipeline.run("store")
    (digest,) = digests(pipeline)
    assert digest.missing == 2


def upload_with_header(stack, key, batch, body=None):
    """Upload an image as another client does: its header alone names its batch."""
    metadata = {"pipeline-batch": header(batch, stack.names.input_bucket, key, datetime.now(UTC))}
    body = photo((40, 30)) if body is None else body
    stack.s3.put_object(Bucket=stack.names.input_bucket, Key=key, Body=body, Metadata=metadata)


def delayed(pipeline, stack, service=SERVICES[-1]):
    """How many messages of a service's queue are delayed."""
    url = stack.queue_url(stack.names.queue(service))
    name = "ApproximateNumberOfMessagesDelayed"
    return int(pipeline.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def test_another_clients_batch_times_out_once_an_image_of_it_is_stored(pipeline, stack):
    first, second = (UploadBatch(id="other-client", number=number, size=3) for number in range(2))
    upload_with_header(stack, "a.jpg", first)
    arrive(pipeline, stack, "a.jpg")
    pipeline.run()
    assert delayed(pipeline, stack) == 1
    upload_with_header(stack, "b.jpg", second)
    arrive(pipeline, stack, "b.jpg")
    pipeline.run()
    assert delayed(pipeline, stack) == 1  # the batch has its time-out already
    pipeline.send_to("store", BatchDue(batch=first, timeout_seconds=0).encode())
    assert pipeline.run("store")["store"] == []
    (digest,) = digests(pipeline)
    assert (digest.stored, digest.missing, digest.missing_numbers, digest.missing_keys) == (2, 1, ("2",), ())


def test_another_clients_batch_times_out_though_no_image_of_it_comes_to_store(pipeline, stack):
    first = UploadBatch(id="other-client", number=0, size=3)
    upload_with_header(stack, "a.jpg", first, b"123")
    arrive(pipeline, stack, "a.jpg")
    pipeline.run("resize")
    assert len(pipeline.dead_lettered("resize")) == 1
    assert delayed(pipeline, stack, "watermark") == 1
    upload_with_header(stack, "b.jpg", replace(first, number=1))
    arrive(pipeline, stack, "b.jpg")
    pipeline.run("resize")
    empty_work_bucket(stack)
    pipeline.run("watermark")
    assert len(pipeline.dead_lettered("watermark")) == 1
    assert delayed(pipeline, stack) == 0  # the batch has its time-out already
    pipeline.send_to("watermark", BatchDue(batch=first, timeout_seconds=0).encode())
    assert pipeline.run("watermark", "store") == {"watermark": [], "store": []}
    (digest,) = digests(pipeline)
    assert (digest.stored, digest.failed, digest.missing, digest.missing_numbers) == (0, 2, 1, ("2",))


def empty_work_bucket(stack):
    for each in stack.s3.list_objects_v2(Bucket=stack.names.work_bucket)["Contents"]:
        stack.s3.delete_object(Bucket=stack.names.work_bucket, Key=each["Key"])


def test_what_could_not_be_passed_on_about_a_batch_comes_back_and_keeps_no_image(pipeline, stack):
    batch = UploadBatch(id="other-client", number=0, size=2)
    upload_with_header(stack, "a.jpg", batch)
    arrive(pipeline, stack, "a.jpg")
    pipeline.run("resize")
    pipeline.send_to("watermark", BatchDue(batch=batch, timeout_seconds=0).encode())
    with pipeline.failing("sqs", "SendMessage", "InternalError"):
        (body,) = pipeline.run("watermark")["watermark"]
    assert BatchDue.decode(body).batch == batch
    assert len(pipeline.bodies("store")) == 1
    pipeline.wait()
    pipeline.run("watermark")
    assert len(pipeline.bodies("store")) == 2


def test_a_batch_is_not_counted_before_it_has_its_time_out(pipeline, stack):
    upload_with_header(stack, "a.jpg", UploadBatch(id="other-client", number=0, size=2))
    arrive(pipeline, stack, "a.jpg")
    pipeline.run("resize")
    pipeline.run("watermark")
    with pipeline.failing("sqs", "SendMessage", "InternalError"):
        assert len(pipeline.run("store")["store"]) == 1
    assert delayed(pipeline, stack) == 0
    pipeline.wait()
    pipeline.run("store")
    assert delayed(pipeline, stack) == 1


def test_our_uploaders_give_their_batches_one_time_out(pipeline, stack, uploads, sent):
    upload_together(stack, uploads)
    arrive(pipeline, stack, *(each.key for each in uploads[:2]))
    pipeline.run()
    assert (len(sent), delayed(pipeline, stack)) == (1, 0)


def test_a_batch_that_nobody_knows_is_looked_at_no_more(pipeline, stack):
    batch = UploadBatch(id="never-begun", number=0, size=2)
    pipeline.send_to("store", BatchDue(batch=batch, timeout_seconds=0).encode())
    assert (pipeline.run("store")["store"], digests(pipeline), pipeline.bodies("store")) == ([], [], [])
