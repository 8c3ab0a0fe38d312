"""A function's log is written with the permissions of its role, as on AWS: "the function still runs", but logs nothing.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
https://serverlessland.com/content/service/lambda/guides/aws-lambda-operator-guide/access-logs
"""

from typing import Any

import ministack.services.cloudwatch_logs  # type: ignore[import-not-found]  # in the emulator's environment
import ministack.services.lambda_svc  # type: ignore[import-not-found]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-not-found]

from ._inside import Function, wrap
from ._roles import denied


def apply() -> None:
    """Write no log of a function whose role may not."""
    parameters = "func request_id log_text error duration_ms log_source"
    wrap(ministack.services.lambda_svc, "_emit_lambda_logs", parameters, _written)


def _written(write: Function) -> Function:
    def written(func: dict[str, Any], request_id: str, *what: object, **named: object) -> None:
        config = func.get("config") or func
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        # A stream's name is made up as the log is written; no role can name one.
        stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:{request_id}"
        actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
        if group not in ministack.services.cloudwatch_logs._log_groups:  # noqa: SLF001 - the emulator's own state
            actions.append("logs:CreateLogGroup")
        if not any(denied(config, action, stream) for action in actions):
            write(func, request_id, *what, **named)

    return written
