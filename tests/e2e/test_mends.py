"""The emulator, mended where AWS is stricter: who may do what there is who may do it on AWS."""

import json
import subprocess
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.local import emulator
from ops.local.emulator import ACCOUNT, REGION

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}
QUEUE = "mends-queue"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"


@pytest.fixture(scope="module")
def alone():
    """An emulator with nothing on it."""
    running = emulator.start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def root(alone):
    """Makes clients with all rights."""
    session = boto3.Session("test", "test", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=alone.endpoint)


@pytest.fixture
def caller(alone, root):
    """Makes clients that may do what a statement says, and nothing else."""

    def calling(service, actions, resource):
        name = f"caller-{uuid.uuid4().hex[:8]}"
        arn = root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}],
        }
        root("iam").put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
        given = root("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], REGION)
        return session.client(service, endpoint_url=alone.endpoint)

    return calling


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def batches(root):
    """A request of each kind of batch, by the action that allows it."""
    sqs = root("sqs")
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    receipt = {"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}
    entries = {
        "sqs:SendMessage": ("send_message_batch", {"Id": "0", "MessageBody": "x"}),
        "sqs:ChangeMessageVisibility": ("change_message_visibility_batch", receipt | {"VisibilityTimeout": 9}),
        "sqs:DeleteMessage": ("delete_message_batch", receipt),
    }
    return {action: (name, {"QueueUrl": url, "Entries": [entry]}) for action, (name, entry) in entries.items()}


@pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"])
def test_a_batch_is_allowed_by_the_action_for_one_message_and_by_that_alone(caller, batches, action):
    name, request = batches[action]
    assert refused(getattr(caller("sqs", [f"{action}Batch"], QUEUE_ARN), name), **request) == "AccessDenied"
    assert getattr(caller("sqs", [action], QUEUE_ARN), name)(**request)["Successful"]


def test_an_emulator_that_is_none_of_those_mended_does_not_start():
    script = (
        "import ministack.core.iam_actions as actions\n"
        "actions.extract_iam_action = lambda service, method: None\n"
        "import mends.batches\n"
        "mends.batches.apply()"
    )
    ran = subprocess.run(
        [emulator.PYTHON, "-c", script],
        cwd=emulator._GATEWAY.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "RuntimeError: ministack.core.iam_actions.extract_iam_action takes (service method)" in ran.stderr
