"""Faults of a pipeline on the local AWS, each a context manager of the stack."""

import json
from contextlib import contextmanager

from ops.aws import cors
from ops.local import policies


def of_queue(name, **attributes):
    """Give a queue other attributes."""

    @contextmanager
    def fault_injection(local):
        url = local.queue_urls[name(local.names)]
        before = local.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        after = {key: value(local) if callable(value) else value for key, value in attributes.items()}
        local.sqs.set_queue_attributes(QueueUrl=url, Attributes=after)
        try:
            yield
        finally:
            restored = {key: before.get(key, "") for key in attributes}
            local.sqs.set_queue_attributes(QueueUrl=url, Attributes=restored)

    return fault_injection


def of_mapping(service, **changes):
    """Give a mapping other settings."""

    @contextmanager
    def fault_injection(local):
        client = local.client("lambda")
        (before,) = client.list_event_source_mappings(EventSourceArn=local.names.queue_arn(local.names.queue(service)))[
            "EventSourceMappings"
        ]
        after = {key: value(local) if callable(value) else value for key, value in changes.items()}
        client.update_event_source_mapping(UUID=before["UUID"], **after)
        known = {**before, "Enabled": before["State"] == "Enabled", "FunctionName": before["FunctionArn"]}
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=before["UUID"], **{key: known[key] for key in changes})

    return fault_injection


def of_function(service, change):
    """Give a function another configuration."""

    @contextmanager
    def fault_injection(local):
        client, name = local.client("lambda"), local.names.function(service)
        before = client.get_function_configuration(FunctionName=name)
        after = change(before)
        client.update_function_configuration(FunctionName=name, **after)
        try:
            yield
        finally:
            client.update_function_configuration(FunctionName=name, **{key: before[key] for key in after})

    return fault_injection


def of_notification(bucket, change):
    """Change a bucket's notifications."""

    @contextmanager
    def fault_injection(local):
        name = bucket(local.names)
        before = local.s3.get_bucket_notification_configuration(Bucket=name)
        before.pop("ResponseMetadata")
        local.s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=change(local, before))
        try:
            yield
        finally:
            local.s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=before)

    return fault_injection


def of_role(service, without):
    """Take permissions from a role."""

    @contextmanager
    def fault_injection(local):
        iam, role = local.client("iam"), local.names.function(service)
        before = iam.get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
        less = [
            {**each, "Action": [action for action in each["Action"] if action != without]}
            for each in before["Statement"]
        ]
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps({**before, "Statement": less}))
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(before))

    return fault_injection


@contextmanager
def trusting_another(local):
    iam, role = local.client("iam"), local.names.function("store")
    other = json.dumps(policies.trust()).replace("lambda.", "ec2.")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policies.trust()))


@contextmanager
def unversioned(local):
    bucket = local.names.input_bucket
    local.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    try:
        yield
    finally:
        local.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


@contextmanager
def open_to_every_page(local):
    bucket = local.names.input_bucket
    local.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": cors.rules(["*"])})
    try:
        yield
    finally:
        local.s3.delete_bucket_cors(Bucket=bucket)


@contextmanager
def public(local):
    bucket = local.names.output_bucket
    before = local.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    local.s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**before, "BlockPublicPolicy": False}
    )
    try:
        yield
    finally:
        local.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@contextmanager
def swept_early(local):
    bucket = local.names.work_bucket
    before = local.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    after = [{**rule, "Expiration": {"Days": 3}} for rule in before]
    local.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": after})
    try:
        yield
    finally:
        local.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": before})


@contextmanager
def locked(local):
    bucket = local.names.input_bucket
    before = local.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    key = "arn:aws:kms:us-east-1:000000000000:key/1"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    local.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    try:
        yield
    finally:
        local.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=before)


@contextmanager
def throttled(local):
    client, name = local.client("lambda"), local.names.function("resize")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=name)


@contextmanager
def logging_forever(local):
    logs, group = local.client("logs"), f"/aws/lambda/{local.names.function('watermark')}"
    logs.delete_retention_policy(logGroupName=group)
    try:
        yield
    finally:
        logs.put_retention_policy(logGroupName=group, retentionInDays=local.settings.retention.logs_days)


@contextmanager
def notifying_nobody(local):
    sns, topic = local.client("sns"), local.names.topic_arn
    (before,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=before["SubscriptionArn"])
    try:
        yield
    finally:
        sns.subscribe(TopicArn=topic, Protocol=before["Protocol"], Endpoint=before["Endpoint"])


@contextmanager
def failed_before(local):
    url = local.queue_urls[local.names.dlq("store")]
    local.sqs.send_message(QueueUrl=url, MessageBody="{}")
    try:
        yield
    finally:
        local.sqs.purge_queue(QueueUrl=url)


@contextmanager
def unfed(local):
    """Leave a queue without a consumer."""
    client = local.client("lambda")
    arn = local.names.queue_arn(local.names.queue("store"))
    (before,) = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    client.delete_event_source_mapping(UUID=before["UUID"])
    try:
        yield
    finally:
        kept = (
            "EventSourceArn",
            "BatchSize",
            "MaximumBatchingWindowInSeconds",
            "FunctionResponseTypes",
            "ScalingConfig",
        )
        client.create_event_source_mapping(FunctionName=before["FunctionArn"], **{name: before[name] for name in kept})


@contextmanager
def without_a_dlq(local):
    name = local.names.dlq("watermark")
    url = local.queue_urls[name]
    before = local.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    local.sqs.delete_queue(QueueUrl=url)
    try:
        yield
    finally:
        kept = ("MessageRetentionPeriod", "SqsManagedSseEnabled", "RedriveAllowPolicy")
        local.sqs.create_queue(QueueName=name, Attributes={each: before[each] for each in kept})


@contextmanager
def looping(local):
    """Let the output bucket notify the first queue of what the pipeline writes, with permission."""
    policy = policies.input_queue(local.names)
    output = json.dumps(policy).replace(local.names.input_bucket, local.names.output_bucket)
    both = {**policy, "Statement": [*policy["Statement"], *json.loads(output)["Statement"]]}
    arn = local.names.queue_arn(local.names.queue("resize"))
    back = {"QueueConfigurations": [{"Id": "back", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with (
        of_queue(lambda names: names.queue("resize"), Policy=json.dumps(both))(local),
        of_notification(lambda names: names.output_bucket, lambda *_: back)(local),
    ):
        yield


def policy_for_another_bucket(local):
    return json.dumps(policies.input_queue(local.names)).replace(local.names.input_bucket, "another-bucket")


def only_jpegs(_, before):
    (ours,) = before["QueueConfigurations"]
    rules = [{"Name": "suffix", "Value": ".jpg"}]
    return {"QueueConfigurations": [{**ours, "Filter": {"Key": {"FilterRules": rules}}}]}


def other_outputs(before):
    return {"Environment": {"Variables": before["Environment"]["Variables"] | {"OUTPUT": "{}"}}}
