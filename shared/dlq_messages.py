"""What a DLQ message carries besides the original body, within what SQS allows."""

import re
from datetime import UTC, datetime
from typing import Final

from shared.messages import Source
from shared.ports import DlqMessage

# SQS takes ten attributes a message, and the XML characters #x9 | #xA | #xD | #x20-#xD7FF | #xE000-#xFFFD | #x10000 on.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NOT_IN_SQS: Final = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

MAX_REASON: Final = 1000


def printable(text: str) -> str:
    r"""The text, with the characters that SQS refuses written as \x00 or \u0000."""
    return re.sub(_NOT_IN_SQS, lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def dlq_message(
    body: str,
    *,
    service: str,
    error: BaseException,
    attempts: int,
    source: Source | None,
    first_failure: datetime,
    replays: int,
    group: str | None = None,
) -> DlqMessage:
    """The original body, unchanged, with why and where it failed as attributes.

    Args:
        body: the body as it came.
        service: the service where it failed.
        error: its class and text become the attributes error and reason.
        attempts: how often it was tried.
        source: the image; None where the body could not be read.
        first_failure: when it was first tried.
        replays: how often it was sent back from this queue before.
        group: of the message; None for none.
    """
    attributes = {
        "service": service,
        "error": type(error).__name__,
        "reason": str(error)[:MAX_REASON] or type(error).__name__,
        "attempts": str(attempts),
        "first_failure": iso(first_failure),
        "replays": str(replays),
    }
    if source is not None:
        attributes |= {"image_id": source.image_id, "key": source.key}
        if source.batch is not None:
            attributes["batch"] = source.batch.id
    return DlqMessage(body=body, attributes={name: printable(value) for name, value in attributes.items()}, group=group)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as S3 writes times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
