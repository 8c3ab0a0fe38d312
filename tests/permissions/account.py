"""A pipeline on the local AWS at rest, but for one service's handler: it runs here, with its function's role."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from typing import Any, Final

import pytest
from kit import rekognition
from kit.fakes import FakeContext
from kit.lambda_events import event
from kit.pictures import noise, saved

from ops.local import policies
from ops.local.emulator import ACCOUNT
from ops.local.stack import MODERATOR, LocalStack
from ops.names import SERVICES
from shared.aws import clients
from shared.messages import ImageResized, ImageWatermarked, Source

MESSAGES: Final = {"watermark": ImageResized, "store": ImageWatermarked}
REFUSALS: Final = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"})


class Broken(Exception):
    """An image did not come to its end as it should; the text says how."""


class Account:
    """The handlers of a pipeline, each with the permissions of its role.

    Args:
        local: the pipeline; its mappings are taken away, so that nobody else works.
        monkeypatch: sets the environment of the function whose handler runs.
        moderator: the local AWS has none. This one asks it for the role.
    """

    def __init__(self, local: LocalStack, monkeypatch: pytest.MonkeyPatch, moderator: rekognition.Rekognition) -> None:
        self.local, self.names, self.service = local, local.names, ""
        self.moderator = moderator
        moderator.answer = self._moderated
        moderator.faces = self._searched
        self.monkeypatch = monkeypatch
        self.refused: list[str] = []
        self.taken = ""
        functions = local.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.delete_event_source_mapping(UUID=mapping["UUID"])
        for service in SERVICES:
            self._lend(service)
        self._patterns: dict[str, tuple[Any, bytes]] = {}
        for service, following in pairwise(SERVICES):
            self._patterns[following] = self._made_for(following, by=service)

    def _lend(self, service: str) -> None:
        """Let this process take a function's role, as Lambda does."""
        us = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        trust = policies.trust()
        document = json.dumps({**trust, "Statement": [*trust["Statement"], us]})
        iam = self.local.client("iam")
        iam.update_assume_role_policy(RoleName=self.names.function(service), PolicyDocument=document)

    def _made_for(self, following: str, *, by: str) -> tuple[Any, bytes]:
        """What a service sends on of a small photo: the message, and intermediate objects."""
        self.sit(by)
        self.image()
        self.run()
        (body,) = self.take(self.names.queue(following))
        message = MESSAGES[following].decode(body)
        lies = self.local.s3.get_object(Bucket=self.names.work_bucket, Key=message.intermediate_key)
        return message, lies["Body"].read()

    def sit(self, service: str) -> None:
        """Be this service's function from now on."""
        if service == self.service:
            return
        self.service = service
        self.stand_up()
        arn = f"arn:aws:iam::{ACCOUNT}:role/{self.names.function(service)}"
        given = self.local.client("sts").assume_role(RoleArn=arn, RoleSessionName="account")["Credentials"]
        environment = {
            **self.local.settings.environment(service, self.names, self.local.queue_urls),
            **self.local.emulator.environment(),
            MODERATOR: self.moderator.endpoint,
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        self.monkeypatch.undo()
        self.monkeypatch.delenv("AWS_PROFILE", raising=False)
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        for client in (clients.s3, clients.sqs, clients.sns, clients.dynamodb, clients.rekognition):
            client().meta.events.register("after-call", self._note)

    def stand_up(self) -> None:
        """Leave nothing of a function in this process."""
        clients.evict()
        for service in SERVICES:
            import_module(f"services.{service}.handler")._runner.cache_clear()

    def _moderated(self, _: object) -> tuple[int, Mapping[str, Any]]:
        """Nothing is found, if the role may ask at all."""
        return self._answer("rekognition:DetectModerationLabels", rekognition.CLEAN)

    def _searched(self, _: object) -> tuple[int, Mapping[str, Any]]:
        """Nobody is found, if the role may ask at all."""
        return self._answer("rekognition:DetectFaces", rekognition.NOBODY)

    def _answer(self, action: str, nothing: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        name = self.names.function("resize")
        document = self.local.client("iam").get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
        statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
        allowed = {(action, each["Resource"]) for each in statements for action in each["Action"]}
        return (200, nothing) if (action, "*") in allowed else rekognition.denied(action)

    def _note(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:
        error = parsed.get("Error", {})
        if error.get("Code") in REFUSALS:
            # The answer to a HEAD has no body that could name it, nor has S3's 403 for what is missing, which is for
            # those who may not list the bucket.
            named = re.search(r"perform: (\S+)", error.get("Message", ""))
            either = {"s3:GetObject", "s3:ListBucket"} & {self.taken} or {"s3:GetObject"}
            self.refused.append(named[1] if named else either.pop())

    @contextmanager
    def without(self, sid: str, action: str) -> Iterator[None]:
        """Take one action out of the service's role for as long as the context lasts."""
        settings = self.local.settings
        asked = {"moderates": settings.moderates, "detects_faces": settings.detects_faces}
        whole = policies.role(self.service, self.names, **asked)
        less = [
            {**each, "Action": [one for one in each["Action"] if (each["Sid"], one) != (sid, action)]}
            for each in whole["Statement"]
        ]
        self._allow({**whole, "Statement": [each for each in less if each["Action"]]})
        self.taken = action
        try:
            yield
        finally:
            self.taken = ""
            self._allow(whole)

    @contextmanager
    def bounded(self, document: policies.Document) -> Iterator[None]:
        """Let the service's role exceed a policy no more, whatever it is given, for as long as the context lasts."""
        iam, role = self.local.client("iam"), self.names.function(self.service)
        policy = iam.create_policy(PolicyName=f"bounds-{uuid.uuid4().hex}", PolicyDocument=json.dumps(document))
        arn = policy["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
        try:
            yield
        finally:
            iam.delete_role_permissions_boundary(RoleName=role)
            iam.delete_policy(PolicyArn=arn)

    def _allow(self, document: policies.Document) -> None:
        name = self.names.function(self.service)
        self.local.client("iam").put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))

    def clear(self) -> None:
        """Empty every queue, and evict what was refused."""
        for url in self.local.queue_urls.values():
            self.local.sqs.purge_queue(QueueUrl=url)
        self.refused.clear()

    def image(self, tags: str = "", *, versioned: bool = True) -> Source:
        """Let an image come to this service: uploaded, or as the service before sends it on; where it came from.

        Args:
            tags: of the object, as "name=value".
            versioned: whether S3's event names the version.
        """
        if self.service == SERVICES[0]:
            return self._upload(tags, versioned=versioned)
        pattern, intermediate = self._patterns[self.service]
        name = uuid.uuid4().hex
        passthrough = replace(pattern.passthrough, tags=dict([tags.split("=")] if tags else []))
        source = replace(pattern.source, key=f"{name}.png", version_id=name)
        return self.send(
            replace(pattern, source=source, intermediate_key=f"{name}.zip", passthrough=passthrough), intermediate
        )

    def again(self, source: Source, sequencer: str, form: str | None = None) -> Source:
        """Let a newer version of an image come to a later service, in another format where one is given."""
        pattern, intermediate = self._patterns[self.service]
        name = uuid.uuid4().hex
        source = replace(source, version_id=name, sequencer=sequencer)
        renditions = tuple(replace(each, format=form or each.format) for each in pattern.renditions)
        message = replace(pattern, source=source, intermediate_key=f"{name}.zip", renditions=renditions)
        return self.send(message, intermediate)

    def send(self, message: Any, intermediate: bytes) -> Source:
        """Send this service a message of the service before, with intermediate objects for it."""
        self.local.s3.put_object(Bucket=self.names.work_bucket, Key=message.intermediate_key, Body=intermediate)
        self.say(message.encode())
        source: Source = message.source
        return source

    def _upload(self, tags: str, *, versioned: bool) -> Source:
        key = f"{uuid.uuid4().hex}.png"
        # Too large for a message: the work bucket's permissions are needed, too.
        data = saved(noise((300, 220)), "PNG")
        said = {"Tagging": tags} if tags else {}
        self.local.s3.put_object(Bucket=self.names.input_bucket, Key=key, Body=data, **said)
        (body,) = self.take(self.names.queue(self.service))
        reported = json.loads(body)
        (record,) = reported["Records"]
        if not versioned:
            del record["s3"]["object"]["versionId"]
        self.say(json.dumps(reported))
        lies = record["s3"]["object"]
        return Source(
            bucket=self.names.input_bucket,
            key=key,
            version_id=lies.get("versionId"),
            sequencer=lies["sequencer"],
            size_bytes=len(data),
            uploaded_at=record["eventTime"],
        )

    def say(self, body: str) -> None:
        """Put a message into the service's queue."""
        self.local.sqs.send_message(QueueUrl=self.url(self.names.queue(self.service)), MessageBody=body)

    def run(self, receives: int = 1, seconds: float = 60) -> Sequence[str]:
        """Let the handler process the queue; the bodies of what must come back.

        Args:
            receives: how often SQS says that the messages were received.
            seconds: that the function has left.
        """
        messages = self.receive(self.names.queue(self.service))
        handler = import_module(f"services.{self.service}.handler").handler
        answer = handler(event(messages, receives), FakeContext(seconds))
        back = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for each in messages:
            if each["MessageId"] not in back:
                url = self.url(self.names.queue(self.service))
                self.local.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [each["Body"] for each in messages if each["MessageId"] in back]

    def receive(self, queue: str, wait_seconds: int = 5) -> Sequence[Any]:
        """What comes out of a queue."""
        found: Sequence[Any] = self.local.sqs.receive_message(
            QueueUrl=self.url(queue),
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait_seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        return found

    def take(self, queue: str, wait_seconds: int = 5) -> Sequence[str]:
        """The bodies of what waits in a queue, which is gone from there."""
        messages = self.receive(queue, wait_seconds)
        for each in messages:
            self.local.sqs.delete_message(QueueUrl=self.url(queue), ReceiptHandle=each["ReceiptHandle"])
        return [each["Body"] for each in messages]

    def url(self, queue: str) -> str:
        """Of a queue, by its name."""
        url: str = self.local.queue_urls[queue]
        return url

    def fate(self, source: Source) -> str:
        """What the ledger says of an image."""
        rows = {row.image_id: row for row in self.local.ledger.of_key(source.bucket, source.key)}
        row = rows.get(source.image_id)
        return (
            f"recorded as {row.outcome or row.service}{f': {row.error}' if row.error else ''}" if row else "no record"
        )
