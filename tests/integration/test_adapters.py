"""The ports on AWS's wire."""

import json

import pytest
from botocore.exceptions import ClientError

from shared.aws.objects import S3Objects
from shared.aws.queues import SqsNextQueue, SqsSourceQueue, send_later
from shared.aws.topics import SnsNotices
from shared.errors import AccessDenied, AwsUnavailable, NotFound, PreconditionFailed
from shared.messages import Source
from shared.notifications import ImageFailed
from shared.ports import DlqMessage, Headers


@pytest.fixture
def objects(aws):
    return S3Objects(aws.s3)


class Counted:
    """A client that counts its calls, and may refuse some."""

    def __init__(self, client):
        self.client = client
        self.calls = []
        self.fail = {}

    def __getattr__(self, name):
        def call(**values):
            self.calls.append((name, values))
            if name in self.fail:
                return self.fail[name](values)
            return getattr(self.client, name)(**values)

        return call


def denied(code="AccessDenied", operation="GetObject"):
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation
    )


def test_an_object_is_read_by_its_version(aws, objects):
    bucket = aws.names.input_bucket
    first = aws.s3.put_object(Bucket=bucket, Key="a b+ü🌄.jpg", Body=b"one", Metadata={"artist": "Ada"})["VersionId"]
    aws.s3.put_object(Bucket=bucket, Key="a b+ü🌄.jpg", Body=b"two")
    fetched = objects.get(bucket, "a b+ü🌄.jpg", version_id=first)
    assert (fetched.body, fetched.info.metadata) == (b"one", {"artist": "Ada"})
    assert objects.get(bucket, "a b+ü🌄.jpg").body == b"two"


def test_what_a_service_sends_to_itself_for_hours_begins_a_chain_of_requests_each_time(aws, monkeypatch):
    """Lambda stops a chain in which a function comes 16 times; the others keep their traces."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "pics-store")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:16")
    client, url, seen = aws.sqs, aws.urls["image-pipeline-store"], []
    client.meta.events.register("before-send.sqs", lambda request, **_: seen.append(dict(request.headers)))
    for _ in range(2):
        send_later(client, url, "{}", 600)
    assert SqsNextQueue(client, url).send(["{}"], [None]) == [None]
    assert ["Lineage=1" in str(headers.get("X-Amzn-Trace-Id")) for headers in seen] == [False, False, True]


def test_a_version_under_a_delete_marker_is_not_there_though_it_can_be_read(aws, objects):
    bucket = aws.names.input_bucket
    first = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    assert objects.get_undeleted(bucket, "k", version_id=first).body == b"one"
    aws.s3.delete_object(Bucket=bucket, Key="k")
    assert objects.get(bucket, "k", version_id=first).body == b"one"
    with pytest.raises(NotFound):
        objects.get_undeleted(bucket, "k", version_id=first)
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"three")
    assert objects.get_undeleted(bucket, "k", version_id=first).body == b"one"
    assert objects.get_undeleted(bucket, "k").body == b"three"


def test_the_current_version_is_read_in_one_request_and_one_that_cannot_be_read_hides_none(aws):
    bucket, client = aws.names.input_bucket, Counted(aws.s3)
    objects = S3Objects(client)
    first, second = (aws.s3.put_object(Bucket=bucket, Key="k", Body=each)["VersionId"] for each in (b"one", b"two"))
    assert objects.get_undeleted(bucket, "k", version_id=second).body == b"two"
    assert len(client.calls) == 1
    for code in ("InvalidObjectState", "AccessDenied"):

        def refuse(values, code=code):
            if "VersionId" not in values:
                raise denied(code)
            return aws.s3.get_object(**values)

        client.fail = {"get_object": refuse}
        assert objects.get_undeleted(bucket, "k", version_id=first).body == b"one"


def test_what_is_not_there_is_not_found(aws, objects):
    for call in (objects.get, objects.head, objects.tags):
        with pytest.raises(NotFound):
            call(aws.names.work_bucket, "nowhere")


def test_a_forbidden_read_is_not_a_missing_object(aws):
    client = Counted(aws.s3)

    def refuse(_):
        raise denied()

    client.fail = {"get_object": refuse, "head_object": refuse, "get_object_tagging": refuse, "put_object": refuse}
    objects = S3Objects(client)
    for call in (objects.get, objects.head, objects.tags):
        with pytest.raises(AccessDenied, match="s3://b/k"):
            call("b", "k")
    with pytest.raises(AccessDenied, match="writing s3://b/k"):
        objects.put("b", "k", b"", Headers())


def test_an_object_is_written_with_its_metadata_and_tags(aws, objects):
    headers = Headers(
        content_type="image/jpeg",
        cache_control="no-store",
        metadata={"artist": "Ada"},
        tags={"album": "sea/sun=1 +2", "year": "2026"},
    )
    objects.put(aws.names.output_bucket, "k", b"x", headers)
    head = aws.s3.head_object(Bucket=aws.names.output_bucket, Key="k")
    assert (head["ContentType"], head["CacheControl"], head["Metadata"]) == (
        "image/jpeg",
        "no-store",
        {"artist": "Ada"},
    )
    assert objects.tags(aws.names.output_bucket, "k") == {"album": "sea/sun=1 +2", "year": "2026"}
    assert objects.get(aws.names.output_bucket, "k").info.tag_count == 2


def test_objects_are_removed_together_and_those_that_are_gone_are_no_error(aws, objects):
    bucket = aws.names.work_bucket
    for key in ("a", "b/ü &<>.zip", "c"):
        objects.put(bucket, key, b"1", Headers())
    objects.delete(bucket, ["a", "b/ü &<>.zip", "gone"])
    assert [each["Key"] for each in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]


def test_a_thousand_and_one_objects_are_two_requests_and_what_stays_is_reported():
    client = Counted(None)
    client.fail["delete_objects"] = lambda values: (
        {"Errors": [{"Key": "7", "Code": "InternalError"}]} if len(values["Delete"]["Objects"]) == 1 else {}
    )
    with pytest.raises(AwsUnavailable, match="removing s3://in/7: InternalError"):
        S3Objects(client).delete("in", [str(number) for number in range(1001)])
    assert [len(values["Delete"]["Objects"]) for _, values in client.calls] == [1000, 1]


def test_a_conditional_write_meets_its_condition_or_fails(aws, objects):
    bucket = aws.names.output_bucket
    objects.put_if(bucket, "k", b"one", Headers(), etag=None)
    with pytest.raises(PreconditionFailed):
        objects.put_if(bucket, "k", b"two", Headers(), etag=None)
    etag = objects.head(bucket, "k").etag
    objects.put_if(bucket, "k", b"two", Headers(), etag=etag)
    with pytest.raises(PreconditionFailed):
        objects.put_if(bucket, "k", b"three", Headers(), etag=etag)
    assert objects.get(bucket, "k").body == b"two"


def test_an_object_is_removed_by_its_etag_and_one_that_is_gone_is_no_error(aws):
    client = Counted(aws.s3)
    objects = S3Objects(client)
    objects.put(aws.names.output_bucket, "k", b"x", Headers())
    objects.delete_if(aws.names.output_bucket, "k", etag=objects.head(aws.names.output_bucket, "k").etag)
    assert client.calls[-1] == (
        "delete_object",
        {"Bucket": aws.names.output_bucket, "Key": "k", "IfMatch": '"9dd4e461268c8034f5c8564e155c67a6"'},
    )
    with pytest.raises(NotFound):
        objects.head(aws.names.output_bucket, "k")

    def refuse(code):
        def refusing(_):
            raise denied(code, "DeleteObject")

        return refusing

    client.fail = {"delete_object": refuse("NoSuchKey")}
    objects.delete_if("b", "k", etag='"e"')
    client.fail = {"delete_object": refuse("PreconditionFailed")}
    with pytest.raises(PreconditionFailed):
        objects.delete_if("b", "k", etag='"e"')


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "NoSuchKey"])
def test_a_conflict_and_a_deletion_meanwhile_are_unmet_conditions(aws, code):
    client = Counted(aws.s3)

    def refuse(_):
        raise denied(code, "PutObject")

    client.fail = {"put_object": refuse}
    with pytest.raises(PreconditionFailed):
        S3Objects(client).put_if("b", "k", b"", Headers(), etag='"e"')


def received(aws, queue):
    messages = []
    while got := aws.sqs.receive_message(
        QueueUrl=aws.urls[queue], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        messages += got
    return messages


def test_eleven_messages_are_two_requests(aws):
    client = Counted(aws.sqs)
    next_queue = SqsNextQueue(client, aws.urls["image-pipeline-store"])
    assert next_queue.send([f"m{index}" for index in range(11)], [None] * 11) == [None] * 11
    assert [len(values["Entries"]) for _, values in client.calls] == [10, 1]
    assert {each["Body"] for each in received(aws, "image-pipeline-store")} == {f"m{index}" for index in range(11)}


def test_a_request_is_never_larger_than_sqs_takes(aws):
    client = Counted(aws.sqs)
    next_queue = SqsNextQueue(client, aws.urls["image-pipeline-store"])
    assert next_queue.send(["x" * 250_000] * 9, [None] * 9) == [None] * 9
    assert [len(values["Entries"]) for _, values in client.calls] == [4, 4, 1]


@pytest.mark.parametrize("send", ["dead_letter", "requeue"])
def test_what_comes_back_or_fails_is_split_by_bytes_attributes_included(aws, send):
    client = Counted(aws.sqs)
    url, dlq_url = (aws.urls[f"image-pipeline-store{end}"] for end in ("", "-dlq"))
    entries = [DlqMessage(body="x" * 250_000, attributes={"reason": "ü" * 6_100})] * 9
    assert getattr(SqsSourceQueue(lambda: client, url, dlq_url), send)(entries) == [None] * 9
    # Four bodies fit one request without their attributes.
    assert [len(values["Entries"]) for _, values in client.calls] == [3, 3, 3]
    assert len(received(aws, f"image-pipeline-store{'-dlq' if send == 'dead_letter' else ''}")) == 9


def test_what_did_not_go_is_reported_one_by_one(aws):
    client = Counted(aws.sqs)
    client.fail = {
        "send_message_batch": lambda values: {
            "Failed": [{"Id": values["Entries"][1]["Id"], "Code": "InternalError", "Message": "later"}]
        }
    }
    assert SqsNextQueue(client, "u/q").send(["a", "b", "c"], [None] * 3) == [None, "InternalError: later", None]


def test_a_request_that_fails_fails_its_own_messages_alone(aws):
    client = Counted(aws.sqs)
    real = aws.sqs.send_message_batch

    def second_fails(values):
        if any(entry["MessageBody"] == "m10" for entry in values["Entries"]):
            raise denied("ServiceUnavailable", "SendMessageBatch")
        return real(**values)

    client.fail = {"send_message_batch": second_fails}
    answers = SqsNextQueue(client, aws.urls["image-pipeline-store"]).send(
        [f"m{index}" for index in range(12)], [None] * 12
    )
    assert answers[:10] == [None] * 10
    assert all("ServiceUnavailable" in why for why in answers[10:])


def test_a_dead_lettered_message_keeps_body_and_attributes(aws):
    source_queue = SqsSourceQueue(
        lambda: aws.sqs, aws.urls["image-pipeline-resize"], aws.urls["image-pipeline-resize-dlq"]
    )
    assert source_queue.dlq == "image-pipeline-resize-dlq"
    assert source_queue.dead_letter([DlqMessage(body='{"a": 1}', attributes={"error": "X", "key": "a b+ü🌄.jpg"})]) == [
        None
    ]
    (message,) = received(aws, "image-pipeline-resize-dlq")
    assert message["Body"] == '{"a": 1}'
    assert {name: each["StringValue"] for name, each in message["MessageAttributes"].items()} == {
        "error": "X",
        "key": "a b+ü🌄.jpg",
    }


def test_a_message_comes_back_when_asked(aws):
    url = aws.urls["image-pipeline-resize"]
    source_queue = SqsSourceQueue(lambda: aws.sqs, url, aws.urls["image-pipeline-resize-dlq"])
    aws.sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=url)
    source_queue.retry_later({message["ReceiptHandle"]: 0})
    assert len(aws.sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_pause_that_sqs_refuses_costs_nothing(aws):
    client = Counted(aws.sqs)

    def refuse(_):
        raise denied("ServiceUnavailable", "ChangeMessageVisibilityBatch")

    client.fail = {"change_message_visibility_batch": refuse}
    SqsSourceQueue(lambda: client, "u/q", "u/d").retry_later({f"h{index}": 5 for index in range(12)})
    assert [len(values["Entries"]) for _, values in client.calls] == [10, 2]


def test_notifications_reach_those_who_filter_for_them(aws):
    for name, policy in (("failures", {"outcome": ["failed"]}), ("completions", {"outcome": ["stored"]})):
        aws.urls[name] = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
        aws.sns.subscribe(
            TopicArn=aws.topic_arn,
            Protocol="sqs",
            Endpoint=aws.names.queue_arn(name),
            Attributes={"FilterPolicy": json.dumps(policy)},
        )
    source = Source(bucket="in", key="a b.jpg", size_bytes=1, uploaded_at="2026-01-01T00:00:00.000Z")
    notice = ImageFailed(
        notice_id="n", source=source, service="resize", error="E", reason="r", attempts=1, failed_at="t", dlq="d"
    )
    SnsNotices(lambda: aws.sns, aws.topic_arn).publish(notice)
    (message,) = received(aws, "failures")
    envelope = json.loads(message["Body"])
    assert ImageFailed.decode(envelope["Message"]) == notice
    assert envelope["Subject"] == "Failed in resize: a b.jpg"
    assert received(aws, "completions") == []
