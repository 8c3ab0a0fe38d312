"""`pipeline backfill --stuck`: images that the ledger says are on their way, and whose messages are lost."""

from datetime import timedelta

import pytest
from kit.backfills import aged, bodies, running
from kit.deployment import photo

from ops.backfill.stuck import SETTLED
from ops.cli.main import main
from shared.aws.ledger import DynamoLedger
from shared.messages import Source, UploadBatch

DAY = timedelta(days=1)


@pytest.fixture
def backfill(aws, capsys, monkeypatch, tmp_path):
    return running(aws, capsys, monkeypatch, tmp_path)


@pytest.fixture
def bucket(aws):
    return aws.names.input_bucket


@pytest.fixture
def begun(aws, pipeline):
    """An image that was uploaded, whose services up to one have done their part, and whose message is then purged."""

    def until(*services, key="a.jpg"):
        version = pipeline.upload(key, photo((300, 200)))
        pipeline.run(*services) if services else None
        purge(aws)
        return version

    return until


def purge(aws):
    for name, url in aws.urls.items():
        if "dlq" not in name and name != aws.names.mailbox:
            aws.sqs.purge_queue(QueueUrl=url)


@pytest.fixture
def joined(aws, bucket):
    """An image that `pipeline upload` wrote down, and of which S3 reported nothing."""

    def join(key="a.jpg", body=None, batch=None):
        body = photo((300, 200)) if body is None else body
        version = aws.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        source = Source(
            bucket=bucket, key=key, version_id=version, size_bytes=len(body), uploaded_at="2026-11-01T00:00:00.000Z"
        )
        DynamoLedger(aws.dynamodb, aws.names.ledger).join(source, batch or UploadBatch(id="b", number=0, size=1))
        return version

    return join


def test_what_was_uploaded_and_never_begun_is_sent_and_stored(aws, backfill, joined, pipeline):
    version = joined()
    code, reported, _ = backfill("--stuck", "--yes")
    assert (code, reported["to_send"], reported["sent"]) == (0, 1, 1)
    pipeline.run()
    assert pipeline.rows() == {("a.jpg", version): ("stored", None)}


@pytest.mark.parametrize("services", [("resize",), ("resize", "watermark")], ids=["watermark's queue", "store's queue"])
def test_what_is_stuck_before_a_service_is_sent_from_the_start(aws, backfill, begun, pipeline, services):
    version = begun(*services)
    assert backfill("--stuck", "--yes")[1]["sent"] == 0  # it may be on its way between two queues
    aged(aws, SETTLED)
    assert backfill("--stuck", "--yes")[1]["sent"] == 1
    pipeline.run("resize")
    reported = backfill("--stuck", "--yes")[1]
    assert (reported["on_their_way"], reported["sent_before_and_waiting"]) == (1, 0)  # its row says so again
    pipeline.run()
    assert pipeline.rows() == {("a.jpg", version): ("stored", None)}
    assert len(pipeline.mail()) == 1
    assert pipeline.output("a-thumb.jpg")["Metadata"]["pipeline-sequence"] == "0000000000000001"


def test_an_image_that_begins_again_is_not_taken_for_done_when_it_is_tried_again(aws, backfill, begun, pipeline):
    begun("resize", "watermark")
    aged(aws, SETTLED)
    backfill("--stuck", "--yes")
    with pipeline.failing("s3", "PutObject"):
        assert len(pipeline.run("resize")["resize"]) == 1
    pipeline.wait()
    pipeline.run()
    assert [outcome for outcome, _ in pipeline.rows().values()] == ["stored"]


def test_an_image_of_which_a_purged_message_was_to_notify_is_notified_when_it_fails_again(aws, backfill, pipeline):
    pipeline.upload("a.jpg", b"123")
    with pipeline.failing("sns", "Publish"):
        assert len(pipeline.run("resize")["resize"]) == 1  # its row says that this message notifies
    purge(aws)
    assert backfill("--stuck", "--yes")[1]["sent"] == 0  # it may come back
    aged(aws, SETTLED)
    assert backfill("--stuck", "--yes")[1]["sent"] == 1
    pipeline.run("resize")
    assert [notice.error for notice in pipeline.mail()] == ["UnsupportedImage"]


def test_what_waits_in_a_queue_is_left_alone_until_sqs_has_forgotten_it(aws, backfill, joined, pipeline):
    joined()
    aged(aws, timedelta(days=13))
    pipeline.send_to("resize", '{"Event": "s3:TestEvent"}')
    reported = backfill("--stuck", "--dry-run")[1]
    assert (reported["to_send"], reported["on_their_way"]) == (1, 0)  # uploaded on 1 November, and aged by 13 days
    begun = pipeline.upload("b.jpg", photo((300, 200)))
    pipeline.run("resize")
    aged(aws, DAY)
    reported = backfill("--stuck", "--dry-run")[1]
    assert (reported["to_send"], reported["on_their_way"]) == (1, 1), begun


def test_what_nobody_touched_for_as_long_as_the_operator_says_is_sent_whatever_waits(aws, backfill, pipeline):
    pipeline.upload("a.jpg", photo((300, 200)))
    pipeline.run("resize")
    aged(aws, timedelta(hours=3))
    assert backfill("--stuck", "--yes", "--stuck-after", "4h")[1]["sent"] == 0
    assert backfill("--stuck", "--yes", "--stuck-after", "2h")[1]["sent"] == 1
    assert backfill("--stuck", "--yes", "--stuck-after", "2h")[1]["sent"] == 0
    pipeline.run()
    pipeline.wait()
    pipeline.run()
    assert len(pipeline.mail()) == 1


def test_what_a_backfill_sent_and_somebody_purged_is_sent_again(aws, backfill):
    aws.s3.put_object(Bucket=aws.names.input_bucket, Key="a.jpg", Body=b"123")
    assert backfill("--yes")[1]["sent"] == 1
    purge(aws)
    aged(aws, SETTLED)
    reported, err = backfill("--yes")[1:]
    assert reported["sent"] == 0
    assert "If their messages are lost: --stuck" in err
    assert backfill("--stuck", "--yes")[1]["sent"] == 1
    assert len(bodies(aws, "resize")) == 1


def test_a_source_that_was_deleted_is_said_and_not_sent(aws, backfill, joined, bucket):
    joined("gone.jpg")
    joined("gone.jpg")  # another version: its key is named once
    joined("there.jpg", batch=UploadBatch(id="b", number=1, size=2))
    aws.s3.delete_object(Bucket=bucket, Key="gone.jpg")
    _, reported, err = backfill("--stuck", "--yes")
    assert (reported["sent"], reported["deleted_since"]) == (1, 2)
    assert "Deleted, so not sent: gone.jpg." in err
    assert [each.source.key for each in bodies(aws, "resize")] == ["there.jpg"]


@pytest.mark.parametrize("failed", [False, True], ids=["on its way", "failed, and its message was to notify"])
def test_what_was_taken_down_is_not_said_to_be_deleted(aws, backfill, pipeline, capsys, failed):
    pipeline.upload("a.jpg", b"123" if failed else photo((300, 200)))
    if failed:
        with pipeline.failing("sns", "Publish"):
            pipeline.run("resize")
    else:
        pipeline.run("resize")
    purge(aws)
    assert main(["rm", "a.jpg", "--yes"]) == 0
    aged(aws, SETTLED)
    capsys.readouterr()
    _, reported, err = backfill("--stuck", "--yes")
    assert (reported["sent"], reported["deleted_since"]) == (0, 0)
    assert "Deleted" not in err


def test_a_version_that_was_replaced_is_not_sent_and_its_newer_one_is_unless_it_is_known(aws, backfill, joined, bucket):
    joined("a.jpg")
    newer = aws.s3.put_object(Bucket=bucket, Key="a.jpg", Body=photo((400, 200)))["VersionId"]
    reported = backfill("--stuck", "--yes")[1]
    assert (reported["sent"], reported["replaced_since"]) == (1, 0)
    assert [each.source.version_id for each in bodies(aws, "resize")] == [newer]
    reported = backfill("--stuck", "--yes")[1]
    assert (reported["sent"], reported["replaced_since"], reported["sent_before_and_waiting"]) == (0, 1, 1)


def test_what_is_done_failed_or_elsewhere_is_left_alone(aws, backfill, joined, pipeline, bucket):
    pipeline.upload("a.jpg", photo((300, 200)))
    pipeline.upload("text.jpg", b"123")
    pipeline.run()
    joined("2019/a.jpg")
    reported = backfill("--stuck", "--yes", where=f"s3://{bucket}/2020/")[1]
    assert {name: reported[name] for name in ("to_send", "on_their_way", "sent")} == dict.fromkeys(
        ("to_send", "on_their_way", "sent"), 0
    )
    assert backfill("--stuck", "--yes", "--since", "2026-11-02")[1]["sent"] == 0
    assert backfill("--stuck", "--yes", "--since", "2026-11-01", where=f"s3://{bucket}/2019/")[1]["sent"] == 1


def test_an_upload_batch_keeps_its_image(aws, backfill, joined, pipeline):
    joined(batch=UploadBatch(id="20261129-000000-abcdef", number=0, size=1))
    backfill("--stuck", "--yes")
    pipeline.run()
    (row,) = aws.dynamodb.scan(
        TableName=aws.names.ledger,
        FilterExpression="begins_with(#source, :bucket)",
        ExpressionAttributeNames={"#source": "source"},
        ExpressionAttributeValues={":bucket": {"S": aws.names.input_bucket}},
    )["Items"]
    assert (row["outcome"]["S"], row["batch_id"]["S"]) == ("stored", "20261129-000000-abcdef")


@pytest.mark.parametrize(
    "options",
    [(), ("--stuck", "--failed"), ("--stuck", "--resume"), ("--stuck-after", "2h")],
    ids=["neither place nor --stuck", "failed", "resume", "after alone"],
)
def test_options_that_do_not_go_together_are_refused(backfill, bucket, options):
    where = f"s3://{bucket}/" if "--stuck-after" in options else None
    if not options:
        assert main(["backfill", "--yes"]) == 2
        return
    assert backfill(*options, where=where)[0] == 2
