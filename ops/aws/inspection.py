"""A pipeline as AWS describes it, each request made once; missing and forbidden are distinguished."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws.functions import ALIAS
from ops.aws.log_events import log_group
from ops.aws.refusals import is_denied
from ops.stack import Stack

_ABSENT: Final = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
# S3's words for a setting that nobody made.
_UNSET: Final = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
_DESTINATIONS: Final = ("QueueConfigurations", "TopicConfigurations", "LambdaFunctionConfigurations")
# Where IAM calls an action otherwise than the operation that it allows.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_ACTIONS: Final = {
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
}


class Absent(Exception):
    """What was asked about is not there; the check for its being there says so."""


class Denied(Exception):
    """The operator may not ask this.

    Args:
        action: in IAM's words.
        where: the resource.
    """

    def __init__(self, action: str, where: str) -> None:
        super().__init__(f"{action} on {where}")
        self.action = action
        self.where = where


@dataclass(kw_only=True)
class Inspection:
    """Asks AWS about one pipeline; several threads may.

    Each question raises Absent where there is no such resource, and Denied where the operator may not ask it.

    Args:
        stack: the pipeline.
    """

    stack: Stack
    _answers: dict[str, Any] = field(default_factory=dict, init=False)

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:  # noqa: ANN401 - as AWS answers
        """An operation's answer, all pages of it; asked once.

        Raises:
            Absent: there is no such resource.
            Denied: the operator may not ask.
            ClientError: anything else.
        """
        question = json.dumps([service, operation, parameters], sort_keys=True)
        if question not in self._answers:
            try:
                self._answers[question] = self._ask(service, operation, parameters)
            except (Absent, Denied, ClientError) as error:
                self._answers[question] = error
        answer = self._answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def date(self) -> str | None:
        """AWS's clock, as an answer's Date header has it."""
        found: str | None = self.ask("sts", "get_caller_identity")["ResponseMetadata"]["HTTPHeaders"].get("date")
        return found

    def bucket(self, bucket: str) -> None:
        """Ask whether a bucket is there."""
        self.ask("s3", "head_bucket", Bucket=bucket)

    def versioning(self, bucket: str) -> str:
        """Whether a bucket keeps versions: Enabled, Suspended, or never enabled."""
        status: str = self.ask("s3", "get_bucket_versioning", Bucket=bucket).get("Status", "never enabled")
        return status

    def events(self, bucket: str) -> list[Mapping[str, Any]]:
        """Where a bucket sends events, each with its ARN as "destination"."""
        answer = self.ask("s3", "get_bucket_notification_configuration", Bucket=bucket)
        return [
            {**each, "destination": each.get("QueueArn") or each.get("TopicArn") or each.get("LambdaFunctionArn", "")}
            for kind in _DESTINATIONS
            for each in answer.get(kind, [])
        ]

    def bridges(self, bucket: str) -> bool:
        """Whether a bucket sends its events to EventBridge."""
        return "EventBridgeConfiguration" in self.ask("s3", "get_bucket_notification_configuration", Bucket=bucket)

    def rule(self, name: str) -> Mapping[str, Any]:
        """A rule of EventBridge, with the ARNs of its targets as "targets"."""
        targets = self.ask("events", "list_targets_by_rule", Rule=name)["Targets"]
        return {**self.ask("events", "describe_rule", Name=name), "targets": [each["Arn"] for each in targets]}

    def public_access_block(self, bucket: str) -> Mapping[str, bool]:
        """What of public access a bucket blocks."""
        return self._one("s3", "get_public_access_block", "PublicAccessBlockConfiguration", Bucket=bucket)

    def cors_rules(self, bucket: str) -> list[Mapping[str, Any]]:
        """The CORS rules of a bucket."""
        return self._some("s3", "get_bucket_cors", "CORSRules", Bucket=bucket)

    def expiry_days(self, bucket: str) -> list[int]:
        """After how many days a bucket's rules that are enabled expire objects."""
        rules = self._some("s3", "get_bucket_lifecycle_configuration", "Rules", Bucket=bucket)
        expirations = [rule.get("Expiration", {}) for rule in rules if rule.get("Status") == "Enabled"]
        return [each["Days"] for each in expirations if "Days" in each]

    def encryption_rules(self, bucket: str) -> list[Mapping[str, Any]]:
        """How a bucket encrypts objects that do not say it."""
        found = self._one("s3", "get_bucket_encryption", "ServerSideEncryptionConfiguration", Bucket=bucket)
        return [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in found.get("Rules", [])]

    def key_policy(self, key: str) -> Mapping[str, Any]:
        """The policy of a KMS key."""
        answer = self.ask("kms", "get_key_policy", KeyId=key, PolicyName="default")
        policy: Mapping[str, Any] = json.loads(answer["Policy"])
        return policy

    def queue(self, name: str) -> Mapping[str, str]:
        """The attributes of a queue."""
        url = self.queue_url(name)
        return self._one("sqs", "get_queue_attributes", "Attributes", QueueUrl=url, AttributeNames=["All"])

    def queue_url(self, name: str) -> str:
        """The URL of a queue."""
        url: str = self.ask("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
        return url

    def function(self, service: str) -> Mapping[str, Any]:
        """The configuration of what processes a service's queue: a function, or the version behind its alias."""
        target = self.stack.names.function(service)
        for mapping in self.mappings(service):
            if mapping["FunctionArn"].split(":")[6:7] == [target]:
                target = mapping["FunctionArn"]
        return self.latest_function(target)

    def mappings(self, service: str) -> list[Mapping[str, Any]]:
        """The mappings that read a service's queue."""
        arn = self.stack.names.queue_arn(self.stack.names.queue(service))
        return self._some("lambda", "list_event_source_mappings", "EventSourceMappings", EventSourceArn=arn)

    def statements(self, service: str) -> list[Mapping[str, Any]]:
        """All statements of the policies of a function's role."""
        role = self.function(service)["Role"].rpartition("/")[2]
        found: list[Mapping[str, Any]] = []
        for name in self.ask("iam", "list_role_policies", RoleName=role)["PolicyNames"]:
            document = self.ask("iam", "get_role_policy", RoleName=role, PolicyName=name)["PolicyDocument"]
            found += _statements(document)
        for each in self.ask("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"]:
            arn = each["PolicyArn"]
            version = self.ask("iam", "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
            policy = self.ask("iam", "get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]
            found += _statements(policy["Document"])
        return found

    def trust_policy(self, role: str) -> str:
        """The policy that says who may take a role, as JSON."""
        document = self.ask("iam", "get_role", RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        return document if isinstance(document, str) else json.dumps(document)

    def latest_function(self, function: str) -> Mapping[str, Any]:
        """The configuration of a function's latest code, whatever its alias leads to."""
        configuration: Mapping[str, Any] = self.ask("lambda", "get_function_configuration", FunctionName=function)
        return configuration

    def has_alias(self, function: str) -> bool:
        """Whether a function has the alias that deployments move."""
        try:
            self.ask("lambda", "get_alias", FunctionName=function, Name=ALIAS)
        except Absent:
            return False
        return True

    def reserved_concurrency(self, function: str) -> int | None:
        """A function's reserved concurrency; None for none."""
        answer = self.ask("lambda", "get_function_concurrency", FunctionName=function)
        count: int | None = answer.get("ReservedConcurrentExecutions")
        return count

    def unreserved_concurrency(self) -> int:
        """The concurrency in account and region that functions without reserved concurrency share."""
        limit = self._one("lambda", "get_account_settings", "AccountLimit")
        count: int = limit["UnreservedConcurrentExecutions"]
        return count

    def log_retention(self, function: str) -> int | str:
        """For how many days a function's log is kept, or "for ever", or "not there"."""
        group = log_group(function)
        found = self._some("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=group)
        kept = [each.get("retentionInDays", "for ever") for each in found if each["logGroupName"] == group]
        days: int | str = kept[0] if kept else "not there"
        return days

    def datapoints(
        self, metric: str, dimension: tuple[str, str], *, namespace: str, last: timedelta, statistic: str, seconds: int
    ) -> list[Mapping[str, Any]]:
        """What CloudWatch has of a metric with one dimension (name, value) of the last time, by periods in seconds."""
        now = datetime.now(UTC)
        return self._some(
            "cloudwatch",
            "get_metric_statistics",
            "Datapoints",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": dimension[0], "Value": dimension[1]}],
            StartTime=(now - last).isoformat(timespec="minutes"),
            EndTime=now.isoformat(timespec="minutes"),
            Period=seconds,
            Statistics=[statistic],
        )

    def alarms(self, prefix: str) -> list[Mapping[str, Any]]:
        """The alarms whose names begin so."""
        return self._some("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)

    def topic(self, topic_arn: str) -> None:
        """Ask whether a topic is there."""
        self.ask("sns", "get_topic_attributes", TopicArn=topic_arn)

    def subscriptions(self, topic_arn: str) -> list[Mapping[str, Any]]:
        """The subscriptions of a topic."""
        return self._some("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic_arn)

    def filter_policy(self, subscription_arn: str) -> str:
        """The filter policy of a subscription as JSON; "{}" for none."""
        found = self._one("sns", "get_subscription_attributes", "Attributes", SubscriptionArn=subscription_arn)
        return found.get("FilterPolicy") or "{}"

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of DynamoDB."""
        return self._one("dynamodb", "describe_table", "Table", TableName=name)

    def _one(self, service: str, operation: str, name: str, **parameters: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """One thing that an answer describes; empty where AWS says nothing of it."""
        found: Mapping[str, Any] = self.ask(service, operation, **parameters).get(name, {})
        return found

    def _some(self, service: str, operation: str, name: str, **parameters: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
        """The things that an answer lists."""
        found: list[Mapping[str, Any]] = self.ask(service, operation, **parameters).get(name, [])
        return found

    def _ask(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as AWS answers
        client = self.stack.client(service)
        try:
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**parameters).build_full_result()
            return getattr(client, operation)(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _UNSET:
                return {}
            where = str(next(iter(parameters.values()), service)).rpartition("/")[2]
            if code in _ABSENT:
                raise Absent(where) from error
            if is_denied(error):
                action = f"{service}:{client.meta.method_to_api_mapping[operation]}"
                raise Denied(_ACTIONS.get(action, action), where) from error
            raise


def _statements(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - as IAM has it
    found = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return found if isinstance(found, list) else [found]
