"""Files that the console uploads together: one batch and one digest, whatever becomes of some of them."""

import json
from dataclasses import replace

import pytest
from kit.pictures import gradient, saved
from starlette.testclient import TestClient

from ops.console import batch_uploads
from ops.console.app import create
from ops.console.security import hosts_of
from shared.batches import MAX_SIZE, of
from shared.buckets import Buckets, Place
from shared.messages import BatchDue
from shared.notifications import BatchEnded

HERE = "http://127.0.0.1:8642"
OURS = {"origin": HERE}
JPEG = saved(gradient((60, 40)), "JPEG")


@pytest.fixture
def sent(console, monkeypatch):
    """What is sent to be looked at later: no clock runs here that could end its delay."""
    found = []
    monkeypatch.setattr(console.stack.sqs, "send_message", lambda **message: found.append(message))
    return found


@pytest.fixture
def client(console, sent):
    with TestClient(create(console, hosts_of(8642)), base_url=HERE, headers=OURS) as client:
        yield client


def begin(client, *paths, prefix="p/"):
    answer = client.post("/batches", json={"prefix": prefix, "paths": list(paths)})
    assert answer.status_code == 201, answer.text
    return answer.json()["batch"]


def put(client, path, batch, number, content=JPEG):
    params = {"prefix": "p/", "path": path, "batch": batch, "number": number}
    return client.post("/upload", params=params, content=content)


def work(pipeline, *keys):
    """Let the services hear of objects, and work until nothing waits; the digests, and who is notified of an image."""
    s3, bucket = pipeline.aws.s3, pipeline.aws.names.input_bucket
    for key in keys:
        there = s3.head_object(Bucket=bucket, Key=key)
        pipeline.uploads += 1
        pipeline.send(pipeline.event(key, there["VersionId"], there["ContentLength"]))
    pipeline.run()
    digests, people = [], []
    sqs, url = pipeline.aws.sqs, pipeline.aws.urls[pipeline.aws.names.mailbox]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            envelope = json.loads(each["Body"])
            if json.loads(envelope["Message"])["type"] == BatchEnded.TYPE:
                digests.append(BatchEnded.decode(envelope["Message"]))
            elif envelope["MessageAttributes"]["audience"]["Value"] == "people":
                people.append(json.loads(envelope["Message"])["source"]["key"])
    return digests, people


def test_what_is_uploaded_together_is_one_batch_and_one_digest(client, console, pipeline, sent):
    names = ["a.jpg", "b ü.jpg", "d.jpg"]
    batch = begin(client, *names)
    for number, name in enumerate(names):
        assert put(client, name, batch, number).status_code == 201
    assert client.post(f"/batches/{batch}/end").status_code == 204
    digests, people = work(pipeline, *(f"p/{name}" for name in names))
    assert [(each.batch_id, each.stored, each.size, each.folders) for each in digests] == [(batch, 3, 3, ("p/",))]
    assert people == []
    # The page shows them as one batch before any service has written.
    assert {seen.row.batch for seen in console.follower.state.newest_first()} == {batch}
    assert BatchDue.decode(sent[0]["MessageBody"]).batch.id == batch


def test_a_batch_under_a_prefix_of_the_input_bucket_is_recorded_as_it_is_stored(client, console, aws, sent):
    below = replace(console.stack.names, buckets=Buckets(input=Place(prefix="up/")))
    object.__setattr__(console.stack, "names", below)
    batch = begin(client, "a.jpg", "b.jpg")
    for number, name in enumerate(("a.jpg", "b.jpg")):
        assert put(client, name, batch, number).status_code == 201
    items = aws.dynamodb.scan(TableName=aws.names.ledger)["Items"]
    assert [each["folders"]["L"] for each in items if "folders" in each] == [[{"S": "up/p/"}]]
    for name in ("a.jpg", "b.jpg"):
        there = aws.s3.head_object(Bucket=aws.names.input_bucket, Key=f"up/p/{name}")
        place = of(there["Metadata"], aws.names.input_bucket, f"up/p/{name}", there["LastModified"])
        assert place is not None
        assert place.id == batch


def test_what_is_refused_is_missing_and_the_others_end_their_batch(client, pipeline):
    batch = begin(client, "a.jpg", "empty.jpg", "c.jpg")
    put(client, "a.jpg", batch, 0)
    assert put(client, "empty.jpg", batch, 1, content=b"").status_code == 400
    put(client, "c.jpg", batch, 2)
    client.post(f"/batches/{batch}/end")
    client.post(f"/batches/{batch}/end")  # as a page says that is left
    ((digest,), people) = work(pipeline, "p/a.jpg", "p/c.jpg")
    assert ((digest.stored, digest.missing, digest.size), people) == ((2, 1, 3), [])


def test_a_console_that_ends_says_what_is_missing(console, sent, pipeline):
    with TestClient(create(console, hosts_of(8642)), base_url=HERE, headers=OURS) as client:
        batch = begin(client, "a.jpg", "b.jpg")
        put(client, "a.jpg", batch, 0)
    ((digest,), _) = work(pipeline, "p/a.jpg")
    assert (digest.stored, digest.missing) == (1, 1)


@pytest.mark.parametrize(
    ("batch", "number", "path"),
    [
        pytest.param("another", 0, "a.jpg", id="a console that was started again knows no batch"),
        pytest.param(None, 0, "b.jpg", id="another file's place"),
        pytest.param(None, 2, "a.jpg", id="no place"),
        pytest.param(None, "x", "a.jpg", id="no number"),
    ],
)
def test_what_has_no_place_in_a_batch_is_uploaded_alone(client, pipeline, batch, number, path):
    begun = begin(client, "a.jpg", "b.jpg")
    assert put(client, path, batch or begun, number).status_code == 201
    assert work(pipeline, f"p/{path}") == ([], [f"p/{path}"])


def test_a_batch_that_the_ledger_does_not_take_is_refused_in_words_before_anything_is_uploaded(client, console):
    console.stack.dynamodb.delete_table(TableName=console.stack.names.ledger)
    answer = client.post("/batches", json={"prefix": "", "paths": ["a.jpg", "b.jpg"]})
    assert answer.status_code == 400
    assert "counting the batch" in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"prefix": "", "paths": 5}', b'{"prefix": "", "paths": ["a"]}', b"\xff"]
)
def test_what_is_not_a_list_of_files_is_refused(client, body):
    assert client.post("/batches", content=body).status_code == 400


def test_more_files_than_a_batch_may_have_are_refused(client):
    answer = client.post("/batches", json={"prefix": "", "paths": ["a"] * (MAX_SIZE + 1)})
    assert (answer.status_code, "allowed: 2 to 10,000" in answer.text) == (400, True)


def test_another_page_begins_and_ends_no_batch(client):
    for path in ("/batches", "/batches/b/end"):
        assert client.post(path, headers={"origin": "http://evil.example"}).status_code == 403


def test_batches_of_pages_that_crashed_are_ended_in_time(client, console, pipeline, monkeypatch):
    monkeypatch.setattr(batch_uploads, "MAX_OPEN", 2)
    first, *others = [begin(client, "a.jpg", "b.jpg") for _ in range(3)]
    uploads = console.batch_uploads
    assert uploads.batch(first, 0, "p/a.jpg") is None
    assert all(uploads.batch(each, 0, "p/a.jpg") is not None for each in others)
    ((digest,), _) = work(pipeline)
    assert (digest.batch_id, digest.missing, digest.size) == (first, 2, 2)
