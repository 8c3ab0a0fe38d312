"""Message groups of SQS's fair queues: a million old images are one group, so that they delay no new upload.

While a group has more than its share of the messages in work, SQS gives those of other groups first. A message without
a group is a group of its own, as each of S3's own events is:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

BACKFILL: Final = "backfill"
REPLAY: Final = "replay"

# The message attribute that says the group once more. Lambda's event is documented to have all message attributes, but
# to have MessageGroupId of FIFO queues alone: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
ATTRIBUTE: Final = "group"

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
MAX_ATTRIBUTES: Final = 10

_SYSTEM_ATTRIBUTE: Final = "MessageGroupId"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_VALID: Final = re.compile("[!-~]{1,128}")


def in_group(message: Mapping[str, Any], group: str | None) -> dict[str, Any]:
    """A message as SQS takes it, with its group.

    Args:
        message: a MessageBody, and MessageAttributes if it has any, in SQS's own form.
        group: None for none.
    """
    attributes = {name: value for name, value in message.get("MessageAttributes", {}).items() if name != ATTRIBUTE}
    if group is not None and len(attributes) < MAX_ATTRIBUTES:
        attributes[ATTRIBUTE] = {"DataType": "String", "StringValue": group}
    return {
        "MessageBody": message["MessageBody"],
        **({"MessageAttributes": attributes} if attributes else {}),
        **({_SYSTEM_ATTRIBUTE: group} if group is not None else {}),
    }


def group_of(attributes: Mapping[str, str], system: Mapping[str, str]) -> str | None:
    """The group of a message that was received; None for none, and for what SQS would not take as one.

    Args:
        attributes: its text attributes, by name.
        system: what SQS itself says of it, by SQS's names.
    """
    group = attributes.get(ATTRIBUTE) or system.get(_SYSTEM_ATTRIBUTE) or ""
    return group if isinstance(group, str) and _VALID.fullmatch(group) else None
