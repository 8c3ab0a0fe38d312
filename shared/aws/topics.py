"""The notices on SNS: JSON for machines, plain text for e-mail, attributes for filter policies."""

import json
from typing import TYPE_CHECKING, Final

from shared.aws.refusals import translated
from shared.notices import Email, Notice, email_of, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


# SNS takes 262,144 bytes, attributes included: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_MAX_BYTES: Final = 260_000


class SnsNotices:
    """A topic that people and machines subscribe to.

    Args:
        client: returns the client, which is made for the first notice: most services publish nothing but failures.
        topic_arn: ARN of the topic.
    """

    def __init__(self, client: "Callable[[], SNSClient]", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notice: Notice) -> None:
        """Report an outcome; see shared.ports.Notices."""
        email, message = _within_room(notice)
        with translated(f"publishing to {self._topic_arn.rsplit(':', 1)[-1]}"):
            self._client().publish(
                TopicArn=self._topic_arn,
                Subject=email.subject,
                MessageStructure="json",
                Message=message,
                MessageAttributes={name: _attribute(values) for name, values in email.attributes.items()},
            )


def _within_room(notice: Notice) -> tuple[Email, str]:
    """The notice as SNS takes it: without its last keys where all of them would be too much."""
    while True:
        email = email_of(notice)
        message = json.dumps({"default": email.body, "email": email.text})
        size_bytes = len(message) + sum(map(_size_bytes, email.attributes.items()))
        if size_bytes <= _MAX_BYTES:
            return email, message
        before, notice = notice, shortened(notice, _MAX_BYTES / size_bytes)
        if notice == before:
            return email, message


def _size_bytes(named: tuple[str, tuple[str, ...]]) -> int:
    """Bytes of an attribute: of its name, type and value."""
    name, values = named
    attribute = _attribute(values)
    return sum(len(each.encode()) for each in (name, attribute["DataType"], attribute.get("StringValue", "")))


def _attribute(values: tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    """One text, or several, any of which a filter may match."""
    if len(values) == 1:
        return {"DataType": "String", "StringValue": values[0]}
    return {"DataType": "String.Array", "StringValue": json.dumps(values, ensure_ascii=False)}
