"""Creates a pipeline's resources on the local AWS from pipeline.yaml, as Terraform does on AWS."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3

from ops.aws import cors, creation, ledger_table, queues
from ops.aws.refusals import passing_over
from ops.aws.session import client_of
from ops.aws.subscriptions import policy_of, subscribe_queue
from ops.local import policies
from ops.names import SERVICES, Names
from ops.settings import PipelineSettings
from shared.release import VERSION

# A worker is a process of this machine, and its start costs a second of CPU: more than there are cores gain nothing.
# Two is the least that AWS takes.
MAX_WORKERS: Final = max(2, os.cpu_count() or 2)

# As much as SNS takes, and what every version of Terraform's provider knows: a message carries keys, no pixels.
MAX_MESSAGE_BYTES: Final = 262_144

_DAY_SECONDS: Final = 86_400


def described(version: str) -> str:
    """Description of a function of a version, as terraform/modules/service writes it."""
    return f"image-pipeline {version}"


@dataclass(frozen=True, kw_only=True)
class Provisioner:
    """Creates all resources of one pipeline.

    Args:
        session: Session with the credentials of the account.
        endpoint: URL of the local AWS.
        settings: Settings from pipeline.yaml.
        names: Names of the resources.
        zips: Path of each service's zip, by service.
        variables: More environment variables of each function, by service.
    """

    session: boto3.Session
    endpoint: str
    settings: PipelineSettings
    names: Names
    zips: Mapping[str, Path]
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self) -> dict[str, str]:
        """Create everything, independent resources concurrently; returns the URL of each queue by its name."""
        with ThreadPoolExecutor(8) as pool:
            first: list[Callable[[], Any]] = [self._ledger, self._topic, self._output_bucket, self._work_bucket]
            others = [pool.submit(step) for step in (*first, self._input_bucket)]
            roles = {service: pool.submit(self._role, service) for service in SERVICES}
            urls = {name: url for made in pool.map(self._queues, SERVICES) for name, url in made.items()}
            functions = {
                service: pool.submit(self._function, service, roles[service].result(), urls) for service in SERVICES
            }
            for step in [*others, *functions.values()]:
                step.result()
            urls[self.names.mailbox] = self._mailbox()
            for service in SERVICES:
                self._mapping(service)
        # Last, so that no image is uploaded before there is somebody to take it.
        self._notification()
        return urls

    def _client(self, service: str) -> Any:  # noqa: ANN401 - clients of six services
        return client_of(self.session, service, endpoint_url=self.endpoint)

    # With S3's own keys, whatever `encryption` says: that is for AWS alone.
    def _input_bucket(self) -> None:
        s3, bucket = self._client("s3"), self.names.input_bucket
        creation.bucket(
            s3,
            bucket,
            {
                "ID": "expire-old-versions",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "NoncurrentVersionExpiration": {"NoncurrentDays": self.settings.retention.old_versions_days},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
        )
        if self.names.buckets.input.name is None:  # whether an existing one has versions is up to its owner
            creation.keep_versions(s3, bucket)
        creation.let_browsers(s3, bucket, cors.rules(self.settings.cors_origins))

    def _work_bucket(self) -> None:
        creation.bucket(
            self._client("s3"),
            self.names.work_bucket,
            {
                "ID": "expire-intermediate",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "Expiration": {"Days": self.settings.retention.work_days},
            },
        )

    def _output_bucket(self) -> None:
        s3, bucket = self._client("s3"), self.names.output_bucket
        creation.bucket(s3, bucket)
        creation.let_browsers(s3, bucket, cors.reading_rules(self.settings.output_cors_origins))

    def _queues(self, service: str) -> dict[str, str]:
        names, of_service, sqs = self.names, self.settings.services[service], self._client("sqs")
        queue, dlq = names.queue(service), names.dlq(service)
        both = {
            "MessageRetentionPeriod": str(self.settings.retention.dlq_days * _DAY_SECONDS),
            "MaximumMessageSize": str(MAX_MESSAGE_BYTES),
            "SqsManagedSseEnabled": "true",
        }
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [names.queue_arn(queue)]}
        dlq_url = queues.create(sqs, dlq, {**both, "RedriveAllowPolicy": json.dumps(allowed)})
        redrive = {"deadLetterTargetArn": names.queue_arn(dlq), "maxReceiveCount": of_service.max_receive_count}
        attributes = {
            **both,
            "VisibilityTimeout": str(of_service.visibility_timeout_seconds),
            "RedrivePolicy": json.dumps(redrive),
        }
        if service == SERVICES[0]:
            attributes["Policy"] = json.dumps(policies.input_queue(names))
        return {queue: queues.create(sqs, queue, attributes), dlq: dlq_url}

    def _topic(self) -> None:
        creation.topic(self._client("sns"), self.names.topic)

    def _mailbox(self) -> str:
        """Create a queue that is subscribed as an e-mail address would be: the emulator sends no e-mail."""
        names, topic_arn = self.names, self.names.topic_arn
        queue_arn = names.queue_arn(names.mailbox)
        policy = json.dumps(policies.notified_queue(queue_arn, topic_arn))
        url = queues.create(self._client("sqs"), names.mailbox, {"Policy": policy})
        subscribe_queue(self._client("sns"), topic_arn, queue_arn, policy_of(people=True))
        return url

    def _ledger(self) -> None:
        dynamodb = self._client("dynamodb")
        with passing_over("ResourceInUseException"):  # it was kept
            ledger_table.create(dynamodb, self.names.ledger)

    def _role(self, service: str) -> str:
        needs = {"moderates": self.settings.moderates, "detects_faces": self.settings.detects_faces}
        policy = policies.role(service, self.names, **needs)
        return creation.role(self._client("iam"), self.names.function(service), policies.trust(), policy)

    def _function(self, service: str, role_arn: str, urls: Mapping[str, str]) -> None:
        name, of_service = self.names.function(service), self.settings.services[service]
        creation.log(self._client("logs"), name, self.settings.retention.logs_days)
        creation.function(
            self._client("lambda"),
            name,
            self.zips[service].read_bytes(),
            of_service,
            role_arn=role_arn,
            description=described(VERSION),
            handler=f"services.{service}.handler.handler",
            variables=self.settings.environment(service, self.names, urls) | dict(self.variables.get(service, {})),
        )

    def _mapping(self, service: str) -> None:
        creation.mapping(
            self._client("lambda"),
            self.names.function(service),
            self.names.queue_arn(self.names.queue(service)),
            self.settings.services[service],
            most=MAX_WORKERS,
        )

    def _notification(self) -> None:
        queue_arn = self.names.queue_arn(self.names.queue(SERVICES[0]))
        s3, bucket = self._client("s3"), self.names.input_bucket
        if self.names.buckets.events == "eventbridge":
            creation.bridge_events(s3, bucket)
            creation.rule(self._client("events"), self.names.rule, self.settings.event_pattern(bucket), queue_arn)
        else:
            creation.send_events(s3, bucket, queue_arn, self.settings.events, self.names.buckets.input.prefix)
