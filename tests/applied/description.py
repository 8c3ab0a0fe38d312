"""What a pipeline is made of, as AWS itself describes it: the same words anyone who made it, and wherever."""

import json
import re

from ops.names import SERVICES

# What AWS counts, dates, numbers or names by itself: no two pipelines have these in common.
_OF_QUEUES = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
)


def describe(client, names):
    """A pipeline, by kind of resource.

    Args:
        client: makes a client of one of AWS's services.
        names: of the pipeline.
    """
    found = {
        "buckets": {
            purpose: _bucket(client("s3"), bucket)
            for purpose, bucket in (
                ("input", names.input_bucket),
                ("work", names.work_bucket),
                ("output", names.output_bucket),
            )
        },
        "queues": {service: _queue(client("sqs"), names.queue(service)) for service in SERVICES},
        "dlqs": {service: _queue(client("sqs"), names.dlq(service)) for service in SERVICES},
        "functions": {service: _function(client, names.function(service)) for service in SERVICES},
        "roles": {service: _role(client("iam"), names.function(service)) for service in SERVICES},
        "mappings": {
            service: _mapping(client("lambda"), names.queue_arn(names.queue(service))) for service in SERVICES
        },
        "topic": _topic(client("sns"), names.topic_arn),
        "ledger": _table(client("dynamodb"), names.ledger),
    }
    return json.loads(json.dumps(found, sort_keys=True, default=str).replace(names.account, "ACCOUNT"))


def _bucket(s3, bucket):
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=bucket).get("Status"),
        "encryption": [rule["ApplyServerSideEncryptionByDefault"] for rule in rules],
        "public access": s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
        "cors": _or_none(s3, lambda: _cors(s3.get_bucket_cors(Bucket=bucket)["CORSRules"])),
        "lifecycle": _or_none(s3, lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]),
        "notification": _without(s3.get_bucket_notification_configuration(Bucket=bucket), ("ResponseMetadata",)),
        "policy": _or_none(s3, lambda: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])),
    }


def _cors(rules):
    """Terraform's provider sends sets, in an order of its own."""
    return [
        {name: sorted(value) if isinstance(value, list) else value for name, value in each.items()} for each in rules
    ]


def _or_none(s3, ask):
    """S3 raises for what was never set."""
    try:
        return ask()
    except s3.exceptions.ClientError as error:
        if not error.response["Error"]["Code"].startswith("NoSuch"):
            raise
        return None


def _queue(sqs, queue):
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = _without(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"], _OF_QUEUES)
    return {name: json.loads(value) if value.startswith("{") else value for name, value in attributes.items()}


def _function(client, function):
    found = client("lambda").get_function_configuration(FunctionName=function)
    (group,) = client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
    kept = ("Description", "Runtime", "Architectures", "Handler", "MemorySize", "Timeout", "Role", "CodeSha256")
    variables = {name: _parsed(value) for name, value in found["Environment"]["Variables"].items()}
    return {
        **{name: found[name] for name in kept},
        "Environment": variables,
        "tracing": found.get("TracingConfig", {}).get("Mode"),
        "log": (group["logGroupName"], group.get("retentionInDays"), found.get("LoggingConfig", {}).get("LogFormat")),
    }


def _parsed(value):
    """A variable as a function reads it: JSON whatever its order, a queue's URL without the host of the local AWS."""
    if value.startswith(("{", "[", '"')):
        return json.loads(value)
    return re.sub(r"^https?://[^/]+/", "https://SQS/", value)


def _role(iam, role):
    policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {
        "trust": iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
        "policies": {
            name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in sorted(policies)
        },
        "attached": attached,
    }


def _mapping(functions, queue_arn):
    (found,) = functions.list_event_source_mappings(EventSourceArn=queue_arn)["EventSourceMappings"]
    kept = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig", "State")
    return {name: found.get(name) for name in kept} | {"function": found["FunctionArn"]}


def _topic(sns, arn):
    kept = ("DisplayName", "KmsMasterKeyId", "Policy", "TopicArn")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {name: attributes.get(name) for name in kept}


def _table(dynamodb, table):
    found = dynamodb.describe_table(TableName=table)["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return {
        "keys": found["KeySchema"],
        "attributes": sorted(found["AttributeDefinitions"], key=lambda each: each["AttributeName"]),
        "billing": found.get("BillingModeSummary", {}).get("BillingMode"),
        "indexes": {
            each["IndexName"]: (each["KeySchema"], each["Projection"]) for each in found["GlobalSecondaryIndexes"]
        },
        "expiry": (expiry["TimeToLiveStatus"], expiry.get("AttributeName")),
    }


def _without(values, names):
    return {name: value for name, value in values.items() if name not in names}
