"""What a pipeline's functions logged, read from their log groups in CloudWatch: the one place that asks."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from ops.stack import Stack


class NoLogGroup(Exception):
    """A function has no log group yet.

    Args:
        group: the name that it will have.
    """

    def __init__(self, group: str) -> None:
        super().__init__(f"there is no log group {group}")
        self.group = group


def events(
    stack: "Stack",
    service: str,
    *,
    phrase: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The events of a service's log, as CloudWatch has them: "message", and "timestamp" in milliseconds.

    Args:
        stack: the pipeline.
        service: whose function.
        phrase: that a line must have, anywhere in it; None for every line.
            https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
        since: of the first event; None for the oldest.
        until: of the last event; None for the newest.

    Raises:
        NoLogGroup: the function has none.
        botocore.exceptions.ClientError: it may not be read.
    """
    group = log_group(stack.names.function(service))
    request: dict[str, Any] = {"logGroupName": group}
    if phrase is not None:
        quoted = phrase.replace('"', '\\"')
        request["filterPattern"] = f'"{quoted}"'
    for name, moment in (("startTime", since), ("endTime", until)):
        if moment is not None:
            request[name] = int(moment.timestamp() * 1000)
    try:
        for page in stack.client("logs").get_paginator("filter_log_events").paginate(**request):
            yield from page["events"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        raise NoLogGroup(group) from error


def log_group(function: str) -> str:
    """The log group that Lambda writes a function's log to."""
    return f"/aws/lambda/{function}"
