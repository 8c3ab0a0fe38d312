"""An event source mapping processes its queue with the permissions of the function's role, as on AWS.

Lambda reads the queue "with your function's execution role", which needs the three actions below:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html

A mapping whose role lacks one is refused as it is created, seen for receiving and for deleting:
https://github.com/aws/aws-cdk/issues/6770
https://github.com/functionalone/serverless-iam-roles-per-function/issues/21

What one does that lost a right while it ran is written nowhere. Here it takes nothing where it may not receive or ask
for the queue's attributes, deletes nothing where it may not delete, and says so, in words of our own, in its
LastProcessingResult.
"""

from contextvars import ContextVar
from typing import Any, Final

import ministack.services.lambda_svc  # type: ignore[import-not-found]  # in the emulator's environment
import ministack.services.sqs  # type: ignore[import-not-found]

from ._inside import Function, wrap
from ._roles import denied

_RECEIVING: Final = ("sqs:ReceiveMessage", "sqs:GetQueueAttributes")
_DELETING: Final = ("sqs:DeleteMessage",)

# The mapping and the function's configuration, while a batch of theirs is processed.
_AT_WORK: ContextVar[tuple[Any, Any] | None] = ContextVar("at_work", default=None)


def apply() -> None:
    """Check the role's permissions when a mapping is created, receives an SQS batch and deletes one."""
    functions, queues = ministack.services.lambda_svc, ministack.services.sqs
    wrap(functions, "_create_esm", "data", _created)
    wrap(functions, "_sqs_esm_concurrency", "esm func_rec config queue", _batches_at_once)
    wrap(functions, "_run_sqs_batch", "esm func_rec event batch queue_url queue_name", _worked_off)
    wrap(queues, "_delete_messages_for_esm", "queue_url receipt_handles", _deleted)


def _created(create: Function) -> Function:
    def created(data: dict[str, Any]) -> Any:  # noqa: ANN401 - the emulator's answers
        functions = ministack.services.lambda_svc
        name, qualifier, wrong = functions._resolve_existing_esm_function(data.get("FunctionName", ""))  # noqa: SLF001
        queue = data.get("EventSourceArn", "")
        if wrong is None and ":sqs:" in queue:
            _, config = functions._get_func_record_for_qualifier(name, qualifier)  # noqa: SLF001
            lacking = _lacking(config, queue, (*_RECEIVING, *_DELETING))
            if lacking is not None:
                return functions._invalid_parameter_value(_complaint(lacking))  # noqa: SLF001
        return create(data)

    return created


def _batches_at_once(allowed: Function) -> Function:
    def at_once(esm: dict[str, Any], func_rec: object, config: dict[str, Any], queue: object = None) -> int:
        lacking = _lacking(config, esm["EventSourceArn"], _RECEIVING)
        if lacking is not None:
            esm["LastProcessingResult"] = f"PROBLEM: {_complaint(lacking)}"
            return 0
        at_once: int = allowed(esm, func_rec, config, queue)
        return at_once

    return at_once


def _worked_off(work_off: Function) -> Function:
    def worked_off(esm: dict[str, Any], func_rec: dict[str, Any], *batch: object) -> None:
        token = _AT_WORK.set((esm, func_rec["config"]))
        try:
            work_off(esm, func_rec, *batch)
        finally:
            _AT_WORK.reset(token)
        lacking = _lacking(func_rec["config"], esm["EventSourceArn"], _DELETING)
        if lacking is not None:
            esm["LastProcessingResult"] = f"PROBLEM: {_complaint(lacking)}"

    return worked_off


def _deleted(delete: Function) -> Function:
    def deleted(queue_url: str, receipt_handles: set[str]) -> None:
        at_work = _AT_WORK.get()
        if at_work is None or _lacking(at_work[1], at_work[0]["EventSourceArn"], _DELETING) is None:
            delete(queue_url, receipt_handles)

    return deleted


def _lacking(config: dict[str, Any], queue: str, actions: tuple[str, ...]) -> str | None:
    return next((action for action in actions if denied(config, action, queue)), None)


def _complaint(action: str) -> str:
    return f"The function execution role does not have permissions to call {action.removeprefix('sqs:')} on SQS"
