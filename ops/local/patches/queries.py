"""CloudWatch Logs keeps saved Insights queries, which the emulator lacks.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import ministack.services.cloudwatch_logs as logs  # type: ignore[import-not-found]  # in the emulator's environment
from ministack.core.responses import (  # type: ignore[import-not-found]
    AccountRegionScopedDict,
    error_response_json,
    json_response,
)

from ._inside import Function, wrap

_definitions = AccountRegionScopedDict()


def apply() -> None:
    """Answer the three requests; pass all others to the emulator."""
    wrap(logs, "handle_request", "method path headers body query_params", _knowing)


def _knowing(handle: Function) -> Function:
    answers: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
        "PutQueryDefinition": _put,
        "DescribeQueryDefinitions": _describe,
        "DeleteQueryDefinition": _delete,
    }

    async def handling(method: str, path: str, headers: Mapping[str, str], body: bytes, query: object) -> object:
        answer = answers.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if answer is None:
            return await handle(method, path, headers, body, query)
        return answer(json.loads(body or b"{}"))

    return handling


def _put(request: Mapping[str, Any]) -> object:
    number = request.get("queryDefinitionId") or str(uuid.uuid4())
    kept = {name: request[name] for name in ("name", "queryString", "logGroupNames") if name in request}
    _definitions[number] = {**kept, "queryDefinitionId": number, "lastModified": int(time.time() * 1000)}
    return json_response({"queryDefinitionId": number})


def _describe(request: Mapping[str, Any]) -> object:
    prefix = request.get("queryDefinitionNamePrefix", "")
    return json_response(
        {"queryDefinitions": [each for each in _definitions.values() if each["name"].startswith(prefix)]}
    )


def _delete(request: Mapping[str, Any]) -> object:
    if _definitions.pop(request["queryDefinitionId"], None) is None:
        return error_response_json("ResourceNotFoundException", "The specified query definition does not exist.", 400)
    return json_response({"success": True})
