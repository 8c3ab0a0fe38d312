"""Events of S3 on EventBridge have AWS's fields, and reach a queue only if its policy lets the rule send, as on AWS.

An object has its version-id in a bucket with versions, and no size once it is deleted. The time has whole seconds.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
The queue's policy must let events.amazonaws.com send, where aws:SourceArn is that of the rule.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
"""

import json
import re
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import eventbridge, s3, sqs  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap

_SOURCE: Final = "aws.s3"
_DELETED: Final = "Object Deleted"
_PARTS_OF_A_SECOND: Final = re.compile(r"\.\d+(?=Z$)")

# The version of the object that an event is about, while it is delivered; and the rule that sends it on.
_version: ContextVar[str | None] = ContextVar("version", default=None)
_rule: ContextVar[dict[str, Any] | None] = ContextVar("rule", default=None)


def apply() -> None:
    """Complete the events of S3, and ask the policies of the queues that they go to."""
    parameters = (
        "bucket_name key event_name size etag deletion_type restore_event_data version_id sequencer object_extra"
        " record_extra"
    )
    wrap(s3, "_fire_s3_event", parameters, _fired)
    wrap(eventbridge, "_dispatch_event", "event view", _dispatched)
    wrap(eventbridge, "_invoke_target", "target event rule view", _invoked)
    wrap(eventbridge, "_dispatch_to_sqs", "spec payload sqs_parameters", _sent)


def _fired(fire: Function) -> Function:
    def fired(bucket_name: str, key: str, event_name: str, *more: object, **named: Any) -> None:  # noqa: ANN401
        token = _version.set(named.get("version_id"))
        try:
            fire(bucket_name, key, event_name, *more, **named)
        finally:
            _version.reset(token)

    return fired


def _dispatched(dispatch: Function) -> Function:
    def dispatched(event: dict[str, Any], view: object = None) -> None:
        if event.get("Source") == _SOURCE and view is None:
            detail = json.loads(event["Detail"])
            if _version.get():
                detail["object"]["version-id"] = _version.get()
            if event["DetailType"] == _DELETED:
                del detail["object"]["size"]
            time = _PARTS_OF_A_SECOND.sub("", event["Time"])
            event = {**event, "Detail": json.dumps(detail), "Time": time}
        dispatch(event, view)

    return dispatched


def _invoked(invoke: Function) -> Function:
    def invoked(target: object, event: object, rule: dict[str, Any], view: object = None) -> None:
        token = _rule.set(rule)
        try:
            invoke(target, event, rule, view)
        finally:
            _rule.reset(token)

    return invoked


def _sent(send: Function) -> Function:
    def sent(spec: Any, payload: str, sqs_parameters: object = None) -> None:  # noqa: ANN401 - the emulator's own
        rule = _rule.get() or {}
        account = rule.get("CreatedBy", "")
        if sqs.queue_policy_allows(str(spec), "events.amazonaws.com", rule.get("Arn", ""), account):
            send(spec, payload, sqs_parameters)

    return sent
