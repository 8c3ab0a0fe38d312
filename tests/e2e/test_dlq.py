"""DLQ messages on the local AWS: looked at, sent back, and all of them stored, even where the command is killed."""

import json
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from kit.dlq_messages import attributes, body_of
from kit.pictures import gradient, saved

from ops.images.follow import Uploaded
from shared.messages import Source

VISIBILITY_SECONDS = 15


def command(*argv):
    return [Path(sys.executable).with_name("pipeline"), "dlq", *argv]


@pytest.fixture
def dlq(environment, tmp_path):
    """Run `pipeline dlq` where its archive is this test's own."""

    def running(*argv):
        return subprocess.run(
            command(*argv), capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )

    return running


@pytest.fixture
def dead_letter(local):
    """Put messages of a transient failure about good images into the first dead-letter queue.

    The images lie in the bucket without an event, as if resize had failed on each attempt: what S3 sends is switched
    off while they are put there.
    """
    folder = uuid.uuid4().hex[:8]
    data = saved(gradient((300, 200)), "JPEG")
    bucket = local.names.input_bucket

    def dead_lettering(*names):
        configuration = local.s3.get_bucket_notification_configuration(Bucket=bucket)
        configuration.pop("ResponseMetadata", None)
        local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        dead_lettered = []
        try:
            for number, name in enumerate(names):
                key = f"{folder}/{name}"
                version = local.s3.put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]
                source = Source(
                    bucket=bucket,
                    key=key,
                    version_id=version,
                    sequencer=f"{number:016X}",
                    size_bytes=len(data),
                    uploaded_at="2026-01-01T00:00:00.000Z",
                )
                local.sqs.send_message(
                    QueueUrl=local.queue_urls[local.names.dlq("resize")],
                    MessageBody=body_of("resize", source),
                    MessageAttributes=attributes(
                        service="resize", error="AwsUnavailable", reason="S3 was down", attempts=5, replays=0
                    ),
                )
                dead_lettered.append(Uploaded(bucket=bucket, key=key, version_id=version, size_bytes=len(data)))
        finally:
            local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
        return dead_lettered

    return dead_lettering


def test_a_dlq_message_is_seen_sent_back_and_stored(local, dlq, dead_letter, wait):
    (image,) = dead_letter("a b+ü.jpg")
    folder = image.key.partition("/")[0]
    only = ("--key", f"{folder}/*")
    counted = dlq("ls", *only, "--output", "json")
    assert counted.returncode == 0, counted.stderr
    (group,) = map(json.loads, counted.stdout.splitlines())
    assert (group["messages"], group["error"], group["prefix"]) == (1, "AwsUnavailable", f"{folder}/")
    shown = dlq("show", "--service", "resize", image.key)
    assert "S3 was down" in shown.stdout
    assert image.image_id in shown.stdout
    dry = dlq("replay", *only)
    assert "would replay" in dry.stdout
    assert image.image_id not in local.ledger.of_images([(image.bucket, image.key, image.image_id)])
    done = dlq("replay", *only, "--yes")
    assert done.returncode == 0, done.stderr
    (row,) = wait([image])
    assert row.outcome == "stored"
    assert "0 DLQ messages" in dlq("ls", *only).stderr


def test_a_message_of_a_stored_image_is_archived(dlq, dead_letter, wait, local):
    (image,) = dead_letter("twice.jpg")
    entry = json.loads(dlq("export", "--service", "resize", "--key", image.key).stdout)
    dlq("replay", "--service", "resize", "--key", image.key, "--yes")
    wait([image])
    local.sqs.send_message(QueueUrl=local.queue_urls[local.names.dlq("resize")], MessageBody=entry["body"])
    again = dlq("replay", "--service", "resize", "--key", image.key, "--yes", "--output", "json")
    assert (again.returncode, json.loads(again.stdout)["because"]) == (0, "its image is stored already")
    assert dlq("show", "--service", "resize", image.key).returncode == 4


def test_what_sqs_itself_moved_is_reported_so(local, dlq, dead_letter):
    (image,) = dead_letter("moved.jpg")
    sqs, name = local.sqs, f"moving-{uuid.uuid4().hex[:8]}"
    entry = json.loads(dlq("export", "--service", "resize", "--key", image.key).stdout)
    dlq("purge", "--service", "resize", "--key", image.key, "--yes")
    # A queue whose messages SQS moves after one receive into the dead-letter queue, as a service's after its last.
    url = sqs.create_queue(
        QueueName=name,
        Attributes={
            "RedrivePolicy": json.dumps(
                {"deadLetterTargetArn": local.names.queue_arn(local.names.dlq("resize")), "maxReceiveCount": 1}
            )
        },
    )["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=entry["body"], MessageAttributes=attributes(error="Old", replays=1))
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    (group,) = map(
        json.loads, dlq("ls", "--service", "resize", "--key", image.key, "--output", "json").stdout.splitlines()
    )
    assert group["error"] == "MovedBySqs"
    assert (
        "the function was killed or ran out of time on each attempt"
        in dlq("show", "--service", "resize", image.key).stdout
    )
    dlq("purge", "--service", "resize", "--key", image.key, "--yes")


@pytest.fixture
def stop(environment, tmp_path):
    """Start a slow replay, and send it a signal when this many messages are in its archive."""

    def stopping(number, *only, at_least):
        archive = tmp_path / "stopped.jsonl"
        argv = command(
            "replay",
            "--yes",
            "--rate",
            "2",
            "--visibility-timeout",
            str(VISIBILITY_SECONDS),
            "--archive",
            str(archive),
            *only,
        )
        process = subprocess.Popen(argv, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not (archive.exists() and archive.read_text().count("\n") >= at_least):
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()
        process.send_signal(number)
        _, err = process.communicate(timeout=180)
        return process.returncode, err.decode()

    return stopping


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_replay_that_is_stopped_in_the_middle_is_finished_by_the_next(dlq, dead_letter, wait, stop, number):
    images = dead_letter(*(f"{index}.jpg" for index in range(24)))
    only = ("--service", "resize", "--key", f"{images[0].key.partition('/')[0]}/*")
    code, err = stop(number, *only, at_least=4)
    assert code == (-9 if number == signal.SIGKILL else 130)
    if number == signal.SIGINT:
        assert "Interrupted" in err
        assert "not seen" not in dlq("ls", *only).stderr  # what was held is free at once
    deadline = time.monotonic() + 8 * VISIBILITY_SECONDS
    # What the killed one held is back when its hold ends.
    while "not seen" in (done := dlq("replay", "--yes", *only)).stderr and time.monotonic() < deadline:
        assert done.returncode == 0, done.stderr
        time.sleep(1)
    assert {row.outcome for row in wait(images)} == {"stored"}
    assert "0 DLQ messages" in dlq("ls", *only).stderr
