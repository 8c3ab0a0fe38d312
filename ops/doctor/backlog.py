"""Checks of waiting messages, in queues and in dead-letter queues, and of their alarms."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ops.aws.queues import QueueDepth
from ops.doctor.findings import Check, Finding, judge
from ops.doctor.live import Live
from ops.names import SERVICES, Names

# The longest time that a function may work on an SQS batch. If messages wait longer, more arrive than are processed.
_OLDEST_SECONDS: Final = 900


def dlq_messages(live: Live, service: str) -> Iterator[Finding]:
    """No DLQ messages wait."""
    dlq = live.stack.names.dlq(service)
    count = QueueDepth.of_attributes(live.queue(dlq)).visible
    yield judge(
        not count,
        level="warning",
        where=dlq,
        found=f"about {count:,}",
        allowed="none",
        remedy=f"pipeline dlq ls --service {service}; then pipeline dlq replay or purge",
    )


def oldest(live: Live, service: str) -> Iterator[Finding]:
    """No message waits for long. Only CloudWatch has ages, and the local AWS has no CloudWatch for queues."""
    if live.local:
        return
    queue = live.stack.names.queue(service)
    found = live.datapoints(
        "ApproximateAgeOfOldestMessage",
        ("QueueName", queue),
        namespace="AWS/SQS",
        last=timedelta(minutes=10),
        statistic="Maximum",
        seconds=60,
    )
    age = max(found, key=lambda each: each["Timestamp"])["Maximum"] if found else 0
    yield judge(
        age <= _OLDEST_SECONDS,
        level="warning",
        where=queue,
        found=f"the oldest message waits for {age:g} s",
        allowed=f"{_OLDEST_SECONDS} s or less",
        remedy=f"more services.{service}.maximum_concurrency in pipeline.yaml, then {live.remake(service)};"
        " pipeline logs of an image says whether it is tried again and again",
    )


def denied(live: Live, service: str) -> Iterator[Finding]:
    """AWS refuses no call of the service. Only CloudWatch counts them; the local AWS has no metrics from logs."""
    if live.local:
        return
    names = live.stack.names
    found = live.datapoints(
        "AccessDenied",
        ("service", service),
        namespace=names.name,
        last=timedelta(hours=1),
        statistic="Sum",
        seconds=3600,
    )
    count = sum(each["Sum"] for each in found)
    yield judge(
        not count,
        where=names.function(service),
        found=f"AWS refused {count:,.0f} calls in the last hour",
        allowed="none",
        remedy="pipeline dlq ls --error AccessDenied says which; docs/runbook/access-denied.md says what to grant",
    )


def alarms(live: Live, service: str) -> Iterator[Finding]:
    """Operators are notified of DLQ messages, waiting messages, errors and throttles. The local AWS has no alarms."""
    if live.local:
        return
    names = live.stack.names
    where, wanted = names.function(service) if service else names.name, alarm_names(names, service)
    found = live.alarms(f"{names.name}-")
    missing = wanted - {each["AlarmName"] for each in found}
    yield judge(
        not missing,
        level="warning",
        where=where,
        found=f"not there: {', '.join(sorted(missing))}" if missing else f"{len(wanted)} alarms",
        allowed=f"{len(wanted)} alarms",
        remedy=live.remake(),
    )
    silent = [
        each["AlarmName"]
        for each in found
        if each["AlarmName"] in wanted and not (each.get("AlarmActions") and each.get("ActionsEnabled", True))
    ]
    yield judge(
        not silent,
        level="warning",
        where=where,
        found=f"notify nobody: {', '.join(sorted(silent))}" if silent else "alarms notify the operators' topic",
        allowed="each notifies the operators' topic",
        remedy=live.remake(),
    )


def alarm_names(names: Names, service: str) -> set[str]:
    """Names of the alarms of a service, or of the whole pipeline if it is empty."""
    if not service:
        return {f"{names.name}-{each}" for each in ("none-stored", "loop", "access-denied", "notices-failed")}
    queue, dlq, function = names.queue(service), names.dlq(service), names.function(service)
    return {f"{dlq}-depth", f"{dlq}-age", f"{queue}-age", f"{function}-errors", f"{function}-throttles"}


def operators(live: Live, _: str) -> Iterator[Finding]:
    """Somebody is subscribed to the alarms."""
    if live.local:
        return
    names = live.stack.names
    topic_arn = f"{names.topic_arn.removesuffix(names.topic)}{names.name}-operators"
    found = live.subscriptions(topic_arn)
    confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
    yield judge(
        bool(confirmed),
        level="warning",
        where=f"{names.name}-operators",
        found=f"{len(confirmed)} confirmed",
        allowed="one or more, else nobody hears an alarm",
        remedy=f"aws sns subscribe --topic-arn {topic_arn} --protocol email --notification-endpoint YOU@EXAMPLE",
    )


CHECKS: Final = (
    Check(name="DLQ messages", run=dlq_messages, services=SERVICES),
    Check(name="oldest message", run=oldest, services=SERVICES),
    Check(name="refused calls", run=denied, services=SERVICES),
    Check(name="alarms", run=alarms, services=("", *SERVICES)),
    Check(name="operators", run=operators),
)
