"""Keys with control characters, line breaks and dots go through the whole pipeline, and every command finds them."""

import json

import pytest
from kit.dlq_messages import attributes, body_of
from kit.eventually import eventually
from kit.odd_keys import FOLDER, KEYS, MAX_KEY, TOO_LONG
from kit.pictures import gradient, saved

from ops.aws import buckets
from ops.cli.main import main
from ops.images.follow import Uploaded
from ops.local import stack
from shared.messages import Source
from shared.text import visible

JPEG = saved(gradient((64, 48)), "JPEG")
EVERY = (*KEYS, MAX_KEY)


@pytest.fixture(scope="module")
def local(zips):
    """A pipeline of its own, whose buckets and queues hold nothing else."""
    with stack.running(zips=zips) as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.emulator.environment().items():
            patch.setenv(name, value)
        yield running


@pytest.fixture
def run(capsys):
    """Run a command of `pipeline`; the lines that it prints as JSON."""

    def running(*words, code=0):
        capsys.readouterr()
        assert main([*words, "--output", "json"]) == code, capsys.readouterr().err
        return list(map(json.loads, capsys.readouterr().out.splitlines()))

    return running


@pytest.fixture(scope="module")
def uploaded(local):
    """An image under each key."""
    return [put(local, key) for key in (*EVERY, TOO_LONG)]


def put(local, key):
    bucket = local.names.input_bucket
    version = local.s3.put_object(Bucket=bucket, Key=key, Body=JPEG)["VersionId"]
    return Uploaded(bucket=bucket, key=key, version_id=version, size_bytes=len(JPEG))


def keys_in(local, bucket):
    pages = local.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    return {each["Key"] for page in pages for each in page.get("Contents", [])}


def versions_in(local, bucket):
    pages = local.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    return {each["Key"] for page in pages for each in page.get("Versions", [])}


def test_each_is_stored_but_one_whose_outputs_keys_would_be_too_long(local, uploaded, wait):
    rows = wait(uploaded)
    assert [(row.key, row.outcome, row.error) for row in rows] == [
        *((key, "stored", None) for key in EVERY),
        (TOO_LONG, "failed", "OutputKeyInvalid"),
    ]
    assert {key for row in rows for key in row.outputs} == keys_in(local, local.names.output_bucket)
    assert len({key for row in rows for key in row.outputs}) == 2 * len(EVERY)
    # A service removes what it read once its batch is done: an image may be stored by then.
    failed = uploaded[-1].image_id
    assert eventually(lambda: all(key.startswith(failed) for key in keys_in(local, local.names.work_bucket)))
    assert keys_in(local, local.names.work_bucket)


def test_lists_have_each_of_them(local, uploaded):
    bucket = local.names.input_bucket
    assert keys_in(local, bucket) == versions_in(local, bucket) == {*EVERY, TOO_LONG}


def test_each_is_notified(local, uploaded, wait, run, tmp_path):
    wait(uploaded)
    mails = run("mailbox", "--out", str(tmp_path))
    assert {each["id"] for each in mails} == {
        *(f"{each.image_id}-stored" for each in uploaded[:-1]),
        f"{uploaded[-1].image_id}-store-failed-0",
    }
    assert not any(each["subject"] != visible(each["subject"]) for each in mails)


def test_status_and_logs_find_each_and_print_one_line_of_it(local, uploaded, wait, run, capsys):
    wait(uploaded)
    for image in uploaded:
        (found,) = run("status", image.key)
        assert (found["key"], found["image_id"]) == (image.key, image.image_id)
    for image in uploaded[:8]:
        assert main(["status", image.key]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
    assert {each["image_id"] for each in run("logs", uploaded[0].key)} == {uploaded[0].image_id}
    assert {each["key"] for each in run("status", "--prefix", FOLDER, "--limit", "100")} == {
        each.key for each in uploaded if each.key.startswith(FOLDER)
    }


def test_their_dlq_messages_are_shown_and_sent_back_and_stored(local, wait, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bucket, images = local.names.input_bucket, []
    configuration = local.s3.get_bucket_notification_configuration(Bucket=bucket)
    del configuration["ResponseMetadata"]
    local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    for number, key in enumerate(EVERY):
        images.append(put(local, key))
        source = Source(
            bucket=bucket,
            key=key,
            version_id=images[-1].version_id,
            sequencer=f"00F{number:013X}",
            size_bytes=len(JPEG),
            uploaded_at="2026-01-01T00:00:00.000Z",
        )
        local.sqs.send_message(
            QueueUrl=local.queue_urls[local.names.dlq("resize")],
            MessageBody=body_of("resize", source),
            MessageAttributes=attributes(service="resize", error="AwsUnavailable", reason="x", attempts=5, replays=0),
        )
    local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    only = ("--error", "AwsUnavailable")
    assert {each["key"] for each in run("dlq", "show", *only)} == set(EVERY)
    assert sum(each["messages"] for each in run("dlq", "ls", *only)) == len(EVERY)
    (one,) = run("dlq", "show", *only, "--key", f"{FOLDER}a\nb.*")
    assert one["key"] == f"{FOLDER}a\nb.jpg"
    run("dlq", "replay", *only, "--yes")
    assert [row.outcome for row in wait(images)] == ["stored"] * len(EVERY)


def test_backfill_finds_those_that_nobody_was_notified_of(local, wait, run):
    bucket, table = local.names.input_bucket, local.names.ledger
    keys = {f"{FOLDER}again-{index}\n\x02.jpg" for index in range(3)}
    images = [put(local, key) for key in keys]
    wait(images)
    for each in images:
        row = {"source": {"S": f"{bucket}/{each.key}"}, "image_id": {"S": each.image_id}}
        local.dynamodb.delete_item(TableName=table, Key=row)
    run("backfill", f"s3://{bucket}/{FOLDER}again-", "--yes")
    assert [row.outcome for row in wait(images)] == ["stored"] * len(keys)


def test_a_file_of_this_machine_keeps_its_name(run, tmp_path, wait):
    names = ("a\nb.jpg", "\x01\u2028.jpg", "e\u0301.jpg")
    for name in names:
        (tmp_path / name).write_bytes(JPEG)
    run("upload", str(tmp_path), "--prefix", f"{FOLDER}files/", "--wait")
    found = run("status", "--prefix", f"{FOLDER}files/")
    assert {(each["key"], each["outcome"]) for each in found} == {(f"{FOLDER}files/{name}", "stored") for name in names}


def test_rm_takes_each_down(local, uploaded, wait, run):
    wait(uploaded)
    run("rm", *(image.key for image in uploaded), "--yes")
    gone = {each.key for each in uploaded}
    assert not gone & versions_in(local, local.names.input_bucket)
    left = keys_in(local, local.names.output_bucket)
    assert not [key for key in left if key.startswith((f"{FOLDER}image", "/odd", "//odd"))]


def test_a_bucket_with_such_keys_is_emptied(local):
    local.s3.create_bucket(Bucket="emptied")
    local.s3.put_bucket_versioning(Bucket="emptied", VersioningConfiguration={"Status": "Enabled"})
    for key in (*EVERY, TOO_LONG):
        local.s3.put_object(Bucket="emptied", Key=key, Body=b"x")
        local.s3.delete_object(Bucket="emptied", Key=key)
    buckets.empty_bucket(local.s3, "emptied")
    assert not buckets.holds_objects(local.s3, "emptied")
