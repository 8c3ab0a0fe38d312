"""Runs all checks of a pipeline concurrently, and reports them in order; a failed check does not end the others."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.inspection import Absent, Denied
from ops.doctor import backlog, buckets, clock, decoders, functions, permissions, queues, topic
from ops.doctor.findings import Check, Finding
from ops.doctor.live import Live

CHECKS: Final = (
    *clock.CHECKS,
    *decoders.CHECKS,
    *buckets.CHECKS,
    *queues.CHECKS,
    *functions.CHECKS,
    *permissions.CHECKS,
    *topic.CHECKS,
    *backlog.CHECKS,
)

_AT_ONCE: Final = 8

_AWS_COMMAND: Final = re.compile(r"(?<![\w-])aws ((?:[a-z0-9]+) [a-z0-9]+-)")


def examine(live: Live) -> Iterator[Finding]:
    """The findings of every check; a missing permission of the operator is reported once."""
    planned = [(check, service) for check in CHECKS for service in check.services]
    shown: set[tuple[str, str]] = set()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for findings in pool.map(lambda each: _run(live, *each), planned):
            for finding in findings:
                if finding.check == _PERMISSIONS_OF_YOURS:
                    if (finding.where, finding.found) in shown:
                        continue
                    shown.add((finding.where, finding.found))
                yield finding


_PERMISSIONS_OF_YOURS: Final = "your permissions"


def _run(live: Live, check: Check, service: str) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.run(live, service))
    except Absent:
        pass  # the check for its being there reports it
    except Denied as denied:
        found.append(
            Finding(
                check=_PERMISSIONS_OF_YOURS,
                where=denied.where,
                level="warning",
                found=f"you may not {denied.action}, so this was not looked at: {check.name}",
                allowed="anyone who runs pipeline doctor may look",
                remedy=f"allow {denied.action} to whom aws sts get-caller-identity names, or use another --profile",
            )
        )
    except (ClientError, BotoCoreError) as error:
        found.append(
            Finding(
                where=service or "pipeline",
                level="warning",
                found=f"could not be looked at: {error}",
                allowed="an answer",
                remedy="the same again; or https://health.aws.amazon.com/health/status",
            )
        )
    where = live.stack.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    return [
        replace(finding, check=finding.check or check.name, remedy=runnable(finding.remedy, where)) for finding in found
    ]


def runnable(remedy: str, endpoint_url: str | None) -> str:
    """A remedy whose commands of the AWS CLI reach a local AWS.

    Version 1 of the CLI ignores AWS_ENDPOINT_URL for SQS in most regions, and would change a queue of a real account.

    Args:
        remedy: What to do.
        endpoint_url: URL of a local AWS; None for AWS itself.
    """
    if endpoint_url is None:
        return remedy
    return _AWS_COMMAND.sub(rf"aws --endpoint-url {endpoint_url} \1", remedy)
