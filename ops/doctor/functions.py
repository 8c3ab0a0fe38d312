"""Checks of each service's function and of the mapping that feeds it."""

from collections.abc import Iterator, Mapping
from typing import Final

from ops.aws.functions import ALIAS
from ops.aws.log_events import log_group
from ops.doctor.findings import Check, Finding, exists, judge
from ops.doctor.live import Live
from ops.local.provision import MAX_WORKERS, described
from ops.names import SERVICES
from ops.settings import SECTIONS
from shared.release import VERSION

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
INVOKED_BY_A_POLLER: Final = 10
# The quota "Concurrent executions": aws service-quotas list-service-quotas --service-code lambda
_RAISE: Final = "service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
_SECTION_VARIABLES: Final = frozenset(section.upper() for group in SECTIONS.values() for section in group)


def there(live: Live, service: str) -> Iterator[Finding]:
    """The function exists and is active."""
    name = live.stack.names.function(service)
    found = exists(live, name, live.latest_function)
    yield found
    if found.level == "ok":
        state, update = (live.function(service).get(key, "") for key in ("State", "LastUpdateStatus"))
        yield judge(
            state not in {"Failed", "Inactive"} and update != "Failed",
            where=name,
            found=f"{state or 'Active'} {update}".strip(),
            allowed="Active",
            remedy=live.remake(service),
        )


def made_of(live: Live, service: str) -> Iterator[Finding]:
    """Runtime, architecture and handler are those that the zip was built for."""
    configuration = live.function(service)
    of_service = live.settings.services[service]
    wanted = {
        "Runtime": of_service.runtime,
        "Architectures": [of_service.architecture],
        "Handler": f"services.{service}.handler.handler",
    }
    yield _same(live, service, {name: configuration.get(name) for name in wanted}, wanted)


def version(live: Live, service: str) -> Iterator[Finding]:
    """The function has this checkout's version: others may write rows and messages that it cannot read."""
    found = live.function(service).get("Description") or "no version stated"
    yield judge(
        found == described(VERSION),
        level="warning",
        where=live.stack.names.function(service),
        found=found,
        allowed=f"{described(VERSION)}, the version of this command line",
        remedy=f"{live.remake(service)}; or check out the version that is deployed",
    )


def size(live: Live, service: str) -> Iterator[Finding]:
    """Memory and timeout are those in pipeline.yaml."""
    configuration, of_service = live.function(service), live.settings.services[service]
    found = {name: configuration.get(name) for name in ("MemorySize", "Timeout")}
    yield _same(live, service, found, {"MemorySize": of_service.memory_mb, "Timeout": of_service.timeout_seconds})


def environment(live: Live, service: str) -> Iterator[Finding]:
    """The environment variables follow from pipeline.yaml: changes that are not deployed are found."""
    names = live.stack.names
    queues = [queue for service in SERVICES for queue in (names.queue(service), names.dlq(service))]
    wanted = live.settings.environment(service, names, {queue: live.queue_url(queue) for queue in queues})
    found = live.function(service).get("Environment", {}).get("Variables", {})
    unlike = [
        name
        for name in {*wanted, *(_SECTION_VARIABLES & found.keys())}
        if _value(name, wanted.get(name)) != _value(name, found.get(name))
    ]
    yield judge(
        not unlike,
        where=names.function(service),
        found=f"not as pipeline.yaml says: {', '.join(sorted(unlike))}" if unlike else f"{len(found)} variables",
        allowed="as pipeline.yaml says",
        remedy=live.remake(service),
    )


def reserved(live: Live, service: str) -> Iterator[Finding]:
    """Reserved concurrency is not too low: it throttles pollers, and each throttled poll counts as a receive."""
    name, least = live.stack.names.function(service), _concurrency(live, service)
    count = live.reserved_concurrency(name)
    yield judge(
        count is None or count >= least,
        level="problem" if count == 0 else "warning",
        where=name,
        found="none" if count is None else count,
        allowed=f"none, or {least} or more: the mapping is the cap",
        remedy=f"aws lambda delete-function-concurrency --function-name {name}",
    )


def account(live: Live, _: str) -> Iterator[Finding]:
    """The account has enough concurrency for all mappings: a new one has 10, and three services may use 30 of it."""
    names = live.stack.names
    sharing = [service for service in SERVICES if live.reserved_concurrency(names.function(service)) is None]
    least, count = sum(_concurrency(live, service) for service in sharing), live.unreserved_concurrency()
    yield judge(
        count >= least,
        level="warning",
        where=f"account {names.account}, {names.region}",
        found=f"{count} concurrent executions, without those that are reserved",
        allowed=f"{least} or more, for {', '.join(sharing)}; throttled batches use up receives",
        remedy=f"lower services.<service>.maximum_concurrency; or aws {_RAISE} --desired-value {max(1000, least)}",
    )


def mapped(live: Live, service: str) -> Iterator[Finding]:
    """Only this function processes the queue, through its alias if it has one."""
    names = live.stack.names
    queue, function = names.queue(service), names.function(service)
    live.queue(queue)  # a queue that is not there is reported elsewhere
    found = live.mappings(service)
    wanted = f"{function}:{ALIAS}" if live.has_alias(function) else function
    targets = [each["FunctionArn"].split(":", 6)[6] for each in found]
    yield judge(
        targets == [wanted],
        where=queue,
        found=", ".join(targets) or "nothing works it off",
        allowed=f"{wanted} alone",
        remedy=live.remake(service),
    )


def enabled(live: Live, service: str) -> Iterator[Finding]:
    """The mapping is enabled."""
    for mapping in live.mappings(service):
        yield judge(
            mapping["State"] in {"Enabled", "Enabling", "Creating", "Updating"},
            where=live.stack.names.queue(service),
            found=mapping["State"],
            allowed="Enabled",
            remedy=f"pipeline resume {service}",
        )


def partial(live: Live, service: str) -> Iterator[Finding]:
    """Only failed messages of an SQS batch come back: without this, one bad image repeats nine others."""
    for mapping in live.mappings(service):
        types = mapping.get("FunctionResponseTypes") or []
        yield judge(
            types == ["ReportBatchItemFailures"],
            where=live.stack.names.queue(service),
            found=", ".join(types) or "none",
            allowed="ReportBatchItemFailures",
            remedy=f"aws lambda update-event-source-mapping --uuid {mapping['UUID']}"
            " --function-response-types ReportBatchItemFailures",
        )


def batches(live: Live, service: str) -> Iterator[Finding]:
    """Size and concurrency of SQS batches, or pollers, are those in pipeline.yaml; the local AWS has no pollers."""
    of_service = live.settings.services[service]
    for mapping in live.mappings(service):
        scaling = mapping.get("ScalingConfig") or {}
        pollers = mapping.get("ProvisionedPollerConfig") or {}
        found = {
            "batch_size": mapping.get("BatchSize"),
            "batching_window_seconds": mapping.get("MaximumBatchingWindowInSeconds", 0),
            "maximum_concurrency": scaling.get("MaximumConcurrency"),
            "pollers": [pollers["MinimumPollers"], pollers["MaximumPollers"]] if pollers else None,
        }
        provisioned = None if live.local else of_service.pollers
        wanted = {
            "batch_size": of_service.batch_size,
            "batching_window_seconds": of_service.batching_window_seconds,
            "maximum_concurrency": None if provisioned else _concurrency(live, service),
            "pollers": [provisioned.minimum, provisioned.maximum] if provisioned else None,
        }
        yield _same(live, service, found, wanted, where=live.stack.names.queue(service))


def logs(live: Live, service: str) -> Iterator[Finding]:
    """The log is kept as long as pipeline.yaml says."""
    function, days = live.stack.names.function(service), live.settings.retention.logs_days
    group, kept = log_group(function), live.log_retention(function)
    yield judge(
        kept == days,
        level="warning",
        where=group,
        found=f"{kept} days" if isinstance(kept, int) else kept,
        allowed=f"{days} days (retention.logs_days)",
        remedy=f"aws logs put-retention-policy --log-group-name {group} --retention-in-days {days}",
    )


def _same(
    live: Live, service: str, found: Mapping[str, object], wanted: Mapping[str, object], *, where: str = ""
) -> Finding:
    return judge(
        found == wanted,
        where=where or live.stack.names.function(service),
        found=_words(found),
        allowed=_words(wanted),
        remedy=live.remake(service),
    )


def _words(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in values.items()
    )


def _concurrency(live: Live, service: str) -> int:
    """Maximum of concurrent SQS batches: on the local AWS at most the number of cores."""
    of_service = live.settings.services[service]
    if live.local:
        return min(of_service.maximum_concurrency, MAX_WORKERS)
    return of_service.pollers.maximum * INVOKED_BY_A_POLLER if of_service.pollers else of_service.maximum_concurrency


def _value(name: str, value: str | None) -> str | None:
    """A variable for comparison: of a queue's URL only account and name, since hosts differ."""
    if value is None or not name.endswith(("QUEUE_URL", "DLQ_URL")):
        return value
    return "/".join(value.split("/")[-2:])


CHECKS: Final = (
    Check(name="function", run=there, services=SERVICES),
    Check(name="runtime", run=made_of, services=SERVICES),
    Check(name="version", run=version, services=SERVICES),
    Check(name="memory and time", run=size, services=SERVICES),
    Check(name="environment", run=environment, services=SERVICES),
    Check(name="reserved concurrency", run=reserved, services=SERVICES),
    Check(name="account concurrency", run=account),
    Check(name="mapping", run=mapped, services=SERVICES),
    Check(name="mapping enabled", run=enabled, services=SERVICES),
    Check(name="partial batches", run=partial, services=SERVICES),
    Check(name="batches", run=batches, services=SERVICES),
    Check(name="logs", run=logs, services=SERVICES),
)
