"""The emulator sends S3's events to EventBridge as AWS documents them, and resize reads them."""

import json
import time
import uuid

import boto3
import pytest

from ops.local import emulator
from ops.local.emulator import ACCOUNT, REGION
from shared.events import change
from shared.messages import ImageUploaded
from shared.removals import SourceRemoved


@pytest.fixture(scope="module")
def client():
    """Makes clients of an emulator with nothing on it."""
    running = emulator.start()
    session = boto3.Session("test", "test", region_name=REGION)
    yield lambda service: session.client(service, endpoint_url=running.endpoint)
    running.end()


@pytest.fixture
def bridged(client):
    """A bucket whose events a rule sends to a queue: its name, its events so far, and the rule's permission to send."""
    return Bridged(client)


class Bridged:
    def __init__(self, client):
        self.name = f"bridged-{uuid.uuid4().hex[:8]}"
        self.s3, self.sqs = client("s3"), client("sqs")
        self.rule_arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self.name}"
        self.queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"
        self.url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        self.allow(self.rule_arn)
        self.s3.create_bucket(Bucket=self.name)
        self.s3.put_bucket_notification_configuration(
            Bucket=self.name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        pattern = {
            "source": ["aws.s3"],
            "detail": {"bucket": {"name": [self.name]}, "object": {"key": [{"prefix": "in/"}]}},
        }
        client("events").put_rule(Name=self.name, EventPattern=json.dumps(pattern))
        client("events").put_targets(Rule=self.name, Targets=[{"Id": "queue", "Arn": self.queue_arn}])

    def allow(self, rule_arn):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def event(self, timeout_seconds=20):
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            for message in self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                return message["Body"]
        return None


def test_an_upload_into_a_bucket_without_versions_is_read(bridged):
    bridged.s3.put_object(Bucket=bridged.name, Key="in/ä b+c%20.jpg", Body=b"12345")
    found = change(bridged.event())
    assert isinstance(found, ImageUploaded)
    assert (found.source.key, found.source.size_bytes, found.source.version_id) == ("in/ä b+c%20.jpg", 5, None)


def test_a_version_and_its_deletions_are_read(bridged):
    bridged.s3.put_bucket_versioning(Bucket=bridged.name, VersioningConfiguration={"Status": "Enabled"})
    version = bridged.s3.put_object(Bucket=bridged.name, Key="in/a.jpg", Body=b"12345")["VersionId"]
    uploaded = change(bridged.event()).source
    assert uploaded.version_id == version
    marker = bridged.s3.delete_object(Bucket=bridged.name, Key="in/a.jpg")["VersionId"]
    body = bridged.event()
    assert "size" not in json.loads(body)["detail"]["object"]
    hidden = change(body)
    assert (hidden.version_id, hidden.source.version_id) == (None, marker)
    bridged.s3.delete_object(Bucket=bridged.name, Key="in/a.jpg", VersionId=version)
    gone = change(bridged.event())
    assert isinstance(gone, SourceRemoved)
    assert gone.version_id == version
    assert gone.source.sequencer > hidden.source.sequencer > uploaded.sequencer


def test_copies_and_multipart_uploads_are_read(bridged):
    bridged.s3.put_object(Bucket=bridged.name, Key="other/a.jpg", Body=b"12345")
    bridged.s3.copy_object(Bucket=bridged.name, Key="in/copy.jpg", CopySource=f"{bridged.name}/other/a.jpg")
    body = json.loads(bridged.event())
    assert (body["detail"]["reason"], change(json.dumps(body)).source.key) == ("CopyObject", "in/copy.jpg")
    begun = {"Bucket": bridged.name, "Key": "in/parts.jpg"}
    begun["UploadId"] = bridged.s3.create_multipart_upload(**begun)["UploadId"]
    part = bridged.s3.upload_part(**begun, PartNumber=1, Body=b"123456")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    bridged.s3.complete_multipart_upload(**begun, MultipartUpload=parts)
    body = json.loads(bridged.event())
    assert body["detail"]["reason"] == "CompleteMultipartUpload"
    assert change(json.dumps(body)).source.size_bytes == 6


def test_a_rule_sends_nothing_to_a_queue_whose_policy_names_another(bridged):
    bridged.allow(f"{bridged.rule_arn}-other")
    bridged.s3.put_object(Bucket=bridged.name, Key="in/a.jpg", Body=b"12345")
    assert bridged.event(timeout_seconds=3) is None
    bridged.allow(bridged.rule_arn)
    bridged.s3.put_object(Bucket=bridged.name, Key="in/b.jpg", Body=b"12345")
    assert change(bridged.event()).source.key == "in/b.jpg"
