"""CloudWatch describes an alarm with all its parameters, including metric math, in every protocol.

Asked by the query protocol, which Terraform's provider speaks, the emulator leaves out periods, dimensions, actions and
more. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

import botocore.session
import ministack.services.cloudwatch  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap

_MODEL: Final = botocore.session.get_session().get_service_model("cloudwatch")
_PARAMETERS: Final = "params cbor_data is_cbor is_json"


def apply() -> None:
    """Keep all parameters of an alarm, and describe them."""
    wrap(ministack.services.cloudwatch, "_put_metric_alarm", _PARAMETERS, _kept)
    wrap(ministack.services.cloudwatch, "_describe_alarms", _PARAMETERS, _notified)


def _shape() -> Any:  # noqa: ANN401 - botocore's types know no shape of structures here
    return _MODEL.shape_for("MetricAlarm")


def _alarms() -> dict[str, dict[str, Any]]:
    """The emulator's own, by name: of the account and region of the request."""
    every: dict[str, dict[str, Any]] = ministack.services.cloudwatch._alarms  # noqa: SLF001 - what is patched
    return every


def _kept(put: Function) -> Function:
    def putting(params: Mapping[str, Any], fields: dict[str, Any], is_cbor: bool, is_json: bool = False) -> object:
        by_query = not (is_cbor or is_json)
        asked_for = _MODEL.operation_model("PutMetricAlarm").input_shape
        request: dict[str, Any] = _parsed(_flat(params), "", asked_for) if by_query else fields
        answer = put(params, fields, is_cbor, is_json)
        alarm = _alarms().get(request.get("AlarmName", ""))
        if alarm is not None:
            members = _shape().members
            alarm.update({name: value for name, value in request.items() if name in members})
            if "Metrics" in request:
                # An alarm on metric math has no metric of its own: the emulator's defaults are none of it.
                for name in {"MetricName", "Namespace", "Statistic", "Period", "Unit"} - request.keys():
                    alarm.pop(name, None)
        return answer

    return putting


def _notified(describe: Function) -> Function:
    def describing(params: Mapping[str, Any], fields: dict[str, Any], is_cbor: bool, is_json: bool = False) -> object:
        answer = describe(params, fields, is_cbor, is_json)
        if is_cbor or is_json:
            return answer
        status, headers, body = answer
        shape = _shape()

        def whole(found: re.Match[str]) -> str:
            alarm = _alarms().get(found["name"])
            return found[0] if alarm is None else f"<member>{_written(alarm, shape)}</member>"

        text = body.decode() if isinstance(body, bytes) else body
        text = re.sub(
            r"<member><AlarmName>(?P<name>[^<]*)</AlarmName><AlarmArn>.*?</member>", whole, text, flags=re.DOTALL
        )
        return status, headers, text.encode()

    return describing


def _flat(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in params.items()}


def _parsed(params: Mapping[str, str], prefix: str, shape: Any) -> Any:  # noqa: ANN401 - shapes of all kinds
    """Parse a shape of the query protocol.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    """
    if shape.type_name == "structure":
        return {
            name: _parsed(params, f"{prefix}{name}.", member)
            for name, member in shape.members.items()
            if any(f"{each}.".startswith(f"{prefix}{name}.") for each in params)
        }
    if shape.type_name == "list":
        items: list[Any] = []
        while any(f"{each}.".startswith(f"{prefix}member.{len(items) + 1}.") for each in params):
            items.append(_parsed(params, f"{prefix}member.{len(items) + 1}.", shape.member))
        return items
    text = params[prefix[:-1]]
    if shape.type_name == "boolean":
        return text == "true"
    return {"integer": int, "double": float}.get(shape.type_name, str)(text)


def _written(value: Any, shape: Any) -> str:  # noqa: ANN401 - shapes of all kinds
    """Serialise a value of a shape as XML of the query protocol."""
    if shape.type_name == "structure":
        return "".join(
            f"<{name}>{_written(value[name], member)}</{name}>"
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if shape.type_name == "list":
        return "".join(f"<member>{_written(each, shape.member)}</member>" for each in value)
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return escape(str(value))
