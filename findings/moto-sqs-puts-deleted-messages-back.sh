#!/bin/sh
# moto 5.2.5: of two threads that delete messages of one SQS queue, one may put back what the other has deleted.
#
# Expected: SQS deletes what a receipt handle is of, whatever others delete at the same time; DeleteMessage answers 200.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
# Seen: every call answers 200, and some messages are in the queue again. A delete copies the list of the others, and then
# replaces the queue's list by its copy, without a lock: the copy still has what another thread deleted meanwhile.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "moto[sqs]==5.2.5" boto3==1.44.5
venv/bin/python - <<'PYTHON'
import os
import sys
from concurrent.futures import ThreadPoolExecutor

os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-west-1"}
import boto3
import moto

ROUNDS, MESSAGES = 40, 50


def left_over(threads):
    """How many of the messages are there after each was deleted once."""
    with moto.mock_aws():
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        for _ in range(MESSAGES):
            sqs.send_message(QueueUrl=url, MessageBody="x")
        handles = []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
            handles += [each["ReceiptHandle"] for each in found]
        assert len(handles) == MESSAGES

        def delete(handle):
            return sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)["ResponseMetadata"]["HTTPStatusCode"]

        with ThreadPoolExecutor(threads) as pool:
            assert set(pool.map(delete, handles)) == {200}
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


sys.setswitchinterval(1e-6)  # what happens seldom, often
print(f"moto {moto.__version__}, boto3 {boto3.__version__}, Python {sys.version.split()[0]}")
alone = [left_over(1) for _ in range(3)]
shared = [left_over(8) for _ in range(ROUNDS)]
print(f"one thread:    expected 0 messages left, seen {alone}")
print(f"eight threads: expected 0 messages left, seen some in {sum(map(bool, shared))} of {ROUNDS} rounds: {shared}")
assert not any(alone)
assert any(shared), "moto deletes one message at a time now"
PYTHON
