"""A load test on the local AWS: reconciled to the last image, or the missing one named."""

import json

import pytest

from ops.aws.queues import depth_of
from ops.cli.main import main
from ops.images.follow import Uploaded
from ops.names import SERVICES


@pytest.fixture
def load_test(environment, monkeypatch, capsys, tmp_path):
    """Run a load test; its exit code, and its report."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def running(*options):
        capsys.readouterr()
        code = main(["load-test", "--out", str(tmp_path), *options])
        said = capsys.readouterr()
        return code, json.loads((tmp_path / "report.json").read_text(encoding="utf-8")), said.out

    return running


def left_over(local):
    queues = local.sqs.list_queues(QueueNamePrefix=f"{local.names.name}-load-test-").get("QueueUrls", [])
    subscriptions = local.sns.list_subscriptions_by_topic(TopicArn=local.names.topic_arn)["Subscriptions"]
    return queues, [each for each in subscriptions if "load-test" in each["Endpoint"]]


def test_hostile_images_are_reconciled_to_the_last_and_nothing_stays(local, load_test, tmp_path):
    # Looks at the upload batches of other tests are delayed there.
    others = {service: depth_of(local.sqs, local.queue_urls[local.names.queue(service)]) for service in SERVICES}
    code, report, said = load_test("--images", "20", "--mix", "hostile", "--clean")
    assert code == 0, said
    images = report["images"]
    assert images["sent"] == 20
    assert images["stored"] + images["failed"] + images["superseded"] == 20
    assert images["failed"] == 8
    assert {each["outcome"] for each in report["every"] if each["kind"] == "bomb"} == {"failed"}
    assert set(report["errors"]) == {
        "resize: UnsupportedImage",
        "resize: UnreadableImage",
        "resize: ImageTooLarge",
        "resize: EmptyImage",
    }
    # Of what is superseded nobody is notified.
    assert report["notices"]["received"] == 20 - images["superseded"] + report["notices"]["delivered_twice"]
    assert report["notices"]["digests"] == 1
    whole, parts = report["seconds_of"]["whole"], report["seconds_of"]
    assert sum(parts[name]["mean"] for name in parts if name not in {"upload", "whole", "whole, failed"}) == (
        pytest.approx(whole["mean"], abs=0.1)
    )
    assert report["lambda"]["resize"]["invocations"] >= 2
    for service in SERVICES:
        assert report["queues"][-1][service]["waiting"] == 0
        assert report["queues"][-1][service]["in_flight"] <= others[service].delayed
    assert "https:" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    archive = tmp_path / "dlq_messages.jsonl"
    assert main(["dlq", "purge", "--batch", report["test"]["name"], "--archive", str(archive), "--yes"]) == 0
    assert len(archive.read_text(encoding="utf-8").splitlines()) == images["failed"]
    assert left_over(local) == ([], [])
    for bucket in (local.names.input_bucket, local.names.output_bucket):
        assert "Versions" not in local.s3.list_object_versions(Bucket=bucket, Prefix=report["test"]["prefix"])


def test_what_does_not_come_to_its_end_in_time_is_missing_and_named(local, load_test, wait):
    assert main(["pause", "resize"]) == 0
    try:
        code, report, said = load_test("--images", "2", "--timeout", "0")
    finally:
        assert main(["resume"]) == 0
    bucket = local.names.input_bucket
    sent = [
        Uploaded(bucket=bucket, key=row.key, version_id=row.version_id, size_bytes=0)
        for each in report["every"]
        for row in local.ledger.of_key(bucket, each["key"])
    ]
    assert report["queues"][-1]["resize"]["waiting"] >= 2
    # They were only late; and anyone who comes next finds empty queues.
    assert [row.outcome for row in wait(sent)] == ["stored", "stored"]
    assert code == 3
    assert "2 sent = 0 stored + 0 failed + 0 superseded + 0 vanished + 2 missing" in said
    assert [each["what"] for each in report["findings"]["missing"]] == ["uploaded, and no service has come to it"] * 2
    assert all(each["key"] in said for each in report["every"])
    assert left_over(local) == ([], [])
