"""Least-privilege IAM policies of each service, built from names."""

from typing import Any, Final

from ops.names import SERVICES, Names

VERSION: Final = "2012-10-17"

Document = dict[str, Any]

# The two statements with a wildcard. The picture is in the request and the model is AWS's own, so the actions know no
# resource that could be named.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html
MODERATE: Final[Document] = {
    "Sid": "Moderate",
    "Effect": "Allow",
    "Action": ["rekognition:DetectModerationLabels"],
    "Resource": "*",
}

FIND_FACES: Final[Document] = {
    "Sid": "FindFaces",
    "Effect": "Allow",
    "Action": ["rekognition:DetectFaces"],
    "Resource": "*",
}


def trust() -> Document:
    """Trust policy: Lambda may assume a function's role."""
    return {
        "Version": VERSION,
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }


def role(service: str, names: Names, *, moderates: bool = False, detects_faces: bool = False) -> Document:
    """Policy of a service's role: all that its function may do, by the names and the settings."""
    here = SERVICES.index(service)
    logs = f"arn:{names.partition}:logs:{names.region}:{names.account}"
    log_group = f"{logs}:log-group:/aws/lambda/{names.function(service)}"
    statements = [
        _allow(
            "ConsumeItsQueue",
            # Sending is for what waited too often without being begun: it is requeued, or its attempts would be used
            # up.
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            names.queue_arn(names.queue(service)),
        ),
        _allow("SendToItsDlq", ["sqs:SendMessage"], names.queue_arn(names.dlq(service))),
        _allow("KeepTheLedger", ["dynamodb:GetItem", "dynamodb:UpdateItem"], names.ledger_arn),
        _allow("NotifySubscribers", ["sns:Publish"], names.topic_arn),
        _allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group}:*"),
        *_STATEMENTS[service](names),
        *([MODERATE] if moderates and service == SERVICES[0] else []),
        *([FIND_FACES] if detects_faces and service == SERVICES[0] else []),
    ]
    if here + 1 < len(SERVICES):
        following = names.queue_arn(names.queue(SERVICES[here + 1]))
        statements.append(_allow("SendToTheNextService", ["sqs:SendMessage"], following))
    return {"Version": VERSION, "Statement": statements}


def input_queue(names: Names) -> Document:
    """Policy of the first queue: S3, or a rule of EventBridge, may send the events of the input bucket."""
    if names.buckets.events == "eventbridge":
        sent = {"ArnEquals": {"aws:SourceArn": names.rule_arn}}
        return _receives("TakeEventsOfTheInputBucket", names.queue_arn(names.queue(SERVICES[0])), "events", sent)
    condition = {
        "ArnEquals": {"aws:SourceArn": names.bucket_arn(names.input_bucket)},
        "StringEquals": {"aws:SourceAccount": names.account},
    }
    return _receives("TakeEventsOfTheInputBucket", names.queue_arn(names.queue(SERVICES[0])), "s3", condition)


def notified_queue(queue_arn: str, topic_arn: str) -> Document:
    """Policy of a subscribed queue: SNS may send the notifications of the topic."""
    return _receives("TakeNotices", queue_arn, "sns", {"ArnEquals": {"aws:SourceArn": topic_arn}})


def _receives(sid: str, queue_arn: str, service: str, condition: Document) -> Document:
    """Policy of a queue that a service of AWS may send to on a condition."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": condition,
    }
    return {"Version": VERSION, "Statement": [statement]}


def _resize(names: Names) -> list[Document]:
    return [
        _allow(
            "ReadUploads",
            ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"],
            f"{names.bucket_arn(names.input_bucket)}/{names.buckets.input.prefix}*",
        ),
        _distinguish("Uploads", names.bucket_arn(names.input_bucket)),
        _allow("WriteIntermediate", ["s3:PutObject"], f"{names.bucket_arn(names.work_bucket)}/*"),
    ]


def _watermark(names: Names) -> list[Document]:
    return [
        _allow("WriteIntermediate", ["s3:GetObject", "s3:PutObject"], f"{names.bucket_arn(names.work_bucket)}/*"),
        _distinguish("Intermediate", names.bucket_arn(names.work_bucket)),
    ]


def _store(names: Names) -> list[Document]:
    return [
        _allow(
            "ReadAndSweepIntermediate", ["s3:GetObject", "s3:DeleteObject"], f"{names.bucket_arn(names.work_bucket)}/*"
        ),
        _distinguish("Intermediate", names.bucket_arn(names.work_bucket)),
        # Reading is for the owner that an output's metadata names, before it is written over or removed.
        _allow(
            "WriteOutputs",
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
            f"{names.bucket_arn(names.output_bucket)}/{names.buckets.output.prefix}*",
        ),
        _distinguish("Outputs", names.bucket_arn(names.output_bucket)),
        # All items of one batch, to say what is missing of it.
        _allow("ReadUploadBatches", ["dynamodb:Query"], names.ledger_arn),
    ]


_STATEMENTS: Final = {"resize": _resize, "watermark": _watermark, "store": _store}


def _distinguish(what: str, bucket_arn: str) -> Document:
    """Permission to distinguish missing from forbidden keys: without it, S3 answers 403 for both.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    return _allow(f"DistinguishMissing{what}", ["s3:ListBucket"], bucket_arn)


def _allow(sid: str, actions: list[str], resource: str) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
