"""pipeline.yaml, read and checked; and the environment that each function gets from it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ops import plain_yaml
from ops.names import SERVICES, Names
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import DEFAULT_KEY
from services.store.settings import Settings as StoreSettings
from services.watermark.settings import Settings as WatermarkSettings
from shared.choices import PAGES
from shared.errors import BadSetting
from shared.profiles import MOST_PROFILES
from shared.runner import RESERVE_SECONDS
from shared.settings import Section
from shared.tries import TELLING_RECEIVES

ROOT: Final = Path(__file__).resolve().parents[1]

# One heap for all threads, that keeps what was freed: the pixels of one image go where the last one's were. Measured on
# a batch of 12 MP JPEGs with three workers: 70 MB at the peak instead of 116; of 24 MP: 6 % less CPU, since no page is
# asked of the kernel anew. https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
ALLOCATOR: Final[Mapping[str, str]] = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024**2),
}

# Which sections of pipeline.yaml each function reads: it gets those and no others.
SECTIONS: Final = {
    "resize": ("renditions", "limits", "formats", "metadata", "pages", "overrides", "profiles", "moderation"),
    "watermark": ("watermark", "overrides", "profiles"),
    "store": ("output",),
}

# Which settings of a profile each function reads, beside its prefix.
PROFILE_SETTINGS: Final = {"resize": ("renditions", "metadata"), "watermark": ("watermark",)}

# Who holds the key that all is encrypted with: AWS, or the customer, for whom Terraform makes one in KMS. What the
# local AWS encrypts it does with keys of its own either way: there is nobody there to keep a key from.
Encryption = Literal["aws", "customer"]
ENCRYPTIONS: Final[tuple[Encryption, ...]] = get_args(Encryption)

# Where Terraform keeps its state.
State = Literal["local", "s3"]
STATES: Final[tuple[State, ...]] = get_args(State)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOGS_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

# Of the names and values of a function's variables, as the JSON object that Lambda measures.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_ENVIRONMENT_BYTES: Final = 4096

# Where a pipeline stands that is nowhere: no region has a longer name.
_ACCOUNT: Final = "000000000000"
_REGION: Final = "ap-southeast-1"


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """How one function and its queue are set up."""

    memory_mb: int
    timeout_seconds: int
    batch_size: int
    batching_window_seconds: int
    maximum_concurrency: int
    max_receive_count: int

    @property
    def visibility_timeout_seconds(self) -> int:
        """AWS asks for six times the function's timeout, and the batching window on top.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        """
        return 6 * self.timeout_seconds + self.batching_window_seconds


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How many days things are kept."""

    dlq_days: int
    work_days: int
    logs_days: int
    old_versions_days: int


@dataclass(frozen=True, kw_only=True)
class PipelineSettings:
    """All of pipeline.yaml.

    Args:
        name: of the pipeline.
        encryption: with whose key on AWS.
        permissions_boundary: the name of a policy of the account that no function's role can exceed; None for none.
        state: where Terraform keeps its own.
        services: each service's function and queue.
        retention: of what is kept.
        sections: what the functions read, as it was written.
    """

    name: str
    encryption: Encryption
    permissions_boundary: str | None
    state: State
    services: Mapping[str, ServiceSettings]
    retention: Retention
    sections: Mapping[str, Any]

    @property
    def moderates(self) -> bool:
        """Whether every image is shown to a moderator before anything of it is stored."""
        return bool(self.sections.get("moderation", {}).get("enabled", False))

    def without_moderation(self) -> "PipelineSettings":
        """The same, with moderation off."""
        sections = {name: section for name, section in self.sections.items() if name != "moderation"}
        return replace(self, sections=sections)

    def environment(self, service: str, names: Names, queue_urls: Mapping[str, str]) -> dict[str, str]:
        """The environment variables of one function.

        Args:
            service: resize, watermark or store.
            names: of the resources.
            queue_urls: the URL of each queue and DLQ by its name.
        """
        here = SERVICES.index(service)
        env = {
            "WORK_BUCKET": names.work_bucket,
            "QUEUE_URL": queue_urls[names.queue(service)],
            "DLQ_URL": queue_urls[names.dlq(service)],
            "LEDGER_TABLE": names.ledger,
            "TOPIC_ARN": names.topic_arn,
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


def load(path: Path = ROOT / "pipeline.yaml") -> PipelineSettings:
    """Read and check pipeline.yaml, the functions' sections included.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    try:
        values = plain_yaml.read(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path.name} is not UTF-8: {error}") from error
    if not isinstance(values, dict):
        raise BadSetting(f"{path.name} is {values!r:.80}; it must be a mapping of settings")
    return parse(values)


def stand_in_names(settings: PipelineSettings) -> Names:
    """The names of a pipeline that is nowhere."""
    return Names(name=settings.name, account=_ACCOUNT, region=_REGION)


def stand_in(settings: PipelineSettings, service: str) -> dict[str, str]:
    """The environment of a function of a pipeline that is nowhere, as large as it would be on AWS."""
    names = stand_in_names(settings)
    queues = [queue for each in SERVICES for queue in (names.queue(each), names.dlq(each))]
    urls = {queue: f"https://sqs.{_REGION}.amazonaws.com/{_ACCOUNT}/{queue}" for queue in queues}
    return settings.environment(service, names, urls)


def parse(values: object) -> PipelineSettings:
    """Check what pipeline.yaml says.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    top = Section("", values)
    name = top.text("name", None, longest=24)
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,22}[a-z0-9]", name):
        raise top.bad("name", "2 to 24 lower-case letters, digits and hyphens, beginning with a letter")
    services = top.section("services")
    parsed = PipelineSettings(
        name=name,
        encryption=top.choice("encryption", "aws", ENCRYPTIONS),
        permissions_boundary=_boundary(top),
        state=top.choice("state", "local", STATES),
        services={service: _service(services.section(service), service) for service in SERVICES},
        retention=_retention(top.section("retention")),
        sections={section: top.raw(section) for group in SECTIONS.values() for section in group if top.has(section)},
    )
    _check_profiles(top)
    _check_pages(top)
    services.finish()
    top.finish()
    _check_functions(parsed)
    return parsed


def _check_pages(top: Section) -> None:
    """Refuse what resize and store can each take, and not together."""
    key = top.section("output").text("key", DEFAULT_KEY, longest=500)
    if top.choice("pages", "first", PAGES) == "all" and "{page}" not in key:
        raise BadSetting(f"pages is 'all' and output.key is {key!r}; allowed: an output.key with {{page}}")


def _boundary(top: Section) -> str | None:
    name = top.optional_text("permissions_boundary", longest=128)
    if name is not None and not re.fullmatch(r"[A-Za-z0-9_+=,.@-]+", name):
        raise top.bad(
            "permissions_boundary", "the name of a policy of the account, letters, digits and _+=,.@-, or null"
        )
    return name


def _service(section: Section, service: str) -> ServiceSettings:
    settings = ServiceSettings(
        memory_mb=section.integer("memory_mb", 512 if service == "store" else 1769, low=128, high=10_240),
        timeout_seconds=section.integer("timeout_seconds", 30 if service == "store" else 60, low=5, high=900),
        batch_size=section.integer("batch_size", 10, low=1, high=10),
        batching_window_seconds=section.integer("batching_window_seconds", 0, low=0, high=300),
        maximum_concurrency=section.integer("maximum_concurrency", 10, low=2, high=1000),
        # Five are kept for telling of a function that died; AWS asks for five at least, for throttled polls burn some.
        max_receive_count=section.integer("max_receive_count", 10, low=TELLING_RECEIVES + 1, high=1000),
    )
    section.finish()
    return settings


def _retention(section: Section) -> Retention:
    retention = Retention(
        dlq_days=section.integer("dlq_days", 14, low=1, high=14),
        work_days=section.integer("work_days", 16, low=1, high=3650),
        logs_days=section.integer("logs_days", 30, low=1, high=3653),
        old_versions_days=section.integer("old_versions_days", 30, low=1, high=3650),
    )
    if retention.logs_days not in LOGS_DAYS:
        raise section.bad("logs_days", "what CloudWatch allows, " + ", ".join(map(str, LOGS_DAYS)))
    if retention.work_days <= retention.dlq_days:
        raise section.bad("work_days", f"more than dlq_days ({retention.dlq_days}), or a replay finds no pixels")
    section.finish()
    return retention


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _profiles(profiles: object, service: str) -> object:
    """The profiles as one function reads them: all their prefixes, since a longer one hides a shorter one."""
    if not isinstance(profiles, list):
        return profiles
    wanted = ("prefix", *PROFILE_SETTINGS[service])
    return [
        {name: profile[name] for name in wanted if name in profile} if isinstance(profile, dict) else profile
        for profile in profiles
    ]


def _check_profiles(top: Section) -> None:
    """Refuse what no function reads: each is handed its own settings of a profile alone."""
    for profile in top.sections("profiles", least=0, most=MOST_PROFILES) or []:
        for name in ("prefix", *(name for group in PROFILE_SETTINGS.values() for name in group)):
            profile.has(name)
        profile.finish()


def _check_functions(settings: PipelineSettings) -> None:
    """Let each function read its environment as it will at its cold start, and see that Lambda takes it."""
    resize = ResizeSettings.from_env(stand_in(settings, "resize"))
    _check_watchdog(resize.limits.seconds, settings.services["resize"].timeout_seconds)
    WatermarkSettings.from_env(stand_in(settings, "watermark"))
    StoreSettings.from_env(stand_in(settings, "store"))
    for service in SERVICES:
        size = len(_json(stand_in(settings, service)).encode())
        if size > LARGEST_ENVIRONMENT_BYTES:
            raise BadSetting(
                f"{', '.join(SECTIONS[service])} make an environment of {size:,} bytes for the function {service};"
                f" Lambda allows {LARGEST_ENVIRONMENT_BYTES:,}: leave out profiles, or what in them is the default"
            )


def _check_watchdog(seconds: int, timeout_seconds: int) -> None:
    """An image must fail by itself before the function's time runs out, or it fails without a reason of its own."""
    if seconds > timeout_seconds - RESERVE_SECONDS:
        raise BadSetting(
            f"limits.seconds is {seconds}; allowed: at least {RESERVE_SECONDS:g} less than"
            f" services.resize.timeout_seconds, which is {timeout_seconds}"
        )
