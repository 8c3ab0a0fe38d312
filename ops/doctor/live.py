"""A pipeline as AWS describes it, each question asked once; missing and forbidden are distinguished."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws import mappings
from ops.aws.mappings import Mapping as EventSourceMapping
from ops.local.emulator import ACCOUNT as LOCAL_ACCOUNT
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
_DENIED: Final = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    }
)
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
class Live:
    """Asks AWS about one pipeline.

    Args:
        stack: the pipeline.
    """

    stack: Stack
    _answers: dict[str, Any] = field(default_factory=dict, init=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def local(self) -> bool:
        """Whether this is what `make up` made: there is a mailbox, and there are no alarms."""
        try:
            return self.stack.names.account == LOCAL_ACCOUNT and bool(self.queue_url(self.stack.names.mailbox))
        except Absent:
            return False  # Terraform, applied to a local AWS

    def remake(self, service: str = "") -> str:
        """The command that makes the pipeline again as the settings say; or one service of it."""
        if self.local:
            return 'make down && eval "$(make -s up)"'
        return f"make deploy SERVICE={service}" if service else "make deploy"

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

    def queue(self, name: str) -> Mapping[str, str]:
        """The attributes of a queue."""
        attributes: Mapping[str, str] = self.ask(
            "sqs", "get_queue_attributes", QueueUrl=self.queue_url(name), AttributeNames=["All"]
        )["Attributes"]
        return attributes

    def queue_url(self, name: str) -> str:
        """The URL of a queue."""
        url: str = self.ask("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
        return url

    def function(self, service: str) -> Mapping[str, Any]:
        """The configuration of what processes a service's queue: a function, or the version behind its alias."""
        target = self.stack.names.function(service)
        for mapping in self.mappings(service):
            if _is_of(mapping.function_arn, target):
                target = mapping.function_arn
        configuration: Mapping[str, Any] = self.ask("lambda", "get_function_configuration", FunctionName=target)
        return configuration

    def mappings(self, service: str) -> list[EventSourceMapping]:
        """The mappings that read a service's queue."""
        arn = self.stack.names.queue_arn(self.stack.names.queue(service))
        found = self.ask("lambda", "list_event_source_mappings", EventSourceArn=arn)["EventSourceMappings"]
        return [mappings.described(each, service) for each in found]

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

    def _ask(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as AWS answers
        client = self._client(service)
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
            if code in _DENIED:
                action = f"{service}:{client.meta.method_to_api_mapping[operation]}"
                raise Denied(_ACTIONS.get(action, action), where) from error
            raise

    def _client(self, service: str) -> Any:  # noqa: ANN401 - of any service
        # A session makes one client at a time:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.stack.client(service)
            return self._clients[service]


def _is_of(function_arn: str, name: str) -> bool:
    return function_arn.split(":")[6:7] == [name]


def _statements(document: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - as IAM has it
    found = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return found if isinstance(found, list) else [found]
