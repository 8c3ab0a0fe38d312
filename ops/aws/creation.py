"""Makes the resources of a pipeline one by one, as Terraform makes them on AWS."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.aws.log_events import log_group
from ops.aws.refusals import passing_over
from ops.settings import ServiceSettings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef, LifecycleRuleTypeDef


def bucket(s3: "S3Client", name: str, rule: "LifecycleRuleTypeDef | None" = None) -> None:
    """Make a bucket that is encrypted with S3's own keys and that nobody outside reads.

    The rule is that of its lifecycle; None where nothing expires.
    """
    s3.create_bucket(Bucket=name)
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    if rule is not None:
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})


def keep_versions(s3: "S3Client", name: str) -> None:
    """Let a bucket keep the versions of its objects."""
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def let_browsers(s3: "S3Client", name: str, rules: "Sequence[CORSRuleTypeDef]") -> None:
    """Let pages of other origins do what some rules allow with a bucket, and nothing else, whatever rules it had."""
    if rules:
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    else:
        s3.delete_bucket_cors(Bucket=name)


def send_events(s3: "S3Client", name: str, queue_arn: str, events: Sequence[str], prefix: str = "") -> None:
    """Let a bucket send events to a queue, such as "s3:ObjectCreated:*", of all keys or of those under a prefix."""
    to_queue: Any = {"Id": "uploads", "QueueArn": queue_arn, "Events": events}
    if prefix:
        to_queue["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"QueueConfigurations": [to_queue]})


def bridge_events(s3: "S3Client", name: str) -> None:
    """Let a bucket send all its events to EventBridge."""
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})


def rule(events: Any, name: str, pattern: Mapping[str, Any], queue_arn: str) -> None:  # noqa: ANN401 - a client
    """Make a rule of EventBridge that sends the events of a pattern to a queue."""
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "uploads", "Arn": queue_arn}])


def topic(sns: Any, name: str) -> None:  # noqa: ANN401 - a client
    """Make a topic; one that is there stays."""
    sns.create_topic(Name=name)


def role(iam: Any, name: str, trust: Mapping[str, Any], policy: Mapping[str, Any]) -> str:  # noqa: ANN401 - a client
    """Make a role with one policy of the same name, which those may take whom `trust` names; its ARN."""
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    return arn


def log(logs: Any, function_name: str, days: int) -> None:  # noqa: ANN401 - a client
    """Make the log group of a function, or take the one that is there; what is in it is kept for some days."""
    group = log_group(function_name)
    with passing_over("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def function(
    functions: "LambdaClient",
    name: str,
    archive: bytes,
    of_service: ServiceSettings,
    *,
    role_arn: str,
    description: str,
    handler: str,
    variables: Mapping[str, str],
) -> None:
    """Make a function of a zip's bytes, with the memory, timeout, Python and processor of a service's settings."""
    functions.create_function(
        FunctionName=name,
        Code={"ZipFile": archive},
        Role=role_arn,
        Description=description,
        Runtime=of_service.runtime,
        Architectures=[of_service.architecture],
        Handler=handler,
        MemorySize=of_service.memory_mb,
        Timeout=of_service.timeout_seconds,
        Environment={"Variables": variables},
    )


def mapping(
    functions: "LambdaClient", function_name: str, queue_arn: str, of_service: ServiceSettings, *, most: int
) -> None:
    """Let a function process a queue, with at most `most` SQS batches at once, whatever the settings say.

    Of an SQS batch only what was not finished comes back.
    """
    functions.create_event_source_mapping(
        EventSourceArn=queue_arn,
        FunctionName=function_name,
        BatchSize=of_service.batch_size,
        MaximumBatchingWindowInSeconds=of_service.batching_window_seconds,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": min(of_service.maximum_concurrency, most)},
    )
