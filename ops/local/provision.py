"""Makes a pipeline's resources on the local AWS from pipeline.yaml, as Terraform makes them on AWS."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from ops.aws import cors
from ops.aws.subscriptions import policy_of
from ops.local import ledger_table, policies
from ops.names import SERVICES, Names
from ops.settings import PipelineSettings
from shared.release import VERSION

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

RUNTIME: Final = "python3.13"

# A worker is a process of this machine, and its start costs a second of CPU: more than there are cores gain nothing.
# Two is the least that AWS takes.
MAX_WORKERS: Final = max(2, os.cpu_count() or 2)

# As much as SNS takes, and what every version of Terraform's provider knows: a message carries keys, no pixels.
MAX_MESSAGE_BYTES: Final = 262_144

_DAY_SECONDS: Final = 86_400


def described(version: str) -> str:
    """The description of a function of this version, as terraform/modules/service writes it."""
    return f"image-pipeline {version}"


@dataclass(frozen=True, kw_only=True)
class Provisioner:
    """Makes everything that one pipeline needs.

    Args:
        session: with the credentials of the account.
        endpoint: of the local AWS.
        settings: pipeline.yaml.
        names: of the resources.
        zips: each service's, by service.
        variables: more environment variables of each function, by service.
    """

    session: boto3.Session
    endpoint: str
    settings: PipelineSettings
    names: Names
    zips: Mapping[str, Path]
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self) -> dict[str, str]:
        """Make everything, what does not depend on each other at once; the URL of each queue by its name."""
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
        return self.session.client(  # type: ignore[call-overload]
            service, endpoint_url=self.endpoint, config=Config(retries={"mode": "standard"})
        )

    def _bucket(self, bucket: str, rules: "list[LifecycleRuleTypeDef]") -> None:
        s3 = self._client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        # And not with a customer's key, whatever `encryption` says: that is for AWS alone.
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
        if rules:
            s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})

    def _input_bucket(self) -> None:
        days = self.settings.retention.old_versions_days
        self._bucket(
            self.names.input_bucket,
            [
                {
                    "ID": "expire-old-versions",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": days},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ],
        )
        self._client("s3").put_bucket_versioning(
            Bucket=self.names.input_bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        self._browsers()

    def _browsers(self) -> None:
        """Let pages of the origins of pipeline.yaml upload, and no others: what was kept may have other rules."""
        s3, bucket, rules = self._client("s3"), self.names.input_bucket, cors.rules(self.settings.cors_origins)
        if rules:
            s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
        else:
            s3.delete_bucket_cors(Bucket=bucket)

    def _work_bucket(self) -> None:
        days = self.settings.retention.work_days
        self._bucket(
            self.names.work_bucket,
            [
                {
                    "ID": "expire-intermediate",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": days},
                }
            ],
        )

    def _output_bucket(self) -> None:
        self._bucket(self.names.output_bucket, [])

    def _queues(self, service: str) -> dict[str, str]:
        names, of_service = self.names, self.settings.services[service]
        dlq = names.dlq(service)
        dlq_url = self._queue(
            dlq,
            {
                "MessageRetentionPeriod": str(self.settings.retention.dlq_days * _DAY_SECONDS),
                "MaximumMessageSize": str(MAX_MESSAGE_BYTES),
                "SqsManagedSseEnabled": "true",
                "RedriveAllowPolicy": json.dumps(
                    {"redrivePermission": "byQueue", "sourceQueueArns": [names.queue_arn(names.queue(service))]}
                ),
            },
        )
        attributes = {
            "VisibilityTimeout": str(of_service.visibility_timeout_seconds),
            "MessageRetentionPeriod": str(self.settings.retention.dlq_days * _DAY_SECONDS),
            "MaximumMessageSize": str(MAX_MESSAGE_BYTES),
            "SqsManagedSseEnabled": "true",
            "RedrivePolicy": json.dumps(
                {"deadLetterTargetArn": names.queue_arn(dlq), "maxReceiveCount": of_service.max_receive_count}
            ),
        }
        if service == SERVICES[0]:
            attributes["Policy"] = json.dumps(policies.input_queue(names))
        return {names.queue(service): self._queue(names.queue(service), attributes), dlq: dlq_url}

    def _queue(self, name: str, attributes: dict[str, str]) -> str:
        """The URL of a queue with these attributes, whether it was there or not."""
        sqs = self._client("sqs")
        try:
            url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        except sqs.exceptions.QueueNameExists:  # with other attributes: a setting was changed
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return url

    def _topic(self) -> None:
        self._client("sns").create_topic(Name=self.names.topic)

    def _mailbox(self) -> str:
        """A queue that is subscribed as an e-mail address would be: the emulator sends no mail."""
        url = self._queue(self.names.mailbox, {"Policy": json.dumps(policies.mailbox_queue(self.names))})
        self._client("sns").subscribe(
            TopicArn=self.names.topic_arn,
            Protocol="sqs",
            Endpoint=self.names.queue_arn(self.names.mailbox),
            Attributes={"FilterPolicy": json.dumps(policy_of(people=True))},
        )
        return url

    def _ledger(self) -> None:
        dynamodb = self._client("dynamodb")
        with suppress(dynamodb.exceptions.ResourceInUseException):  # it was kept
            ledger_table.create(dynamodb, self.names.ledger)

    def _role(self, service: str) -> str:
        iam, name = self._client("iam"), self.names.function(service)
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policies.trust()))["Role"]["Arn"]
        document = json.dumps(policies.role(service, self.names, moderates=self.settings.moderates))
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document)
        return arn

    def _function(self, service: str, role_arn: str, urls: Mapping[str, str]) -> None:
        name, of_service = self.names.function(service), self.settings.services[service]
        logs = self._client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):  # it was kept
            logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
        logs.put_retention_policy(logGroupName=f"/aws/lambda/{name}", retentionInDays=self.settings.retention.logs_days)
        self._client("lambda").create_function(
            FunctionName=name,
            Description=described(VERSION),
            Runtime=RUNTIME,
            Architectures=[of_service.architecture],
            Role=role_arn,
            Handler=f"services.{service}.handler.handler",
            Code={"ZipFile": self.zips[service].read_bytes()},
            MemorySize=of_service.memory_mb,
            Timeout=of_service.timeout_seconds,
            Environment={
                "Variables": self.settings.environment(service, self.names, urls)
                | dict(self.variables.get(service, {}))
            },
        )

    def _mapping(self, service: str) -> None:
        of_service = self.settings.services[service]
        self._client("lambda").create_event_source_mapping(
            EventSourceArn=self.names.queue_arn(self.names.queue(service)),
            FunctionName=self.names.function(service),
            BatchSize=of_service.batch_size,
            MaximumBatchingWindowInSeconds=of_service.batching_window_seconds,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": min(of_service.maximum_concurrency, MAX_WORKERS)},
        )

    def _notification(self) -> None:
        self._client("s3").put_bucket_notification_configuration(
            Bucket=self.names.input_bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "Id": "uploads",
                        "QueueArn": self.names.queue_arn(self.names.queue(SERVICES[0])),
                        "Events": self.settings.events,
                    }
                ]
            },
        )
