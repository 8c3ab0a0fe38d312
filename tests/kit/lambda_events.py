"""Lambda's SQS event, built from messages that were received with all their attributes."""

from collections.abc import Mapping, Sequence
from typing import Any


def event(messages: Sequence[Mapping[str, Any]], receives: int | None = None) -> dict[str, Any]:
    """The event with which a function is invoked; see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.

    Args:
        messages: messages as SQS returns them.
        receives: receive count to state for each message; None for the real one.
    """
    overridden = {} if receives is None else {"ApproximateReceiveCount": str(receives)}
    return {"Records": [_record(each, overridden) for each in messages]}


def _record(message: Mapping[str, Any], overridden: Mapping[str, str]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"] | overridden,
        "messageAttributes": {
            name: {"stringValue": each["StringValue"], "dataType": each["DataType"]}
            for name, each in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
        "awsRegion": "us-east-1",
    }
