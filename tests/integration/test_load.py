"""A load test against AWS as moto knows it: what it finds, what it leaves, and what it says."""

import json
import os
import signal
import threading
from datetime import UTC, datetime

import boto3
import pytest
from kit.dlq_messages import source

from ops.cli.main import main
from ops.load import cleanup, load_run, plots
from ops.load import logged as logs
from ops.load.sender import Batches
from ops.names import SERVICES
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.aws.topics import SnsNotices
from shared.batches import read
from shared.digests import Digests
from shared.dlq_messages import iso
from shared.errors import AwsUnavailable
from shared.messages import Source, UploadBatch
from shared.notifications import ImageFailed, ImageStored
from shared.ports import LedgerEntry

SETTINGS = ROOT / "pipeline.yaml"


class Services:
    """The three services, as far as ledger, outputs, notices and digests go: each image is done as soon as it is there.

    Args:
        aws: moto's.
        lost: ends of keys that nobody ever works on.
        twice: ends of keys that are reported twice.
        silent: ends of keys that nobody is notified of.
        unmade: ends of keys whose outputs are not there.
    """

    def __init__(self, aws, *, lost=(), twice=(), silent=(), unmade=()):
        self.aws, self.lost, self.twice, self.silent, self.unmade = aws, lost, twice, silent, unmade
        self.ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
        self.notices = SnsNotices(lambda: aws.sns, aws.topic_arn)
        upload_batches = DynamoUploadBatches(aws.dynamodb, aws.names.ledger)
        self.digests = Digests(upload_batches=upload_batches, notices=self.notices, now=lambda: datetime.now(UTC))

    def work(self, uploaded, number, size):
        if uploaded.key.endswith(tuple(self.lost)):
            return
        about = Source(
            bucket=uploaded.bucket,
            key=uploaded.key,
            version_id=uploaded.version_id,
            size_bytes=uploaded.size_bytes,
            uploaded_at=iso(datetime.now(UTC)),
            batch=UploadBatch(id=uploaded.batch, number=number, size=size),
        )
        bad = uploaded.key.endswith(("text.jpg", "truncated.jpg", "bomb.png", "empty.jpg", "wide.jpg", "drawing.svg"))
        self._record(about, "failed" if bad else "stored")

    def _record(self, about, outcome):
        at, error = iso(datetime.now(UTC)), "UnsupportedImage" if outcome == "failed" else None
        outputs = (f"{about.key}-resized",) if outcome == "stored" else ()
        for output in outputs:
            if not about.key.endswith(tuple(self.unmade)):
                self.aws.s3.put_object(Bucket=self.aws.names.output_bucket, Key=output, Body=b"1")
        for service in SERVICES if outcome == "stored" else SERVICES[:1]:
            last = service == SERVICES[-1] or outcome == "failed"
            self.ledger.record(
                LedgerEntry(
                    source=about,
                    service=service,
                    seconds=0.01,
                    at=at,
                    replays=0,
                    outcome=outcome if last else None,
                    error=error,
                    reason=error,
                    outputs=outputs if last else (),
                )
            )
        for _ in range(
            0 if about.key.endswith(tuple(self.silent)) else 2 if about.key.endswith(tuple(self.twice)) else 1
        ):
            self.notices.publish(self._notice(about, outcome, at))
        self.digests.ended(about, outcome, error=error, reason=error)

    def _notice(self, about, outcome, at):
        if outcome == "failed":
            return ImageFailed(
                notice_id=f"{about.image_id}-failed",
                source=about,
                service="resize",
                error="UnsupportedImage",
                reason="text",
                attempts=3,
                failed_at=at,
                dlq="d",
            )
        return ImageStored(
            notice_id=f"{about.image_id}-stored",
            source=about,
            outputs=(),
            stored_at=at,
            seconds=0.1,
            source_format="JPEG",
            source_width=1,
            source_height=1,
        )


SVG = plots.svg


def not_painted(paint, *, size):
    """In place of each image but one test's: painting them takes half of a load test."""
    return "<svg></svg>"


@pytest.fixture
def testing(aws, monkeypatch, tmp_path, capsys, real_waiting):
    """Run a load test with some services at work; its exit code, its JSON, and what was said."""
    monkeypatch.setattr(load_run, "_LINGER_SECONDS", 0.5)
    monkeypatch.setattr(logs, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(load_run, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(plots, "svg", not_painted)
    (tmp_path / "files").mkdir()
    for name in ("a.jpg", "text.jpg", "c <img src=x>.jpg"):
        (tmp_path / "files" / name).write_bytes(b"123")
    put = Batches.put

    def load_test(*options, services=None, before=lambda _: None):
        services = services or Services(aws)

        def uploading(self, item):
            before(item)
            uploaded = put(self, item)
            services.work(uploaded, item.number, len(self.keys))
            return uploaded

        monkeypatch.setattr(Batches, "put", uploading)
        capsys.readouterr()
        code = main(
            [
                *("load-test", "--mix", str(tmp_path / "files"), "--out", str(tmp_path / "out")),
                # One at a time: moto is not made for several that write at once.
                *("--settings", str(SETTINGS), "--workers", "1", *options),
            ]
        )
        out, err = capsys.readouterr()
        return code, json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")), out + err

    return load_test


def left_over(aws):
    """Queues and subscriptions of load tests."""
    queues = [url for url in aws.sqs.list_queues()["QueueUrls"] if "load-test" in url]
    subscriptions = aws.sns.list_subscriptions()["Subscriptions"]
    return queues, [each["Endpoint"] for each in subscriptions if "load-test" in each["Endpoint"]]


def test_every_image_is_accounted_for_and_nothing_stays_behind(testing, aws, tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "svg", SVG)
    code, report, said = testing("--images", "7")
    assert code == 0
    assert report["images"] == {
        "sent": 7,
        "stored": 5,
        "failed": 2,
        "rejected": 0,
        "superseded": 0,
        "vanished": 0,
        "missing": 0,
        "refused": 0,
    }
    assert "7 sent = 5 stored + 2 failed + 0 superseded + 0 vanished + 0 missing" in said
    assert (report["notices"]["received"], report["notices"]["digests"]) == (7, 1)
    assert report["errors"] == {"resize: UnsupportedImage": 2}
    assert report["retries"]["failed_attempts"] == 4
    assert report["queues"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "c &lt;img src=x&gt;.jpg" not in page  # nothing is amiss with it
    assert "<img src=x" not in page
    assert left_over(aws) == ([], [])


def test_an_image_that_is_lost_is_named_and_the_exit_code_is_one(testing, aws):
    services = Services(aws, lost=["00001-c <img src=x>.jpg"])
    code, report, said = testing("--timeout", "1", services=services)
    assert code == 3
    assert report["images"]["missing"] == 1
    (missing,) = report["findings"]["missing"]
    assert missing["key"].endswith("/00001-c <img src=x>.jpg")
    assert missing["what"] == "uploaded, and no service has come to it"
    assert f"{missing['key']}: {missing['what']}" in said
    assert report["verdict"]["timed_out"]
    assert left_over(aws) == ([], [])


def test_a_notification_that_is_published_twice_is_counted(testing, aws):
    code, report, _ = testing(services=Services(aws, twice=["00000-a.jpg"]))
    assert code == 0
    assert report["notices"]["duplicates"] == 1
    assert report["findings"]["notified_twice"][0]["key"].endswith("/00000-a.jpg")


def test_an_image_that_nobody_is_notified_of_is_a_fault(testing, aws, monkeypatch):
    monkeypatch.setattr(load_run, "_GRACE_SECONDS", 1.0)
    code, report, said = testing(services=Services(aws, silent=["00000-a.jpg"]))
    assert code == 3
    assert report["findings"]["unnotified"][0]["key"].endswith("/00000-a.jpg")
    assert "1 not notified of" in said


def test_an_output_that_is_not_there_is_a_fault(testing, aws):
    code, report, _ = testing(services=Services(aws, unmade=["00000-a.jpg"]))
    assert code == 3
    assert report["findings"]["absent"][0]["key"].endswith("/00000-a.jpg")


def test_notifications_of_others_are_not_counted(testing, aws):
    services = Services(aws)

    def others(item):
        about = source(f"holiday/{item.number}.jpg", f"v{item.number}")
        services._record(about, "stored")

    code, report, _ = testing(services=services, before=others)
    assert code == 0
    assert report["notices"]["received"] == 3


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_it_uploads_nothing_more_and_reports_of_what_was_sent(testing, aws, how):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    reached = threading.Event()

    def interrupting(item):
        if item.number == 2 and not reached.is_set():
            reached.set()
            os.kill(os.getpid(), how)

    try:
        code, report, said = testing("--images", "500", "--workers", "1", "--rate", "20", before=interrupting)
    finally:
        signal.signal(signal.SIGINT, before)
    assert code == 130
    assert 2 <= report["images"]["sent"] < 500
    assert report["images"]["stored"] + report["images"]["failed"] == report["images"]["sent"]
    assert report["verdict"]["interrupted"]
    assert f"Interrupted: {report['images']['sent']} of 500 images were sent" in said
    assert left_over(aws) == ([], [])
    # Its batch ends, too: what was not uploaded is counted so.
    head = aws.dynamodb.get_item(
        TableName=aws.names.ledger,
        Key={"source": {"S": f"batch#{report['test']['name']}"}, "image_id": {"S": "batch"}},
    )["Item"]
    assert "notified_at" in head


def test_cleaning_removes_the_test_s_own_objects_and_no_others(testing, aws):
    for bucket in (aws.names.input_bucket, aws.names.output_bucket):
        for key in ("load-test/other/a.jpg", "a.jpg"):
            aws.s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    code, report, said = testing("--clean")
    assert code == 0
    assert f"pipeline dlq purge --batch {report['test']['name']} --yes" in said
    assert "removed 5 objects: load-test/" in said  # three that were uploaded, and two outputs
    for bucket in (aws.names.input_bucket, aws.names.output_bucket):
        versions = aws.s3.list_object_versions(Bucket=bucket)
        assert [each["Key"] for each in versions["Versions"]] == ["a.jpg", "load-test/other/a.jpg"]
        assert "DeleteMarkers" not in versions


def test_nothing_is_removed_while_an_image_may_yet_be_processed(testing, aws):
    _, report, said = testing("--clean", "--timeout", "0", services=Services(aws, lost=["a.jpg"]))
    assert "Nothing was removed: 1 images have no outcome yet" in said
    found = aws.s3.list_objects_v2(Bucket=aws.names.input_bucket, Prefix=report["test"]["prefix"])
    assert found["KeyCount"] == 3


@pytest.mark.parametrize("prefix", ["", "load-test/", "holiday/", "load-test//"])
def test_nothing_but_a_load_test_s_folder_is_cleaned(aws, prefix):
    with pytest.raises(cleanup.CommandError, match="nothing was removed"):
        cleanup.clean(connect(SETTINGS), prefix)


def test_a_bucket_that_refuses_is_reported_and_the_batch_ends(testing, aws):
    aws.s3.put_bucket_versioning(Bucket=aws.names.input_bucket, VersioningConfiguration={"Status": "Suspended"})
    aws.s3.delete_bucket(Bucket=aws.names.input_bucket)
    code, report, said = testing("--images", "30")
    assert code == 3
    assert report["images"]["sent"] == 0
    assert 10 <= report["images"]["refused"] < 30
    assert report["verdict"]["gave_up"]
    assert "NoSuchBucket" in said


def test_a_batch_that_cannot_be_written_down_loses_no_image(testing, aws, monkeypatch):
    join = DynamoLedger.join

    def failing(self, about, batch):
        if about.key.endswith("00000-a.jpg"):
            raise AwsUnavailable("injected")
        return join(self, about, batch)

    monkeypatch.setattr(DynamoLedger, "join", failing)
    code, report, _ = testing()
    assert code == 0, report["verdict"]
    assert report["images"]["stored"] == 2


def test_an_upload_names_its_place_in_the_batch(testing, aws):
    _, report, _ = testing()
    name = report["test"]["name"]
    for each in report["every"]:
        head = aws.s3.head_object(Bucket=aws.names.input_bucket, Key=each["key"])
        (written,) = [value for header, value in head["Metadata"].items() if header.endswith("batch")]
        place, _, _ = written.rpartition("/")  # without the digest that ties it to the key
        assert read(place) == UploadBatch(id=name, number=each["number"], size=3)


def test_more_images_than_a_batch_may_have_become_several(testing, monkeypatch):
    from ops.load import sender  # noqa: PLC0415 - what it takes for the largest batch is injected

    monkeypatch.setattr(sender, "MAX_SIZE", 3)
    _, report, _ = testing("--images", "7", "--timeout", "0", services=_Nothing())
    name = report["test"]["name"]
    assert report["test"]["batches"] == [name, f"{name}-2", f"{name}-3"]
    assert report["images"]["sent"] == report["images"]["missing"] == 7


class _Nothing:
    """Services that are not there."""

    def work(self, *_):
        pass


def test_the_logs_report_retries_and_what_is_billed(aws):
    cloudwatch, now = boto3.client("logs"), datetime.now(UTC)
    stack = connect(SETTINGS)
    lines = {
        "resize": [
            json.dumps({"message": "retrying", "key": "load-test/n/a.jpg", "error": "AwsUnavailable"}),
            json.dumps({"message": "retrying", "key": "load-test/other/a.jpg", "error": "AwsUnavailable"}),
            json.dumps({"message": "stored", "key": "load-test/n/retrying.jpg"}),
            "REPORT RequestId: 1\tDuration: 9 ms\tBilled Duration: 1500 ms\tMemory Size: 1 MB\tInit Duration: 400.1 ms",
            "REPORT RequestId: 2\tDuration: 9 ms\tBilled Duration: 500 ms\tMemory Size: 1 MB",
        ],
        "watermark": [],
        "store": ["no REPORT RequestId that bills anything"],
    }
    for service, events in lines.items():
        group = f"/aws/lambda/{aws.names.function(service)}"
        cloudwatch.create_log_group(logGroupName=group)
        cloudwatch.create_log_stream(logGroupName=group, logStreamName="s")
        if events:
            at = int(now.timestamp() * 1000)
            cloudwatch.put_log_events(
                logGroupName=group,
                logStreamName="s",
                logEvents=[{"timestamp": at, "message": each} for each in events],
            )
    found = logs.logged(stack, "load-test/n/", now, now)
    assert dict(found.retries) == {("resize", "AwsUnavailable"): 1}
    assert (found.invocations["resize"], found.billed_seconds["resize"], found.cold_starts["resize"]) == (2, 2.0, 1)
    assert (found.invocations["store"], found.unread) == (0, None)


def test_logs_that_are_not_there_are_said_to_be_unread(aws):
    now = datetime.now(UTC)
    assert "there is no log group" in logs.logged(connect(SETTINGS), "load-test/n/", now, now).unread


def test_json_on_a_terminal_is_one_object_without_the_long_lists(testing):
    _, report, said = testing("--output", "json")
    shown = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert shown.pop("report").endswith("report.html")
    assert set(report) - set(shown) == {"every", "queues"}
    assert shown["images"] == report["images"]
