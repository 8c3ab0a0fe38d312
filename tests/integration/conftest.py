"""AWS as moto knows it, with a pipeline's resources in it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from kit.aws_models import read_once
from kit.deployment import Pipeline
from kit.dlq_messages import source
from kit.dlq_queues import Queues
from kit.moto_locks import one_at_a_time
from moto import mock_aws
from starlette.testclient import TestClient

from ops.aws import ledger_table
from ops.console.app import Console, create
from ops.console.commands import Commands
from ops.console.dlq_messages import DlqMessages
from ops.console.mailbox import Mailbox
from ops.console.security import hosts_of
from ops.dlq import reading
from ops.names import SERVICES, Names
from ops.settings import ROOT
from ops.stack import connect
from shared.aws import clients

read_once()

# Where the console of the tests is.
CONSOLE = "http://127.0.0.1:8642"

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")


@dataclass
class Aws:
    """Clients, and the queues' URLs by name."""

    s3: Any
    sqs: Any
    sns: Any
    dynamodb: Any
    urls: dict[str, str]
    topic_arn: str
    names: Names = NAMES


# Making one takes longer than most of the calls that a test makes with it. Who registers a handler unregisters it.
_client = cache(boto3.client)


@pytest.fixture
def aws(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": NAMES.region,
        "AWS_REGION": NAMES.region,
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    one_at_a_time(monkeypatch)
    with mock_aws():
        clients.evict()
        s3, sqs, sns, dynamodb = map(_client, ("s3", "sqs", "sns", "dynamodb"))
        for bucket in (NAMES.input_bucket, NAMES.work_bucket, NAMES.output_bucket):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": NAMES.region})
        s3.put_bucket_versioning(Bucket=NAMES.input_bucket, VersioningConfiguration={"Status": "Enabled"})
        queues = [name for service in SERVICES for name in (NAMES.queue(service), NAMES.dlq(service))]
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in (*queues, NAMES.mailbox)}
        topic_arn = sns.create_topic(Name=NAMES.topic)["TopicArn"]
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=NAMES.queue_arn(NAMES.mailbox))
        ledger_table.create(dynamodb, NAMES.ledger)
        yield Aws(s3=s3, sqs=sqs, sns=sns, dynamodb=dynamodb, urls=urls, topic_arn=topic_arn)


@pytest.fixture
def pipeline(aws, monkeypatch):
    return Pipeline(aws, monkeypatch)


@pytest.fixture
def queues(aws, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    # Nobody sends anything here while the command waits for it.
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0)
    return Queues(aws)


@pytest.fixture
def upload_files(aws):
    """Put an object into the input bucket; its source."""

    def uploading(key, sequencer="0A"):
        version = aws.s3.put_object(Bucket=aws.names.input_bucket, Key=key, Body=b"123")["VersionId"]
        return source(key, version, sequencer)

    return uploading


@pytest.fixture
def console(aws, tmp_path):
    stack = connect(ROOT / "pipeline.yaml")
    return Console(
        stack=stack,
        commands=Commands(names=stack.names),
        mailbox=Mailbox(collect=list, read=list),
        dlq_messages=DlqMessages(stack=stack, wait_seconds=0),
        archives=tmp_path / "archive",
    )


@pytest.fixture
def client(console):
    with TestClient(create(console, hosts_of(8642)), base_url=CONSOLE) as client:
        yield client


@pytest.fixture
def look(console):
    """Let the console read the ledger, as it does in the background while somebody looks."""

    def looking():
        console.follower._reader.newest()
        return {seen.row.key: seen.row for seen in console.follower.state.newest_first()}

    return looking
