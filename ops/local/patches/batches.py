"""A batch action of SQS is allowed by the action for one message, as on AWS.

AWS knows no sqs:SendMessageBatch: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
and "setting permissions for SendMessage also sets permissions for the corresponding batch versions":
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from typing import Final

import ministack.core.iam_actions  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap

_BATCHES: Final = ("sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessageBatch", "sqs:SendMessageBatch")


def apply() -> None:
    """Name a batch request by the action for one message before it is allowed or denied."""
    wrap(ministack.core.iam_actions, "extract_iam_action", "service method path headers body query_params", _of_one)


def _of_one(of_request: Function) -> Function:
    def action(*request: object, **named: object) -> str | None:
        found: str | None = of_request(*request, **named)
        return found.removesuffix("Batch") if found in _BATCHES else found

    return action
