"""Starts, provisions and stops a whole pipeline on the local AWS."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops import settings as pipeline_settings
from ops.aws.log_events import events
from ops.local import emulator
from ops.local.emulator import ACCOUNT, REGION, Emulator
from ops.local.provision import Provisioner
from ops.names import SERVICES
from ops.packaging import package
from ops.places import WORK
from ops.settings import PipelineSettings
from ops.show import note
from ops.stack import Stack

ZIPS = WORK / "build" / "host"

# Where a placeholder for Rekognition is; the local AWS has none. The SDK reads it.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
MODERATOR: Final = "AWS_ENDPOINT_URL_REKOGNITION"


@dataclass(frozen=True, kw_only=True)
class LocalStack(Stack):
    """A pipeline on the local AWS.

    Args:
        emulator: The emulator that it runs on.
        queue_urls: URLs of the queues, by name.
    """

    emulator: Emulator
    queue_urls: Mapping[str, str]

    def function_logs(self, service: str) -> str:
        """The log of a service's function so far."""
        return "\n".join(each["message"] for each in events(self, service))


def build_zips(settings: PipelineSettings | None = None) -> dict[str, Path]:
    """Build the services' zips for this machine.

    Args:
        settings: Settings from pipeline.yaml; None for the repository's.
    """
    return {
        service: package.build(service, target="host", out_dir=ZIPS, settings=settings).path for service in SERVICES
    }


@contextmanager
def running(
    settings: PipelineSettings | None = None,
    *,
    zips: Mapping[str, Path] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[LocalStack]:
    """Run a pipeline while the context lasts; nothing is left when it ends.

    Args:
        settings: Settings from pipeline.yaml; None for the repository's.
        zips: Paths of the zips, by service; None to build them.
        report: Called with each step, in words.
    """
    report("packaging the three services")
    settings = settings or pipeline_settings.load()
    zips = zips or build_zips(settings)
    report("starting the local AWS")
    process = emulator.start()
    try:
        report("making buckets, queues, roles, functions, the topic and the ledger")
        yield provision(process, settings, zips)
    finally:
        process.end()


def provision(
    process: Emulator,
    settings: PipelineSettings,
    zips: Mapping[str, Path],
    *,
    variables: Mapping[str, Mapping[str, str]] | None = None,
    account: str = ACCOUNT,
) -> LocalStack:
    """Create a pipeline's resources on a running emulator.

    Args:
        process: The emulator.
        settings: Settings from pipeline.yaml.
        zips: Paths of the zips, by service.
        variables: More environment variables of each function, by service.
        account: Account of the emulator, 12 digits.
    """
    variables = variables or {}
    if (settings.moderates or settings.detects_faces) and MODERATOR not in variables.get(SERVICES[0], {}):
        note(
            "the local AWS has no Rekognition: moderation is off here, and no face is found, whatever the settings say"
        )
        settings = settings.without_moderation()
    session = process.session(account)
    names = settings.names(account, REGION)
    provisioner = Provisioner(
        session=session,
        endpoint=process.endpoint,
        settings=settings,
        names=names,
        zips=zips,
        variables=variables,
    )
    urls = provisioner.run()
    return LocalStack(
        settings=settings,
        names=names,
        session=session,
        endpoint_url=process.endpoint,
        emulator=process,
        queue_urls=urls,
    )
