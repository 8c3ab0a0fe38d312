"""Notifications of images that were uploaded together or alone, by `pipeline upload` and the three real services."""

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from kit.pictures import gradient, saved

from ops.aws.subscriptions import Endpoint, policy_of, subscribe, subscriptions
from ops.local import policies
from ops.local.mail import parse
from shared.notifications import BatchEnded, ImageFailed, ImageStored

PIPELINE = Path(sys.executable).with_name("pipeline")


class Reader:
    """A queue that is subscribed as somebody's address would be."""

    def __init__(self, local, **policy):
        self._sqs = local.client("sqs")
        name = f"reader-{uuid.uuid4().hex[:8]}"
        arn = local.names.queue_arn(name)
        letting_in = policies.notified_queue(arn, local.names.topic_arn)
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(letting_in)})["QueueUrl"]
        people = policy["people"]
        subscribe(local, Endpoint(protocol="sqs", address=arn, people=people), policy_of(**policy))
        self.notices = []

    def read(self):
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            self.notices += [parse(each["Body"]) for each in messages]
            for each in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        return self.notices

    def wait(self, done, timeout_seconds=120):
        deadline = time.monotonic() + timeout_seconds
        while not done(self.read()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.notices


def upload_files(environment, *argv):
    return subprocess.run(
        [str(PIPELINE), "upload", *map(str, argv), "--wait"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def has_digest(notices):
    return any(isinstance(each, BatchEnded) for each in notices)


@pytest.fixture
def folder(tmp_path):
    """Six images, two of which fail."""
    images = tmp_path / "images"
    images.mkdir()
    for number in range(4):
        (images / f"good-{number}.png").write_bytes(saved(gradient((40, 30)), "PNG"))
    (images / "text.jpg").write_text("words")
    (images / "cut.jpg").write_bytes(saved(gradient((400, 300)), "JPEG")[:900])
    return images


def test_people_get_one_digest_of_what_was_uploaded_together_and_machines_each_image(local, environment, folder):
    prefix = f"{uuid.uuid4().hex[:8]}/"
    person = Reader(local, people=True)
    machine = Reader(local, people=False)
    failures = Reader(local, people=True, only="failures", prefix=prefix)
    elsewhere = Reader(local, people=True, prefix="elsewhere/")
    uploaded = upload_files(environment, folder, "--prefix", prefix)
    assert uploaded.returncode == 3, uploaded.stderr
    assert "uploaded 6 to" in uploaded.stderr
    assert "as batch" in uploaded.stderr
    machine.wait(lambda notices: len(notices) >= 7)
    (digest,) = person.wait(has_digest)
    assert (digest.size, digest.stored, digest.failed, digest.folders) == (6, 4, 2, (prefix,))
    assert sorted(each.key for each in digest.failures) == [f"{prefix}cut.jpg", f"{prefix}text.jpg"]
    assert {each.error for each in digest.failures} == {"UnsupportedImage", "UnreadableImage"}
    assert digest.batch_id in uploaded.stderr
    assert failures.wait(has_digest) == [digest]
    kinds = [type(each) for each in machine.notices]
    assert (kinds.count(ImageStored), kinds.count(ImageFailed), kinds.count(BatchEnded)) == (4, 2, 1)
    assert elsewhere.read() == []
    replay = [str(PIPELINE), "dlq", "replay", "--batch", digest.batch_id]
    said = subprocess.run(replay, env=environment, capture_output=True, text=True, check=True)
    assert "2 would replay" in said.stderr


def test_people_get_a_mail_of_an_image_that_was_uploaded_alone(local, environment, folder):
    assert [each.policy for each in subscriptions(local) if each.endpoint.endswith("-mailbox")] == [
        policy_of(people=True)
    ]
    person = Reader(local, people=True)
    failures = Reader(local, people=True, only="failures")
    alone = folder / "good-0.png"
    assert upload_files(environment, alone, "--prefix", f"{uuid.uuid4().hex[:8]}/").returncode == 0
    assert [type(each) for each in person.wait(len)] == [ImageStored]
    assert upload_files(environment, folder / "text.jpg", "--prefix", f"{uuid.uuid4().hex[:8]}/").returncode == 3
    assert [type(each) for each in failures.wait(len)] == [ImageFailed]
    assert [type(each) for each in person.wait(lambda notices: len(notices) > 1)] == [ImageStored, ImageFailed]
