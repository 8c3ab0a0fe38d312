"""SQS's own redrive on the local AWS: where it moves messages, and what it does not move."""

import json
import time
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.local import emulator
from ops.local.emulator import REGION


@pytest.fixture(scope="module")
def sqs():
    """A client of an emulator with nothing on it."""
    running = emulator.start()
    yield boto3.Session("test", "test", region_name=REGION).client("sqs", endpoint_url=running.endpoint)
    running.end()


class Pair:
    """A queue and its dead-letter queue."""

    def __init__(self, sqs):
        self.sqs, name = sqs, uuid.uuid4().hex[:8]
        self.dlq = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        self.dlq_arn = self.arn(self.dlq)
        policy = json.dumps({"deadLetterTargetArn": self.dlq_arn, "maxReceiveCount": 1})
        self.queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def arn(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def fail(self, *bodies):
        """Messages that SQS itself moves into the dead-letter queue."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)
            self.sqs.receive_message(QueueUrl=self.queue, VisibilityTimeout=0)
        self.sqs.receive_message(QueueUrl=self.queue)

    def bodies(self, url):
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return sorted(each["Body"] for each in found.get("Messages", []))

    def ended(self):
        """The task, once it does not run any more."""
        for _ in range(200):
            (task,) = self.sqs.list_message_move_tasks(SourceArn=self.dlq_arn)["Results"]
            if task["Status"] != "RUNNING":
                return task
            time.sleep(0.05)
        pytest.fail(f"still {task}")


@pytest.fixture
def pair(sqs):
    return Pair(sqs)


def test_what_sqs_moved_goes_back_to_its_queue_as_a_new_message(pair):
    pair.fail("a", "b")
    before = pair.sqs.receive_message(QueueUrl=pair.dlq, VisibilityTimeout=0)["Messages"][0]["MessageId"]
    pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn)
    task = pair.ended()
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert "TaskHandle" not in task
    (message,) = pair.sqs.receive_message(QueueUrl=pair.queue, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["MessageId"] != before
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]
    assert pair.bodies(pair.dlq) == []


def test_what_a_service_sent_there_itself_needs_a_destination(pair):
    pair.sqs.send_message(QueueUrl=pair.dlq, MessageBody="sent")
    pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn)
    task = pair.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert pair.bodies(pair.dlq) == ["sent"]
    pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn, DestinationArn=pair.arn(pair.queue))
    assert pair.ended()["Status"] == "COMPLETED"
    assert pair.bodies(pair.queue) == ["sent"]


def test_one_task_runs_at_a_time_and_can_be_cancelled(pair):
    pair.fail(*map(str, range(5)))
    task = pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn, MaxNumberOfMessagesPerSecond=1)
    with pytest.raises(ClientError, match="already a task running"):
        pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn)
    pair.sqs.cancel_message_move_task(TaskHandle=task["TaskHandle"])
    assert pair.ended()["Status"] == "CANCELLED"
    assert len(pair.bodies(pair.dlq)) >= 4


def test_only_a_dead_letter_queue_is_moved_from(pair):
    for arn, code in ((pair.arn(pair.queue), "InvalidParameterValue"), (f"{pair.dlq_arn}x", "ResourceNotFound")):
        with pytest.raises(ClientError) as refused:
            pair.sqs.start_message_move_task(SourceArn=arn)
        assert code in refused.value.response["Error"]["Code"]


def test_a_standard_queue_takes_message_groups_and_gives_them_back(pair):
    pair.sqs.send_message(QueueUrl=pair.queue, MessageBody="old", MessageGroupId="backfill")
    pair.sqs.send_message(QueueUrl=pair.queue, MessageBody="new")
    for _ in range(2):
        pair.sqs.receive_message(QueueUrl=pair.queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    pair.sqs.start_message_move_task(SourceArn=pair.dlq_arn)
    assert pair.ended()["Status"] == "COMPLETED"
    found = pair.sqs.receive_message(QueueUrl=pair.queue, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert {each["Body"]: each["Attributes"].get("MessageGroupId") for each in found} == {
        "old": "backfill",
        "new": None,
    }
