"""Checks of the three buckets: versions, events, loops, expiry and public access."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ops.aws import cors
from ops.aws.inspection import Absent
from ops.doctor.findings import Check, Finding, exists, judge
from ops.doctor.live import Live
from ops.names import SERVICES, Names

_BLOCKED: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def versioning(live: Live, _: str) -> Iterator[Finding]:
    """The input bucket keeps versions: without them, a newer image is read instead of the uploaded one."""
    bucket = live.stack.names.input_bucket
    status = live.versioning(bucket)
    existing = live.stack.names.buckets.input.name is not None
    lost = "; without versions, an image that is replaced at once may be read in place of the one before"
    yield judge(
        status == "Enabled",
        # A bucket that its owner keeps without versions works: the order of uploads comes from their sequencers.
        level="warning" if existing else "problem",
        where=bucket,
        found=status + (lost if existing and status != "Enabled" else ""),
        allowed="Enabled",
        remedy=f"aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled",
    )


def events(live: Live, _: str) -> Iterator[Finding]:
    """S3 sends an event of every upload to the first queue."""
    names = live.stack.names
    if names.buckets.events == "eventbridge":
        yield from _bridged(live)
        return
    bucket, queue = names.input_bucket, names.queue(SERVICES[0])
    prefix = names.buckets.input.prefix
    ours = [
        each
        for each in live.events(bucket)
        if each["destination"] == names.queue_arn(queue) and set(live.settings.events) <= set(each["Events"])
    ]
    wanted = ", ".join(live.settings.events)
    yield judge(
        bool(ours),
        where=bucket,
        found=f"events to {queue}" if ours else f"not all of these events to {queue}",
        allowed=f"{wanted} to {queue}",
        remedy=f"{live.remake()}; then pipeline backfill s3://{bucket}/ sends what was uploaded meanwhile",
    )
    rules = [rule for each in ours for rule in each.get("Filter", {}).get("Key", {}).get("FilterRules", [])]
    if ours:
        yield judge(
            [(rule["Name"].lower(), rule["Value"]) for rule in rules] == ([("prefix", prefix)] if prefix else []),
            level="warning",
            where=bucket,
            found=" ".join(f"{rule['Name']}={rule['Value']}" for rule in rules) or "of all keys",
            allowed=f"prefix={prefix}" if prefix else "of all keys: what does not match is never seen",
            remedy=live.remake(),
        )


def _bridged(live: Live) -> Iterator[Finding]:
    """The bucket sends its events to EventBridge, and the rule sends those of uploads to the first queue."""
    names = live.stack.names
    bucket, queue = names.input_bucket, names.queue(SERVICES[0])
    bridged = live.bridges(bucket)
    missed = f"then pipeline backfill s3://{bucket}/{names.buckets.input.prefix} sends what was uploaded meanwhile"
    enabling = (
        'add "EventBridgeConfiguration": {} to what aws s3api get-bucket-notification-configuration --bucket'
        f" {bucket} prints, and put it back with put-bucket-notification-configuration"
    )
    yield judge(
        bridged,
        where=bucket,
        found="events to EventBridge" if bridged else "no events to EventBridge",
        allowed="events to EventBridge, beside the bucket's other notifications",
        remedy=f"{enabling if names.buckets.input.name else live.remake()}; {missed}",
    )
    try:
        rule = live.rule(names.rule)
    except Absent:
        rule = {"targets": []}
    wanted = live.settings.event_pattern(bucket)
    pattern, on, targets = json.loads(rule.get("EventPattern") or "{}"), rule.get("State") == "ENABLED", rule["targets"]
    good = pattern == wanted and on and names.queue_arn(queue) in targets
    yield judge(
        good,
        where=names.rule,
        found=f"sends {json.dumps(pattern)} to {', '.join(targets) or 'nothing'}{'' if on else ', and is off'}",
        allowed=f"sends {json.dumps(wanted)} to {names.queue_arn(queue)}",
        remedy=f"{live.remake()}; {missed}",
    )


def loops(live: Live, _: str) -> Iterator[Finding]:
    """The pipeline's outputs must not come back to it as uploads."""
    names = live.stack.names
    own = {names.queue_arn(names.queue(service)) for service in SERVICES}
    functions = {names.function(service) for service in SERVICES}
    for bucket in (names.work_bucket, names.output_bucket):
        back = [
            each["destination"]
            for each in live.events(bucket)
            if (each["destination"] in own or set(each["destination"].split(":")) & functions)
            and not (bucket == names.input_bucket and _of_uploads(each, names))
        ]
        yield judge(
            not back,
            where=bucket,
            found=f"events to {', '.join(back)}" if back else "no events to the pipeline",
            allowed="no events to the pipeline, or it works on what it made for ever",
            remedy=f"pipeline pause; then aws s3api put-bucket-notification-configuration --bucket {bucket}"
            " --notification-configuration '{}'",
        )


def _of_uploads(notification: Mapping[str, Any], names: Names) -> bool:
    """Whether a bucket with uploads and outputs notifies of what is under the prefix of uploads alone."""
    rules = notification.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    uploads = names.buckets.input
    return any(rule["Name"].lower() == "prefix" and uploads.has(rule["Value"]) for rule in rules)


def public(live: Live, _: str) -> Iterator[Finding]:
    """Public access to the pipeline's own buckets is blocked; who reads an existing bucket is up to its owner."""
    for bucket in live.stack.names.own_buckets:
        blocked = live.public_access_block(bucket)
        open_ = [each for each in _BLOCKED if not blocked.get(each)]
        yield judge(
            not open_,
            where=bucket,
            found=f"not blocked: {', '.join(open_)}" if open_ else "public access is blocked",
            allowed="all public access is blocked",
            remedy=f"aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration "
            + ",".join(f"{each}=true" for each in _BLOCKED),
        )


def browsers(live: Live, _: str) -> Iterator[Finding]:
    """Only pages of the settings' origins may upload, or fetch outputs; an existing bucket's rules are its owner's."""
    names, settings = live.stack.names, live.settings
    if names.buckets.input.name is None:
        uploading = cors.rules(settings.cors_origins), settings.cors_origins, "uploads.cors_origins"
        yield _browsers(live, names.input_bucket, *uploading)
    if names.buckets.output.name is None:
        fetching = settings.output_cors_origins
        yield _browsers(live, names.output_bucket, cors.reading_rules(fetching), fetching, "outputs.cors_origins")


def _browsers(
    live: Live, bucket: str, wanted: Sequence[Mapping[str, Any]], origins: Sequence[str], setting: str
) -> Finding:
    found = live.cors_rules(bucket)
    there = {origin for rule in found for origin in rule["AllowedOrigins"]}
    missing = set(origins) - there
    good = cors.alike(found, wanted)
    what = "" if good or there ^ set(origins) else ", with other methods or headers"
    return judge(
        good,
        level="problem" if missing else "warning",
        where=bucket,
        found=(", ".join(sorted(there)) or "no other origin") + what,
        allowed=", ".join(origins) or "no other origin",
        remedy=f"{setting} of pipeline.yaml, then {live.remake()}",
    )


def intermediate(live: Live, _: str) -> Iterator[Finding]:
    """Intermediate objects outlive the DLQ messages that need them, and expire in the end."""
    bucket = live.stack.names.work_bucket
    days = live.expiry_days(bucket)
    kept = (
        max(int(live.queue(live.stack.names.dlq(service))["MessageRetentionPeriod"]) for service in SERVICES) / 86_400
    )
    yield judge(
        bool(days) and min(days) > kept,
        level="problem" if days else "warning",
        where=bucket,
        found=f"expires after {min(days)} days" if days else "nothing expires",
        allowed=f"more than the {kept:g} days that DLQ messages are kept, or a replay finds no pixels",
        remedy=f"retention.work_days of pipeline.yaml, then {live.remake()}",
    )


def sources(live: Live, _: str) -> Iterator[Finding]:
    """Sources are kept at least as long as the messages about them."""
    bucket = live.stack.names.input_bucket
    kept = live.settings.retention.dlq_days
    days = live.expiry_days(bucket)
    yield judge(
        not days or min(days) > kept,
        level="warning",
        where=bucket,
        found=f"expires after {min(days)} days" if days else "nothing expires",
        allowed=f"more than {kept} days: what is gone when its DLQ message is replayed is vanished",
        remedy=f"aws s3api put-bucket-lifecycle-configuration --bucket {bucket} with more days",
    )


def there(live: Live, _: str) -> Iterator[Finding]:
    """The buckets exist."""
    names = live.stack.names
    for bucket in (names.input_bucket, names.work_bucket, names.output_bucket):
        yield exists(live, bucket, live.bucket)


CHECKS: Final = (
    Check(name="bucket", run=there),
    Check(name="versioning", run=versioning),
    Check(name="events", run=events),
    Check(name="loop", run=loops),
    Check(name="public access", run=public),
    Check(name="browsers", run=browsers),
    Check(name="intermediate pixels", run=intermediate),
    Check(name="sources", run=sources),
)
