"""pipeline.yaml, read and checked; and the environment that each function gets from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from ops import places, settings_checks
from ops.names import SERVICES, Names
from ops.schema import plain_yaml
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import Settings as StoreSettings
from services.watermark.settings import Settings as WatermarkSettings
from shared.buckets import Buckets
from shared.errors import BadSetting
from shared.runner.runner import RESERVE_SECONDS
from shared.settings import Schema, bad, judged, shown

# Lambda's processors.
Architecture = Literal["arm64", "x86_64"]
# Lambda's names for its Pythons.
Runtime = Literal["python3.13", "python3.14"]

ROOT: Final = places.ROOT

# Of every setting, generated from ops/schema/model.py. It is read, and not the model: whatever judges settings here, in
# Terraform or at a function's cold start has the same rules, and no command waits for pydantic.
SCHEMA: Final[Schema] = json.loads(places.shipped("pipeline.schema.json").read_text(encoding="utf-8"))

# One heap for all threads, that keeps what was freed: the pixels of one image go where the last one's were, so no page
# is asked of the kernel again. A function has its memory for itself, and 10,240 MB at most, so none is given back.
# docs/adr/0057-memory-is-kept.md has figures.
# https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
ALLOCATOR: Final[Mapping[str, str]] = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(10_240 * 1024**2),
}


def _read_by(service: str, rule: Schema) -> tuple[str, ...]:
    return tuple(name for name, each in rule["properties"].items() if service in each.get("functions", ()))


# Which sections of pipeline.yaml each function reads, and which settings of a profile: it gets those and no others.
SECTIONS: Final = {service: _read_by(service, SCHEMA) for service in SERVICES}
_PROFILE_SETTINGS: Final = {
    service: _read_by(service, SCHEMA["properties"]["profiles"]["items"]) for service in SERVICES
}

# Of the names and values of a function's variables, as the JSON object that Lambda measures.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_ENVIRONMENT_BYTES: Final = 4096

# The account and region of the placeholder environment: no other makes names, URLs and ARNs longer together.
_ACCOUNT: Final = "000000000000"
_REGION: Final = "cn-northwest-1"


@dataclass(frozen=True, kw_only=True)
class Pollers:
    """Pollers of a queue that Lambda keeps ready; see docs/reference/settings.md."""

    minimum: int
    maximum: int


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Settings of one function and of the queue that feeds it; see docs/reference/settings.md.

    With pollers, `maximum_concurrency` does not count.
    """

    architecture: Architecture
    runtime: Runtime
    memory_mb: int
    timeout_seconds: int
    batch_size: int
    batching_window_seconds: int
    maximum_concurrency: int
    pollers: Pollers | None
    max_receive_count: int

    @property
    def visibility_timeout_seconds(self) -> int:
        """AWS asks for six times the function's timeout, and the batching window on top.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        """
        return 6 * self.timeout_seconds + self.batching_window_seconds


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Days that messages, intermediate objects, logs, old versions and rows of the ledger are kept."""

    dlq_days: int
    work_days: int
    logs_days: int
    old_versions_days: int
    ledger_days: int


@dataclass(frozen=True, kw_only=True)
class PipelineSettings:
    """All of pipeline.yaml.

    Args:
        name: Prefix of the names of all resources.
        encryption: Owner of the key that everything on AWS is encrypted with: "aws" or "customer".
        permissions_boundary: Name of a policy of the account that no function's role can exceed; None for none.
        state: Where Terraform keeps its state: "local" or "s3".
        services: Settings of each service's function and queue, by service.
        retention: Days that messages, objects, logs and rows are kept.
        buckets: Buckets that exist already, and prefixes.
        cors_origins: Origins of the pages that may upload from a browser.
        output_cors_origins: Origins of the pages that may fetch outputs from a browser.
        batch_timeout_minutes: How long after the last event a batch ends by itself.
        sections: The sections that the functions read, as they were written.
    """

    name: str
    encryption: Literal["aws", "customer"]
    permissions_boundary: str | None
    state: Literal["local", "s3"]
    services: Mapping[str, ServiceSettings]
    retention: Retention
    buckets: Buckets
    cors_origins: tuple[str, ...]
    output_cors_origins: tuple[str, ...]
    batch_timeout_minutes: int
    sections: Mapping[str, Any]

    @property
    def moderates(self) -> bool:
        """Whether every image is shown to a moderator before anything of it is stored."""
        return bool(self.sections.get("moderation", {}).get("enabled", False))

    @property
    def detects_faces(self) -> bool:
        """Whether faces are looked for in an image: to hide them, or to crop around them."""
        hides = self.moderates and self.sections["moderation"].get("faces", "keep") != "keep"
        profiles = self.sections.get("profiles") or ()
        groups = (self.sections.get("renditions"), *(each.get("renditions") for each in profiles))
        return hides or any(each.get("gravity") == "faces" for group in groups for each in group or ())

    @property
    def extras(self) -> tuple[str, ...]:
        """Formats whose codecs are in the zips of resize and watermark by choice alone."""
        return tuple(self.sections.get("extras", ()))

    @property
    def follows_deletes(self) -> bool:
        """Whether outputs are removed when their source is deleted."""
        return bool(self.sections.get("output", {}).get("follow_deletes", False))

    @property
    def events(self) -> list[str]:
        """The types of events that S3 sends to the first queue.

        Of lifecycle rules these are delete markers alone in a bucket of the pipeline's own: other deletions are of old
        versions there. An existing bucket may have no versions, and so no markers.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
        """
        expired = "DeleteMarkerCreated" if self.buckets.input.name is None else "*"
        removals = [f"s3:LifecycleExpiration:{expired}", "s3:ObjectRemoved:*"]
        return ["s3:ObjectCreated:*", *(removals if self.follows_deletes else [])]

    def event_pattern(self, bucket: str) -> dict[str, Any]:
        """The events of the input bucket that EventBridge sends to the first queue.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
        """
        detail: dict[str, Any] = {"bucket": {"name": [bucket]}}
        if self.buckets.input.prefix:
            detail["object"] = {"key": [{"prefix": self.buckets.input.prefix}]}
        kinds = ["Object Created", *(["Object Deleted"] if self.follows_deletes else [])]
        return {"source": ["aws.s3"], "detail-type": kinds, "detail": detail}

    def names(self, account: str, region: str) -> Names:
        """The names of the pipeline's resources in an account and a region."""
        return Names(name=self.name, account=account, region=region, buckets=self.buckets)

    def without_moderation(self) -> "PipelineSettings":
        """These settings without what needs Rekognition: moderation off, and attention in place of faces."""
        if not (self.moderates or self.detects_faces):
            return self
        sections = {name: _by_attention(section) for name, section in self.sections.items() if name != "moderation"}
        return replace(self, sections=sections)

    def environment(self, service: str, names: Names, queue_urls: Mapping[str, str]) -> dict[str, str]:
        """The environment variables of a service's function, by the URL of each queue and DLQ by its name."""
        here = SERVICES.index(service)
        env = {
            "WORK_BUCKET": names.work_bucket,
            "QUEUE_URL": queue_urls[names.queue(service)],
            "DLQ_URL": queue_urls[names.dlq(service)],
            "LEDGER_TABLE": names.ledger,
            "LEDGER_DAYS": str(self.retention.ledger_days),
            "TOPIC_ARN": names.topic_arn,
            "BATCH_TIMEOUT_MINUTES": str(self.batch_timeout_minutes),
            "MAX_RECEIVE_COUNT": str(self.services[service].max_receive_count),
            "POWERTOOLS_SERVICE_NAME": service,
            "POWERTOOLS_METRICS_NAMESPACE": self.name,
            "POWERTOOLS_LOG_LEVEL": "INFO",
            **ALLOCATOR,
        }
        if here + 1 < len(SERVICES):
            env["NEXT_QUEUE_URL"] = queue_urls[names.queue(SERVICES[here + 1])]
        else:
            env["OUTPUT_BUCKET"] = names.output_bucket
        for section in SECTIONS[service]:
            if section in self.sections:
                values = self.sections[section]
                env[section.upper()] = _json(_profiles(values, service) if section == "profiles" else values)
        return env


def load(path: Path | None = None) -> PipelineSettings:
    """Read and check pipeline.yaml, the functions' sections included.

    Args:
        path: of the file; None for the one that ops/places.py finds.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    path = path or places.settings_file()
    try:
        values = plain_yaml.read(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path.name} is not UTF-8: {error}") from error
    if not isinstance(values, dict):
        raise BadSetting(f"{path.name} is {shown(values)}; it must be a mapping of settings")
    return parse(values)


def placeholder_names(settings: PipelineSettings) -> Names:
    """The names of the resources of the placeholder environment, where a pipeline is checked without AWS."""
    return settings.names(_ACCOUNT, _REGION)


def placeholders(settings: PipelineSettings, service: str) -> dict[str, str]:
    """The environment variables of a function in the placeholder environment, as large as they would be on AWS."""
    names = placeholder_names(settings)
    queues = [queue for each in SERVICES for queue in (names.queue(each), names.dlq(each))]
    urls = {queue: f"https://sqs.{_REGION}.amazonaws.com.cn/{_ACCOUNT}/{queue}" for queue in queues}
    return settings.environment(service, names, urls)


def parse(values: object) -> PipelineSettings:
    """Check what pipeline.yaml says.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    accepted = judged(values, SCHEMA)
    properties = SCHEMA["properties"]
    sections = {section for group in SECTIONS.values() for section in group}
    parsed = PipelineSettings(
        name=accepted["name"],
        encryption=accepted.get("encryption", "aws"),
        permissions_boundary=accepted.get("permissions_boundary"),
        state=accepted.get("state", "local"),
        services={
            service: _service(service, accepted.get("services", {}).get(service, {}), rule)
            for service, rule in properties["services"]["properties"].items()
        },
        retention=Retention(**_filled(accepted.get("retention", {}), properties["retention"])),
        buckets=Buckets.of(accepted.get("buckets", {})),
        cors_origins=tuple(_filled(accepted.get("uploads", {}), properties["uploads"])["cors_origins"]),
        output_cors_origins=tuple(_filled(accepted.get("outputs", {}), properties["outputs"])["cors_origins"]),
        **_filled(accepted.get("notifications", {}), properties["notifications"]),
        # As they are written: `judged` would hand functions 1.0 for 1.
        sections={section: value for section, value in dict(values).items() if section in sections},  # type: ignore[call-overload]
    )
    settings_checks.check(parsed, budget=_filled(accepted.get("budget", {}), properties["budget"]))
    _check_functions(parsed)
    return parsed


def _service(service: str, given: Mapping[str, Any], rule: Schema) -> ServiceSettings:
    filled = _filled(given, rule)
    if filled["pollers"] is None:
        return ServiceSettings(**filled)
    where = f"services.{service}"
    if "maximum_concurrency" in given:
        raise BadSetting(
            f"{where} has pollers and maximum_concurrency; allowed: one of them. With pollers, {where}.pollers.maximum"
            " bounds how many batches are processed at once, ten for each"
        )
    pollers = Pollers(**_filled(filled["pollers"], rule["properties"]["pollers"]))
    if pollers.minimum > pollers.maximum:
        raise bad(f"{where}.pollers.minimum", pollers.minimum, f"at most pollers.maximum ({pollers.maximum})")
    return ServiceSettings(**{**filled, "pollers": pollers})


def _by_attention(section: Any) -> Any:  # noqa: ANN401 - as YAML has it
    """A section of settings, with attention wherever its gravity is faces."""
    if isinstance(section, list):
        return [_by_attention(each) for each in section]
    if isinstance(section, dict):
        return {
            name: "attention" if (name, value) == ("gravity", "faces") else _by_attention(value)
            for name, value in section.items()
        }
    return section


def _filled(given: Mapping[str, Any], rule: Schema) -> dict[str, Any]:
    """The settings of a mapping, with the defaults of those that are not given."""
    return {name: each["default"] for name, each in rule["properties"].items()} | dict(given)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _profiles(profiles: list[dict[str, Any]] | None, service: str) -> object:
    """The profiles as one function reads them: all their prefixes, since a longer one hides a shorter one."""
    if profiles is None:
        return None
    wanted = _PROFILE_SETTINGS[service]
    return [{name: profile[name] for name in wanted if name in profile} for profile in profiles]


def _check_functions(settings: PipelineSettings) -> None:
    """Let each function read its environment as at its cold start, and check that Lambda accepts its size."""
    resize = ResizeSettings.from_env(placeholders(settings, "resize"))
    for service in ("resize", "watermark"):
        _check_watchdog(resize.limits.seconds, service, settings.services[service].timeout_seconds)
    WatermarkSettings.from_env(placeholders(settings, "watermark"))
    output = StoreSettings.from_env(placeholders(settings, "store")).output
    if resize.pages == "all" and "{page}" not in output.key:
        raise BadSetting(f"pages is 'all' and output.key is {output.key!r}; allowed: an output.key with {{page}}")
    sets = [each for some in (resize.sets, *(profile.sets or () for profile in resize.profiles)) for each in some]
    if "{ext}" not in output.key and any(len(each.formats) > 1 for each in sets):
        raise BadSetting(f"output.key is {output.key!r} and a set has formats; allowed: an output.key with {{ext}}")
    for service in SERVICES:
        size = len(_json(placeholders(settings, service)).encode())
        if size > MAX_ENVIRONMENT_BYTES:
            raise BadSetting(
                f"{', '.join(SECTIONS[service])} make an environment of {size:,} bytes for the function {service};"
                f" Lambda allows {MAX_ENVIRONMENT_BYTES:,}: leave out profiles, or what in them is the default"
            )


def _check_watchdog(seconds: int, service: str, timeout_seconds: int) -> None:
    """An image must fail by itself before the function's time runs out, or it fails without a reason of its own."""
    if seconds > timeout_seconds - RESERVE_SECONDS:
        raise BadSetting(
            f"limits.seconds is {seconds}; allowed: at least {RESERVE_SECONDS:g} less than"
            f" services.{service}.timeout_seconds, which is {timeout_seconds}"
        )
