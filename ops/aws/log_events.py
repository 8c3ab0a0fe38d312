"""What a function logged, read from its log group in CloudWatch: the one place that asks."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


def log_events(
    logs: Any,  # noqa: ANN401 - a client
    function: str,
    *,
    phrase: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The events of a function's log group, as CloudWatch has them: "message", and "timestamp" in milliseconds.

    Args:
        logs: A client of CloudWatch Logs.
        function: The function's name.
        phrase: That a line must have, wherever it stands in the line; None for every line.
            https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
        since: Of the first event; None for the oldest.
        until: Of the last event; None for the newest.

    Raises:
        botocore.exceptions.ClientError: The log group does not exist, or may not be read.
    """
    asked: dict[str, Any] = {"logGroupName": log_group(function)}
    if phrase is not None:
        quoted = phrase.replace('"', '\\"')
        asked["filterPattern"] = f'"{quoted}"'
    for name, moment in (("startTime", since), ("endTime", until)):
        if moment is not None:
            asked[name] = int(moment.timestamp() * 1000)
    for page in logs.get_paginator("filter_log_events").paginate(**asked):
        yield from page["events"]


def log_group(function: str) -> str:
    """The log group that Lambda writes a function's log to."""
    return f"/aws/lambda/{function}"
