"""Checks of each service's queue and dead-letter queue."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from ops.doctor.findings import Check, Finding, exists, judge
from ops.doctor.live import Live
from ops.doctor.permissions import listed
from ops.names import SERVICES

# What SQS gives a queue that does not say.
_LEAST_BYTES: Final = 262_144
_AWS_OWN_KEY: Final = "alias/aws/sqs"
# Who sends uploads to the first queue.
_S3: Final = "s3.amazonaws.com"
_EVENTBRIDGE: Final = "events.amazonaws.com"
_NAMES: Final = {_S3: "S3", _EVENTBRIDGE: "EventBridge"}


def there(live: Live, service: str) -> Iterator[Finding]:
    """The queues exist."""
    for name in (live.stack.names.queue(service), live.stack.names.dlq(service)):
        yield exists(live, name, live.queue_url)


def sending(live: Live, _: str) -> Iterator[Finding]:
    """S3, or the rule of EventBridge, may send the events of the input bucket to the first queue."""
    names, sender = live.stack.names, _sender(live)
    bridged = sender == _EVENTBRIDGE
    queue, source_arn = names.queue(SERVICES[0]), names.rule_arn if bridged else names.bucket_arn(names.input_bucket)
    who, what = ("EventBridge", "rule") if bridged else ("S3", "bucket")
    policy = json.loads(live.queue(queue).get("Policy") or '{"Statement": []}')
    allowing = [each for each in listed(policy["Statement"]) if _lets(sender, each, "sqs:sendmessage")]
    fitting = [each for each in allowing if _fits(each.get("Condition", {}), source_arn, names.account)]
    elsewhere = " ".join(json.dumps(each.get("Condition", {}), sort_keys=True) for each in allowing)
    yield judge(
        bool(fitting),
        where=queue,
        found=f"{who} may send" if fitting else f"{who} may not send for this {what} {elsewhere}".strip(),
        allowed=f"{sender} may sqs:SendMessage where aws:SourceArn is {source_arn}",
        remedy=f"{live.remake()}; then pipeline backfill s3://{names.input_bucket}/ sends what was uploaded meanwhile",
    )


def encryption(live: Live, _: str) -> Iterator[Finding]:
    """The first queue is not encrypted with the key that AWS manages: S3 cannot use it, and loses events silently."""
    queue, who = live.stack.names.queue(SERVICES[0]), _NAMES[_sender(live)]
    key = live.queue(queue).get("KmsMasterKeyId", "")
    usable = not key or (not key.endswith(_AWS_OWN_KEY) and _may_use(live, key))
    yield judge(
        usable,
        where=queue,
        found=f"{key}, which {who} may {'' if usable else 'not '}use" if key else "SQS's own encryption",
        allowed=f"SQS's own encryption, or a key of yours whose policy lets {_sender(live)} use it",
        remedy=f"aws sqs set-queue-attributes --queue-url {live.queue_url(queue)}"
        " --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true",
    )


def visibility(live: Live, service: str) -> Iterator[Finding]:
    """A message does not come back while it is processed."""
    queue = live.stack.names.queue(service)
    timeout = int(live.function(service)["Timeout"])
    windows = [each.get("MaximumBatchingWindowInSeconds", 0) for each in live.mappings(service)]
    least = 6 * timeout + max(windows, default=0)
    seconds = int(live.queue(queue)["VisibilityTimeout"])
    yield judge(
        seconds >= least,
        where=queue,
        found=f"{seconds} s",
        allowed=f"{least} s or more: six times the function's {timeout} s, and the batching window",
        remedy=_set(live, queue, VisibilityTimeout=str(least)),
    )


def redrive(live: Live, service: str) -> Iterator[Finding]:
    """Messages go to the dead-letter queue after the number of attempts that the function expects."""
    names, most = live.stack.names, live.settings.services[service].max_receive_count
    queue, dlq = names.queue(service), names.queue_arn(names.dlq(service))
    policy = json.loads(live.queue(queue).get("RedrivePolicy") or "{}")
    found = f"{policy.get('maxReceiveCount')} receives, then {policy.get('deadLetterTargetArn')}" if policy else "none"
    yield judge(
        policy.get("deadLetterTargetArn") == dlq and int(policy.get("maxReceiveCount", 0)) == most,
        where=queue,
        found=found,
        allowed=f"{most} receives, then {dlq}",
        remedy=live.remake(),
    )


def redrive_allow(live: Live, service: str) -> Iterator[Finding]:
    """The dead-letter queue accepts messages of its queue."""
    names = live.stack.names
    dlq = names.dlq(service)
    policy = json.loads(live.queue(dlq).get("RedriveAllowPolicy") or '{"redrivePermission": "allowAll"}')
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns", [])
    yield judge(
        permission == "allowAll" or (permission == "byQueue" and names.queue_arn(names.queue(service)) in sources),
        where=dlq,
        found=f"{permission} {' '.join(sources)}".strip(),
        allowed=f"byQueue {names.queue_arn(names.queue(service))}",
        remedy=live.remake(),
    )


def retention(live: Live, service: str) -> Iterator[Finding]:
    """Dead-letter queues keep messages longer than queues: a DLQ message keeps the age of the original."""
    names, days = live.stack.names, live.settings.retention.dlq_days
    queue, dlq = names.queue(service), names.dlq(service)
    kept, kept_dead = (int(live.queue(name)["MessageRetentionPeriod"]) for name in (queue, dlq))
    yield judge(
        kept_dead >= kept and kept_dead >= days * 86_400,
        where=dlq,
        found=f"{kept_dead / 86_400:g} days",
        allowed=f"{days} days (retention.dlq_days), and no less than the {kept / 86_400:g} days of {queue}",
        remedy=_set(live, dlq, MessageRetentionPeriod=str(max(kept, days * 86_400))),
    )


def message_size(live: Live, service: str) -> Iterator[Finding]:
    """The queues accept messages of 256 KB: S3's events have up to 64 KB, messages with files up to 250 kB.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    for queue in (live.stack.names.queue(service), live.stack.names.dlq(service)):
        size = int(live.queue(queue).get("MaximumMessageSize", _LEAST_BYTES))
        yield judge(
            size >= _LEAST_BYTES,
            where=queue,
            found=f"{size:,} bytes",
            allowed=f"{_LEAST_BYTES:,} bytes or more",
            remedy=_set(live, queue, MaximumMessageSize=str(_LEAST_BYTES)),
        )


def _set(live: Live, queue: str, **attributes: str) -> str:
    values = ",".join(f"{name}={value}" for name, value in attributes.items())
    return f"aws sqs set-queue-attributes --queue-url {live.queue_url(queue)} --attributes {values}"


def _sender(live: Live) -> str:
    """The service of AWS that sends uploads to the first queue."""
    return _EVENTBRIDGE if live.stack.names.buckets.events == "eventbridge" else _S3


def _may_use(live: Live, key: str) -> bool:
    """Whether the policy of a customer-managed key lets S3, or EventBridge, send to a queue that it encrypts.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    policy = live.key_policy(key)
    return all(
        any(_lets(_sender(live), each, action) for each in listed(policy["Statement"]))
        for action in ("kms:decrypt", "kms:generatedatakey")
    )


def _lets(sender: str, statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement of a resource's policy lets a service of AWS do an action, without its conditions."""
    principal = statement.get("Principal", {})
    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and (principal in ("*", {"AWS": "*"}) or sender in services)
        and any(fnmatchcase(action, each.lower()) for each in listed(statement.get("Action", [])))
    )


def _fits(conditions: Mapping[str, Mapping[str, Any]], source_arn: str, account: str) -> bool:
    """Whether the input bucket, or the rule, meets every condition on the origin of an event."""
    ours = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
    return all(
        any(fnmatchcase(ours[key.lower()], pattern) for pattern in listed(patterns))
        for condition in conditions.values()
        for key, patterns in condition.items()
        if key.lower() in ours
    )


CHECKS: Final = (
    Check(name="queue", run=there, services=SERVICES),
    Check(name="S3 may send", run=sending),
    Check(name="queue encryption", run=encryption),
    Check(name="visibility timeout", run=visibility, services=SERVICES),
    Check(name="message size", run=message_size, services=SERVICES),
    Check(name="redrive", run=redrive, services=SERVICES),
    Check(name="redrive allow", run=redrive_allow, services=SERVICES),
    Check(name="dead-letter retention", run=retention, services=SERVICES),
)
