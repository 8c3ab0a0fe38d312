"""`pipeline backfill` against AWS's wire, with the real handlers behind the queue."""

import json
from functools import partial
from io import StringIO

import pytest
from botocore.exceptions import ClientError
from kit.clocks import FakeClock
from kit.deployment import photo
from kit.stacks import with_clients

from ops.backfill import sender
from ops.backfill.present_objects import Present
from ops.cli.main import main
from ops.dlq.throttle import Pacer
from ops.names import SERVICES
from ops.settings import ROOT
from ops.stack import connect
from shared.events import change


@pytest.fixture
def bucket(aws):
    return aws.names.input_bucket


@pytest.fixture
def put(aws, bucket):
    """Put objects of which nothing reports the pipeline; their versions."""

    def putting(*keys, body=b"123"):
        return [aws.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for key in keys]

    return putting


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Pacer, "rate", lambda *_: None)


@pytest.fixture
def backfill(bucket, capsys):
    """Run it; its exit code, what it says as JSON, and what it notes."""

    def running(*options, prefix=""):
        capsys.readouterr()
        code = main(["backfill", f"s3://{bucket}/{prefix}", "--output", "json", *options])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return running


def sent(aws):
    """What was sent to resize: it is taken from the queue."""
    url, found = aws.urls[aws.names.queue("resize")], []
    while messages := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(change(message["Body"]).source)
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found, key=lambda source: source.key)


def test_what_is_there_already_comes_to_be_stored(aws, put, backfill, pipeline):
    put("old/a b+c.jpg", "old/ü.jpg", body=photo((300, 200)))
    code, reported, _ = backfill("--yes")
    assert (code, reported["to_send"], reported["sent"]) == (0, 2, 2)
    pipeline.run()
    assert {outcome for outcome, _ in pipeline.rows().values()} == {"stored"}
    assert pipeline.outputs() == [
        "old/a b+c-resized.jpg",
        "old/a b+c-thumb.jpg",
        "old/ü-resized.jpg",
        "old/ü-thumb.jpg",
    ]
    code, reported, err = backfill("--yes")
    assert (code, reported["to_send"], reported["done_already"], reported["sent"]) == (0, 0, 2, 0)
    assert "Nothing to send" in err


def test_old_images_are_a_group_in_every_queue_and_new_ones_are_not(put, backfill, pipeline):
    put("old.jpg", body=photo((300, 200)))
    backfill("--yes")
    pipeline.upload("new.jpg", photo((300, 200)))
    for service in SERVICES:
        assert sorted(map(str, pipeline.groups(service))) == ["None", "backfill"]
        pipeline.run(service)
    assert {outcome for outcome, _ in pipeline.rows().values()} == {"stored"}


def test_a_dry_run_sends_nothing_and_says_what_it_would_cost(aws, put, backfill):
    put("a.jpg", "b.jpg")
    code, reported, err = backfill("--dry-run")
    assert (code, reported["to_send"], reported["size_bytes"], reported["sent"]) == (0, 2, 6, 0)
    assert reported["dollars"] == pytest.approx(sum(reported["charges"].values()), abs=1e-5)
    assert reported["dollars"] > 0
    assert "bench/RESULTS.md" in err
    assert sent(aws) == []


def test_the_latest_version_alone_is_sent_and_no_deleted_key(aws, put, backfill, bucket):
    put("a.jpg", "gone.jpg")
    (latest,) = put("a.jpg")
    aws.s3.delete_object(Bucket=bucket, Key="gone.jpg")
    aws.s3.put_object(Bucket=bucket, Key="folder/", Body=b"")
    backfill("--yes")
    assert [(source.key, source.version_id) for source in sent(aws)] == [("a.jpg", latest)]


def test_an_archived_object_is_reported_and_not_sent(aws, put, backfill, bucket):
    put("a.jpg")
    aws.s3.put_object(Bucket=bucket, Key="b.jpg", Body=b"123", StorageClass="DEEP_ARCHIVE")
    _, reported, err = backfill("--yes")
    assert (reported["sent"], reported["in_an_archive"]) == (1, 1)
    assert "restore-object" in err
    assert [source.key for source in sent(aws)] == ["a.jpg"]


def test_what_was_put_before_there_were_versions_is_read_as_it_is(aws, backfill, bucket, pipeline):
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    aws.s3.put_object(Bucket=bucket, Key="a.jpg", Body=photo((300, 200)))
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert backfill("--yes")[1]["sent"] == 1
    pipeline.run()
    assert pipeline.rows() == {("a.jpg", "null"): ("stored", None)}
    assert backfill("--yes")[1]["done_already"] == 1


def test_a_prefix_and_a_time_narrow_it(aws, put, backfill):
    put("x/a.jpg", "y/a.jpg", "xx.jpg")
    assert backfill("--yes", "--since", "1h", prefix="x/")[1]["sent"] == 1
    assert [source.key for source in sent(aws)] == ["x/a.jpg"]
    assert backfill("--dry-run", "--since", "2999-01-01")[1]["to_send"] == 0


def test_it_stops_at_its_limit_and_goes_on_from_there(aws, put, backfill):
    put(*(f"{index:02}.jpg" for index in range(25)))
    code, reported, err = backfill("--yes", "--max-objects", "12")
    assert (code, reported["sent"], reported["more"]) == (0, 12, True)
    assert "Pass --resume to go on" in err
    assert "as far as 11.jpg" in backfill("--dry-run")[2]
    assert [source.key for source in sent(aws)] == [f"{index:02}.jpg" for index in range(12)]
    code, reported, _ = backfill("--yes", "--resume")
    assert (code, reported["sent"], reported["more"]) == (0, 13, False)
    assert [source.key for source in sent(aws)] == [f"{index:02}.jpg" for index in range(12, 25)]
    code, _, err = backfill("--yes", "--resume")
    assert code == 4
    assert "nothing to resume" in err


def test_an_interrupted_one_goes_on_after_what_was_sent(aws, put, backfill, monkeypatch):
    put(*(f"{index:02}.jpg" for index in range(30)))
    real = sender.Sender._batch

    def interrupted(self, going):
        if going[0].present.key == "20.jpg":
            raise KeyboardInterrupt
        return real(self, going)

    with monkeypatch.context() as patch:
        patch.setattr(sender.Sender, "_batch", interrupted)
        code, reported, err = backfill("--yes")
    assert (code, reported["sent"]) == (130, 20)
    assert "Interrupted" in err
    assert backfill("--yes", "--resume")[1]["sent"] == 10
    assert len(sent(aws)) == 30


def test_what_failed_is_left_to_replaying_unless_it_is_asked_for(aws, put, backfill, pipeline):
    put("text.jpg")
    backfill("--yes")
    pipeline.run("resize")
    code, reported, err = backfill("--yes")
    assert (code, reported["failed_before"], reported["sent"]) == (0, 1, 0)
    assert "pipeline dlq ls" in err
    assert backfill("--yes", "--failed")[1]["sent"] == 1


def test_what_was_deleted_when_resize_came_and_is_there_again_begins_again(put, backfill, pipeline):
    put("a.jpg", body=photo((300, 200)))
    put("text.jpg")
    backfill("--yes")
    with pipeline.failing("s3", "GetObject", "NoSuchKey"):
        pipeline.run("resize")
    assert {outcome for outcome, _ in pipeline.rows().values()} == {"vanished"}
    assert backfill("--yes")[1]["sent"] == 2
    with pipeline.failing("s3", "PutObject"):
        pipeline.run("resize")
    pipeline.wait()
    pipeline.run()
    assert {(key, outcome) for (key, _), (outcome, _) in pipeline.rows().items()} == {
        ("a.jpg", "stored"),
        ("text.jpg", "failed"),
    }
    assert backfill("--yes")[1]["sent"] == 0


def test_what_is_on_its_way_is_left_alone(put, backfill, pipeline):
    put("a.jpg", body=photo((300, 200)))
    backfill("--yes")
    pipeline.run("resize")
    _, reported, err = backfill("--yes")
    assert (reported["on_their_way"], reported["to_send"]) == (1, 0)
    assert "1 are on their way. If their messages or S3's events are lost: --stuck." in err


def test_what_was_uploaded_before_and_after_keeps_its_order(aws, put, backfill, pipeline):
    key = "a.jpg"
    pipeline.upload(key, photo((300, 200)))
    pipeline.run()
    put(key, body=photo((400, 200)))
    backfill("--yes")
    pipeline.run()
    assert pipeline.output("a-thumb.jpg")["Metadata"]["pipeline-sequence"].startswith("0000000000000001")
    rows = pipeline.rows()
    assert {outcome for outcome, _ in rows.values()} == {"stored"}
    newest = pipeline.upload(key, photo((500, 200)))
    pipeline.run()
    assert pipeline.rows()[key, newest] == ("stored", None)
    assert pipeline.output("a-thumb.jpg")["Metadata"]["pipeline-sequence"] == "0000000000000002"


def test_one_that_was_replaced_since_the_listing_is_left_to_s3_s_own_event(aws, put, pipeline):
    (old,) = put("a.jpg")
    pipeline.upload("a.jpg", photo((300, 200)))
    pipeline.run()
    stack = connect(ROOT / "pipeline.yaml")
    listed = aws.s3.list_object_versions(Bucket=aws.names.input_bucket)["Versions"]
    (modified,) = [each["LastModified"] for each in listed if each["VersionId"] == old]
    stale = Present(
        bucket=aws.names.input_bucket, key="a.jpg", version_id=old, size_bytes=3, etag="e", modified=modified
    )
    sending = sender.Sender(stack=stack, pacer=Pacer(50), kind_of=lambda _: "to send")
    assert list(sending.send([stale])) == ["a.jpg"]
    assert (sending.sent, sending.replaced) == (0, 1)
    assert sent(aws) == []


class Refusing:
    """SQS that refuses some messages of each request, some times."""

    def __init__(self, real, times):
        self.real = real
        self.times = times

    def __getattr__(self, name):
        return getattr(self.real, name)

    def send_message_batch(self, QueueUrl, Entries):  # noqa: N803 - as boto3 names them
        if not self.times:
            return self.real.send_message_batch(QueueUrl=QueueUrl, Entries=Entries)
        self.times -= 1
        answer = self.real.send_message_batch(QueueUrl=QueueUrl, Entries=Entries[1:]) if Entries[1:] else {}
        return {**answer, "Failed": [{"Id": Entries[0]["Id"], "Code": "InternalError", "Message": "later"}]}


@pytest.fixture
def refusing(monkeypatch):
    """Let SQS refuse a message of each request, this many times."""

    def refused(times):
        def connecting(*args, **options):
            stack = connect(*args, **options)
            return with_clients(stack, sqs=Refusing(stack.sqs, times))

        monkeypatch.setattr("ops.stack.connect", connecting)
        monkeypatch.setattr(sender, "Sender", partial(sender.Sender, clock=FakeClock()))

    return refused


@pytest.mark.parametrize(("times", "code", "count"), [(3, 0, 3), (99, 3, 2)], ids=["some times", "always"])
def test_what_sqs_refuses_of_a_request_is_sent_again(refusing, aws, backfill, times, code, count):  # noqa: PLR0917
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        aws.s3.put_object(Bucket=aws.names.input_bucket, Key=key, Body=b"123")
    refusing(times)
    assert backfill("--yes")[0] == code
    assert len(sent(aws)) == count


def test_another_bucket_is_refused_with_what_to_do(aws, capsys):
    assert main(["backfill", "s3://elsewhere/2019/", "--yes"]) == 2
    err = capsys.readouterr().err
    assert f"aws s3 sync s3://elsewhere/2019/ s3://{aws.names.input_bucket}/2019/" in err


@pytest.mark.parametrize("where", ["elsewhere", "s3://", "https://x/y", "s3://[/"])
def test_what_is_not_an_s3_url_is_refused(aws, capsys, where):
    assert main(["backfill", where]) == 2
    assert f"s3://{aws.names.input_bucket}/PREFIX" in capsys.readouterr().err


def test_nothing_is_sent_where_nobody_can_be_asked(aws, put, backfill):
    put("a.jpg")
    code, _, err = backfill()
    assert code == 2
    assert "--yes" in err
    assert sent(aws) == []


@pytest.mark.parametrize(("answer", "count"), [("y\n", 1), ("n\n", 0), ("", 0)], ids=["yes", "no", "nothing"])
def test_a_person_at_a_terminal_is_asked(put, backfill, monkeypatch, answer, count):
    terminal = StringIO(answer)
    terminal.isatty = lambda: True
    put("a.jpg")
    monkeypatch.setattr("sys.stdin", terminal)
    code, reported, err = backfill()
    assert (code, reported["sent"]) == (0, count)
    assert "send 1 images? [y/N]" in err


def test_a_bucket_that_is_not_there_is_reported_in_one_line(aws, bucket, capsys):
    aws.s3.delete_bucket(Bucket=bucket)
    with pytest.raises(ClientError):
        aws.s3.head_bucket(Bucket=bucket)
    assert main(["backfill", f"s3://{bucket}", "--yes"]) == 4
    assert "NoSuchBucket" in capsys.readouterr().err
