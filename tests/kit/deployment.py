"""A deployed pipeline on moto: the three real handlers, one batch at a time."""

import json
from contextlib import contextmanager
from importlib import import_module

from botocore.exceptions import ClientError
from kit.fakes import FakeContext
from kit.lambda_events import event
from kit.ledger_rows import all_rows
from kit.pictures import gradient, saved
from PIL import Image

from ops import settings
from ops.aws.ledger import LedgerTable
from ops.local.mail import parse
from ops.names import SERVICES
from shared.aws import clients


class Pipeline:
    """A deployed pipeline, one batch at a time."""

    def __init__(self, aws, monkeypatch):
        self.aws = aws
        self.monkeypatch = monkeypatch
        self.settings = settings.parse({"name": aws.names.name})
        self.uploads = 0
        self.waiting = []

    def upload(self, key, body, **options):
        """Put an object, and its event into the first queue; moto's own events lack version and sequencer."""
        self.uploads += 1
        answer = self.aws.s3.put_object(Bucket=self.aws.names.input_bucket, Key=key, Body=body, **options)
        version = answer.get("VersionId", "null")  # moto returns none where versions are suspended
        self.send(self.event(key, version, len(body)))
        return version

    def event(self, key, version, size, sequencer=None):
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "eventTime": "2026-01-01T00:00:00.000Z",
            "s3": {
                "bucket": {"name": self.aws.names.input_bucket},
                "object": {
                    "key": key.replace(" ", "+"),
                    "size": size,
                    "versionId": version,
                    "sequencer": sequencer or f"{self.uploads:016X}",
                },
            },
        }

    def send(self, *records):
        self.send_to("resize", json.dumps({"Records": list(records)}))

    def send_to(self, service, *bodies):
        for body in bodies:
            self.aws.sqs.send_message(QueueUrl=self.aws.urls[self.aws.names.queue(service)], MessageBody=body)

    def bodies(self, service):
        """The bodies that wait in a service's queue, without removing them."""
        url = self.aws.urls[self.aws.names.queue(service)]
        found = self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]

    def groups(self, service):
        """The message groups of what waits in a service's queue; it stays there."""
        url = self.aws.urls[self.aws.names.queue(service)]
        found = self.aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["MessageGroupId"]
        )
        return [message.get("Attributes", {}).get("MessageGroupId") for message in found.get("Messages", [])]

    def run(self, *services):
        """Let each service process its queue; returns what was handed back, by service."""
        return {service: self._invoke(service) for service in services or SERVICES}

    def wait(self):
        """Advance time past the pauses of all messages that were handed back."""
        for url, receipt in self.waiting:
            self.aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
        self.waiting = []

    @contextmanager
    def failing(self, service, operation, code="InternalError"):
        """Let AWS refuse one operation of the services every time."""

        def refuse(**_):
            raise ClientError({"Error": {"Code": code, "Message": "injected"}}, operation)

        client = getattr(clients, service)()
        client.meta.events.register(f"before-call.{service}.{operation}", refuse)
        try:
            yield
        finally:
            client.meta.events.unregister(f"before-call.{service}.{operation}", refuse)

    def _invoke(self, service):
        module = import_module(f"services.{service}.handler")
        module._runner.cache_clear()
        environment = self.settings.environment(service, self.aws.names, self.aws.urls)
        with self.monkeypatch.context() as patch:
            for name, value in (environment | {"TOPIC_ARN": self.aws.topic_arn}).items():
                patch.setenv(name, value)
            url = self.aws.urls[self.aws.names.queue(service)]
            messages = self.aws.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not messages:
                return []
            failures = module.handler(event(messages), FakeContext())["batchItemFailures"]
        kept = {each["itemIdentifier"] for each in failures}
        assert kept <= {message["MessageId"] for message in messages}
        for message in messages:
            if message["MessageId"] in kept:
                self.waiting.append((url, message["ReceiptHandle"]))
            else:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages if message["MessageId"] in kept]

    def intermediate(self):
        listed = self.aws.s3.list_objects_v2(Bucket=self.aws.names.work_bucket).get("Contents", [])
        return [each["Key"] for each in listed]

    def outputs(self):
        listed = self.aws.s3.list_objects_v2(Bucket=self.aws.names.output_bucket).get("Contents", [])
        return sorted(each["Key"] for each in listed)

    def output(self, key):
        return self.aws.s3.get_object(Bucket=self.aws.names.output_bucket, Key=key)

    def rows(self):
        rows = all_rows(LedgerTable(self.aws.dynamodb, self.aws.names.ledger))
        return {(row.key, row.version_id): (row.outcome, row.error) for row in rows}

    def mail(self):
        notices = []
        url = self.aws.urls[self.aws.names.mailbox]
        while messages := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            notices += [parse(message["Body"]) for message in messages]
            # Otherwise they would return where a busy machine takes longer than their visibility timeout.
            for message in messages:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return notices

    def dead_lettered(self, service):
        url = self.aws.urls[self.aws.names.dlq(service)]
        answer = self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return [
            {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
            for message in answer.get("Messages", [])
        ]


def photo(size=(1600, 1200)):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 33.0, 0.0)})
    return saved(gradient(size), "JPEG", exif=exif)
