"""The notices on SNS: JSON for machines, plain text for e-mail, attributes for filter policies."""

import json
from typing import TYPE_CHECKING

from shared.aws.refusals import translated
from shared.notices import Notice, email_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


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
        email = email_of(notice)
        with translated(f"publishing to {self._topic_arn.rsplit(':', 1)[-1]}"):
            self._client().publish(
                TopicArn=self._topic_arn,
                Subject=email.subject,
                MessageStructure="json",
                Message=json.dumps({"default": email.body, "email": email.text}),
                MessageAttributes={name: _attribute(values) for name, values in email.attributes.items()},
            )


def _attribute(values: tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    """One text, or several, any of which a filter may match."""
    if len(values) == 1:
        return {"DataType": "String", "StringValue": values[0]}
    return {"DataType": "String.Array", "StringValue": json.dumps(values, ensure_ascii=False)}
