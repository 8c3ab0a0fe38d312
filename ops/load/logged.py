"""What the services' logs say of a load test: attempts that were repeated, and what Lambda bills."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import log_events
from ops.aws.log_events import NoLogGroup
from ops.images.log_lines import parse
from ops.names import SERVICES
from ops.stack import Stack

# The clocks of this machine and of Lambda are two.
_MARGIN: Final = timedelta(seconds=5)

# Logs can be read a little after they were written.
SETTLE_SECONDS: Final = 8

_BILLED: Final = re.compile(r"Billed Duration: ([0-9.]+) ms")
_STARTED: Final = re.compile(r"Init Duration: ([0-9.]+) ms")


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What the services' logs say of a load test.

    Args:
        retries: Number of lines that say "retrying" of one of the test's images, by (service, error).
        invocations: Invocations of each service's function while the test ran, those for others' images included.
        billed_seconds: Seconds that Lambda bills for these invocations, by service.
        cold_starts: Cold starts among them, by service; 0 on the local AWS, which reports none.
        unread: Why the logs could not be read; None if they could.
    """

    retries: Mapping[tuple[str, str], int]
    invocations: Mapping[str, int]
    billed_seconds: Mapping[str, float]
    cold_starts: Mapping[str, int]
    unread: str | None = None


def logged(stack: Stack, prefix: str, since: datetime, until: datetime) -> Logged:
    """Read the logs of a load test of keys under a prefix, from its beginning to its end."""
    retries: Counter[tuple[str, str]] = Counter()
    invocations: Counter[str] = Counter()
    cold: Counter[str] = Counter()
    billed: dict[str, float] = dict.fromkeys(SERVICES, 0.0)

    def events(service: str, phrase: str) -> Iterator[Mapping[str, Any]]:
        return log_events.events(stack, service, phrase=phrase, since=since - _MARGIN, until=until + _MARGIN)

    try:
        for service in SERVICES:
            for event in events(service, "retrying"):
                line = parse(service, event["timestamp"], event["message"])
                if line.message == "retrying" and (line.key or "").startswith(prefix):
                    retries[service, str(line.fields.get("error", "unknown"))] += 1
            for event in events(service, "REPORT RequestId"):
                found = _BILLED.search(event["message"])
                if found:
                    invocations[service] += 1
                    billed[service] += float(found[1]) / 1000
                    cold[service] += bool(_STARTED.search(event["message"]))
    except (BotoCoreError, ClientError, NoLogGroup) as error:
        return Logged(retries={}, invocations={}, billed_seconds={}, cold_starts={}, unread=str(error))
    return Logged(retries=retries, invocations=invocations, billed_seconds=billed, cold_starts=cold)
