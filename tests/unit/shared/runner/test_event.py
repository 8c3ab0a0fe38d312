"""Lambda's SQS event: read strictly, and answered with exactly what must come back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadMessage
from shared.runner.event import Record, answer, records

# As AWS documents it: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
MESSAGE = {
    "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
    "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    "body": "the body",
    "attributes": {
        "ApproximateReceiveCount": "2",
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    },
    "messageAttributes": {"replays": {"stringValue": "3", "dataType": "String"}},
    "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
    "awsRegion": "us-east-2",
}


def read(**changed):
    (record,) = records({"Records": [MESSAGE | changed]})
    return record


def test_a_message_is_read_as_aws_documents_it():
    assert read() == Record(
        message_id="059f36b4-87a3-44ab-83d2-661975830a7d",
        receipt_handle="AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        body="the body",
        receives=2,
        replays=3,
        first_received=datetime(2018, 12, 17, 21, 37, 29, 185_000, tzinfo=UTC),
        attributes={"replays": "3"},
    )


def test_records_keep_their_order():
    batch = records({"Records": [MESSAGE | {"messageId": str(number)} for number in range(10)]})
    assert [record.message_id for record in batch] == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    "event",
    [{}, {"Records": []}, {"Records": None}, {"Records": {"messageId": "a"}}, {"records": [MESSAGE]}, [], None, "{}"],
    ids=repr,
)
def test_what_is_not_an_sqs_batch_raises(event):
    with pytest.raises(BadMessage, match="not a batch of SQS messages"):
        records(event)


@pytest.mark.parametrize("name", ["messageId", "receiptHandle", "body", "attributes"])
@pytest.mark.parametrize("value", [None, 1, ["a"]], ids=repr)
def test_one_record_that_cannot_be_answered_for_fails_the_batch(name, value):
    for broken in (MESSAGE | {name: value}, {key: kept for key, kept in MESSAGE.items() if key != name}):
        with pytest.raises(BadMessage, match="not an SQS message"):
            records({"Records": [MESSAGE, broken]})


@pytest.mark.parametrize("record", [None, "a", 1, [], MESSAGE | {"messageId": ""}], ids=repr)
def test_a_record_that_is_not_a_message_fails_the_batch(record):
    with pytest.raises(BadMessage, match="not an SQS message"):
        records({"Records": [MESSAGE, record]})


@pytest.mark.parametrize("receives", ["many", "1.5", None])
def test_a_receive_count_must_be_one(receives):
    attributes = {"ApproximateReceiveCount": receives} if receives else {}
    with pytest.raises(BadMessage):
        read(attributes=attributes)


def test_an_empty_body_fails_its_own_message_and_not_the_sqs_batch():
    assert read(body="").body == ""


@pytest.mark.parametrize("attributes", [None, {}, {"replays": {}}, {"replays": {"stringValue": "-1"}}], ids=repr)
def test_what_was_never_replayed_counts_none(attributes):
    assert read(messageAttributes=attributes).replays == 0


@given(st.lists(st.text(min_size=1)))
def test_the_answer_names_each_failure_once_a_message(failed):
    assert answer(iter(failed)) == {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def test_nothing_failed_is_an_empty_list_which_lambda_takes_as_success():
    assert answer(()) == {"batchItemFailures": []}
