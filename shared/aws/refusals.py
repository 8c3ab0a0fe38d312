"""AWS's errors turned into this pipeline's own, by one table: what may pass, and what never will."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import (
    AccessDenied,
    AwsUnavailable,
    CustomerKeyRequired,
    KeyUnusable,
    NotFound,
    ObjectArchived,
    PipelineError,
    PreconditionFailed,
    RequestInvalid,
)

# Codes of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. The answer to a HEAD has no body,
# and the SDK takes the status for its code. 405 is S3's answer for a version that is a delete marker:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
_MISSING: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed", "405"})
_CONDITION: Final = frozenset(
    {"PreconditionFailed", "ConditionalRequestConflict", "ConditionalCheckFailedException", "412", "409"}
)
# S3, DynamoDB and SQS, SNS; each of SNS and SQS on a key that they may not use; and a HEAD.
_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "KMSAccessDenied", "KmsAccessDenied", "403"}
)
# GetObject of what lies in Glacier Flexible Retrieval or Deep Archive:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
_ARCHIVED: Final = "InvalidObjectState"
# S3 passes on what KMS says, as "KMS.DisabledException"; that KMS is throttled may pass.
# https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors
_KEY: Final = re.compile(r"KMS\.(?:Disabled|NotFound|KMSInvalidState|InvalidKeyUsage|InvalidGrantToken)\w*")
# The text of a GetObject without the key that it was uploaded with; its code is that of any invalid request.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
_CUSTOMER_KEY: Final = "form of Server Side Encryption"
# Of 400s those alone that no waiting changes: throttling, expired credentials and broken connections are 400s, too.
_INVALID: Final = frozenset(
    {
        "InvalidRequest",
        "InvalidArgument",
        "KeyTooLongError",
        "MetadataTooLarge",
        "InvalidTag",
        "EntityTooLarge",
        "RequestHeaderSectionTooLarge",
    }
)

# The action that an operation needs, where it is called otherwise.
_ACTIONS: Final[Mapping[str, str]] = {
    "HeadObject": "s3:GetObject and s3:ListBucket",
    "DeleteObjects": "s3:DeleteObject",
    "GetItem": "dynamodb:GetItem",
    "UpdateItem": "dynamodb:UpdateItem",
    "Publish": "sns:Publish",
    "SendMessageBatch": "sqs:SendMessage",
    "DeleteMessageBatch": "sqs:DeleteMessage",
    "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "DetectFaces": "rekognition:DetectFaces",
    "DetectModerationLabels": "rekognition:DetectModerationLabels",
}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn an AWS error into one that says whether to try again.

    Args:
        doing: what was tried, for the reason: "reading s3://bucket/key".

    Raises:
        NotFound: 404, or 405 of a delete marker.
        PreconditionFailed: 412 or 409.
        AccessDenied: 403, for lack of a permission.
        ObjectArchived: the object must be restored first.
        CustomerKeyRequired: the object is encrypted with a key that AWS does not have.
        KeyUnusable: KMS does not use the key.
        RequestInvalid: no waiting makes the request a good one.
        AwsUnavailable: anything else.
    """
    try:
        yield
    except ClientError as error:
        raise _translation(error, doing) from error
    except (BotoCoreError, OSError) as error:
        raise AwsUnavailable(f"{doing}: {type(error).__name__}: {error}") from error


def error_code(error: ClientError) -> str:
    """The code of an AWS error, such as "NoSuchKey"; the HTTP status where there is none."""
    response: dict[str, Any] = dict(error.response)
    code = response.get("Error", {}).get("Code")
    return str(code or response.get("ResponseMetadata", {}).get("HTTPStatusCode", "unknown"))


def _translation(error: ClientError, doing: str) -> PipelineError:
    code, message = error_code(error), str(error.response.get("Error", {}).get("Message", ""))
    if code in _MISSING:
        return NotFound(f"{doing}: not there ({code})")
    if code in _CONDITION:
        return PreconditionFailed(f"{doing}: {code}")
    if code in _DENIED:
        return AccessDenied(_denied(doing, error.operation_name, message))
    return _permanent(code, message, doing) or AwsUnavailable(f"{doing}: {code}: {message}")


def _permanent(code: str, message: str, doing: str) -> PipelineError | None:
    """The error of an answer that no waiting changes; None of any other."""
    if code == _ARCHIVED:
        return ObjectArchived(
            f"{doing}: the object is archived ({code}). Restore it (aws s3api restore-object), then replay the message"
        )
    if _KEY.fullmatch(code):
        return KeyUnusable(f"{doing}: {code}: {message}. Enable the key, then replay the message")
    if code == "InvalidRequest" and _CUSTOMER_KEY in message:
        return CustomerKeyRequired(
            f"{doing}: the object is encrypted with its uploader's own key (SSE-C). Upload it without one"
        )
    return RequestInvalid(f"{doing}: {code}: {message}") if code in _INVALID else None


def _denied(doing: str, operation: str, message: str) -> str:
    """Which role lacks which action, as far as AWS says it, and what to grant.

    S3 says so to callers of the same organization alone:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    role = re.search(r"assumed-role/([^/\s]+)", message)
    who = f"role {role[1]}" if role else "the service's role"
    named = re.search(r"perform: ([\w-]+:\w+)", message)
    action = named[1] if named else _ACTIONS.get(operation, f"s3:{operation}")
    if "kms" in message.lower() and not action.startswith("kms:"):
        action = "kms:Decrypt"
    denying = re.search(r"explicit deny in an? ([\w -]+?policy)", message)
    why = f"An explicit deny in a {denying[1]} forbids {action}: change it" if denying else f"Grant {action}"
    return f"AccessDenied {doing} ({who}). {why}, then: pipeline dlq replay --error AccessDenied"
