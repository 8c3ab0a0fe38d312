"""What must never happen to an image, each as a test by its name; faults at every single call are in tests/faults."""

import json

import pytest
from kit.deployment import photo
from kit.pictures import gradient, saved

from ops.names import SERVICES


def outcomes(pipeline):
    return [outcome for outcome, _ in pipeline.rows().values()]


def test_every_create_has_exactly_one_outcome(pipeline):
    files = {"a.jpg": photo((400, 300)), "b.png": saved(gradient(), "PNG"), "c.jpg": b"words", "d.jpg": photo()[:900]}
    versions = {key: pipeline.upload(key, data) for key, data in files.items()}
    gone = pipeline.upload("gone.jpg", photo())
    pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.input_bucket, Key="gone.jpg", VersionId=gone)
    pipeline.run()
    reported = {key: outcome for (key, _), (outcome, _) in pipeline.rows().items()}
    assert reported == {
        "a.jpg": "stored",
        "b.png": "stored",
        "c.jpg": "failed",
        "d.jpg": "failed",
        "gone.jpg": "vanished",
    }
    assert len(pipeline.rows()) == len(versions) + 1
    notices = pipeline.mail()
    assert sorted(each.source.key for each in notices) == sorted(versions)
    assert len({each.notice_id for each in notices}) == len(notices)
    assert sorted(entry["key"] for entry in pipeline.dead_lettered("resize")) == ["c.jpg", "d.jpg"]
    assert [pipeline.dead_lettered(service) for service in SERVICES[1:]] == [[], []]


def test_the_same_event_ten_times_is_one_output_and_one_notification(pipeline):
    version = pipeline.upload("photo.jpg", photo())
    pipeline.run()
    before = pipeline.output("photo-resized.jpg")["LastModified"]
    for _ in range(9):
        pipeline.send(pipeline.event("photo.jpg", version, 1, sequencer=f"{1:016X}"))
        assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.output("photo-resized.jpg")["LastModified"] == before
    assert list(pipeline.rows().values()) == [("stored", None)]
    assert len(pipeline.mail()) == 1


def test_a_version_that_comes_late_leaves_the_newer_one(pipeline):
    old = pipeline.upload("photo.jpg", photo((400, 300)))
    pipeline.run("resize", "watermark")
    late = pipeline.aws.sqs.receive_message(QueueUrl=pipeline.aws.urls[pipeline.aws.names.queue("store")])["Messages"]
    new = pipeline.upload("photo.jpg", photo((800, 600)))
    pipeline.run()
    newest = pipeline.output("photo-resized.jpg")["ETag"]
    pipeline.aws.sqs.send_message(
        QueueUrl=pipeline.aws.urls[pipeline.aws.names.queue("store")], MessageBody=late[0]["Body"]
    )
    assert pipeline.run("store") == {"store": []}
    assert pipeline.output("photo-resized.jpg")["ETag"] == newest
    assert pipeline.rows() == {("photo.jpg", old): ("superseded", None), ("photo.jpg", new): ("stored", None)}
    assert [notice.source.version_id for notice in pipeline.mail()] == [new]


# A key without an extension, as applications make them: what it holds decides what its outputs are called.
@pytest.mark.parametrize("late", [False, True], ids=["in their order", "the older one late"])
def test_outputs_of_two_formats_under_one_key_are_never_there_together(pipeline, late):
    old = pipeline.upload("photo", saved(gradient(), "PNG"))
    pipeline.run("resize", "watermark")
    bodies = pipeline.bodies("store")
    if not late:
        pipeline.run("store")
        assert pipeline.outputs() == ["photo-resized.png", "photo-thumb.png"]
    new = pipeline.upload("photo", photo())
    pipeline.run("resize", "watermark")
    if late:
        (newer,) = set(pipeline.bodies("store")) - set(bodies)
        pipeline.aws.sqs.purge_queue(QueueUrl=pipeline.aws.urls[pipeline.aws.names.queue("store")])
        pipeline.send_to("store", newer)
        pipeline.run("store")
        pipeline.send_to("store", *bodies)
    assert pipeline.run("store") == {"store": []}
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert pipeline.rows() == {
        ("photo", old): ("superseded" if late else "stored", None),
        ("photo", new): ("stored", None),
    }
    assert [notice.source.version_id for notice in pipeline.mail()] == ([new] if late else [old, new])


def test_renditions_that_an_override_takes_away_go(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run()
    pipeline.upload("photo.jpg", photo(), Metadata={"pipeline-renditions": "thumb"})
    pipeline.run()
    assert pipeline.outputs() == ["photo-thumb.jpg"]


def test_a_then_b_then_a_again_ends_at_the_last(pipeline):
    a, b = photo((400, 300)), photo((800, 600))
    versions = [pipeline.upload("photo.jpg", each) for each in (a, b, a)]
    pipeline.run("resize", "watermark")
    late = pipeline.bodies("store")
    pipeline.run("store")
    for body in reversed(late):
        pipeline.send_to("store", body)
        pipeline.run("store")
    row = pipeline.rows()
    assert row["photo.jpg", versions[2]] == ("stored", None)
    order = pipeline.output("photo-resized.jpg")["Metadata"]["pipeline-sequence"]
    assert order == f"{3:016X}"
    assert pipeline.output("photo-thumb.jpg")["Metadata"]["pipeline-sequence"] == order


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion", "MethodNotAllowed"])
def test_a_source_that_was_deleted_before_it_was_read_is_vanished(pipeline, code):
    pipeline.upload("photo.jpg", photo())
    with pipeline.failing("s3", "GetObject", code):
        assert pipeline.run("resize") == {"resize": []}
    assert outcomes(pipeline) == ["vanished"]
    assert (pipeline.mail(), pipeline.dead_lettered("resize")) == ([], [])


def test_a_forbidden_source_is_retried_and_then_fails_with_a_notification(pipeline, capsys):
    pipeline.upload("photo.jpg", photo())
    with pipeline.failing("s3", "GetObject", "AccessDenied"):
        for _ in range(4):
            assert len(pipeline.run("resize")["resize"]) == 1
            pipeline.wait()
        assert pipeline.run("resize") == {"resize": []}
    (entry,) = pipeline.dead_lettered("resize")
    assert (entry["error"], entry["attempts"]) == ("AccessDenied", "5")
    assert f"s3://{pipeline.aws.names.input_bucket}/photo.jpg" in entry["reason"]
    assert "Grant s3:GetObject, then: pipeline dlq replay --error AccessDenied" in entry["reason"]
    assert outcomes(pipeline) == ["failed"]
    assert [notice.error for notice in pipeline.mail()] == ["AccessDenied"]
    assert capsys.readouterr().out.count('"AccessDenied":[1.0]') == 5


def test_a_source_in_an_archive_fails_at_once_under_its_own_name(pipeline):
    pipeline.upload("photo.jpg", photo())
    with pipeline.failing("s3", "GetObject", "InvalidObjectState"):
        assert pipeline.run("resize") == {"resize": []}
    (entry,) = pipeline.dead_lettered("resize")
    assert (entry["error"], entry["attempts"]) == ("ObjectArchived", "1")
    assert "Restore it" in entry["reason"]
    assert len(pipeline.mail()) == 1


def test_a_source_that_was_deleted_is_vanished(pipeline):
    version = pipeline.upload("photo.jpg", photo())
    pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.input_bucket, Key="photo.jpg", VersionId=version)
    assert pipeline.run("resize") == {"resize": []}
    assert list(pipeline.rows().values()) == [("vanished", None)]
    assert pipeline.mail() == []
    assert pipeline.dead_lettered("resize") == []


def test_a_source_under_a_delete_marker_is_vanished_though_its_version_can_be_read(pipeline):
    version = pipeline.upload("photo.jpg", photo())
    pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.input_bucket, Key="photo.jpg")
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert pipeline.rows() == {("photo.jpg", version): ("vanished", None)}
    assert (pipeline.outputs(), pipeline.mail(), pipeline.dead_lettered("resize")) == ([], [], [])


def test_two_sources_of_one_output_key_end_with_the_first_one_s_name(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.run()
    pipeline.upload("photo.bmp", photo())
    pipeline.run()
    (entry,) = pipeline.dead_lettered("store")
    assert entry["error"] == "OutputKeyTaken"
    assert "belongs to photo.jpg" in entry["reason"]


def test_one_poison_in_a_batch_of_ten_fails_alone(pipeline):
    for index in range(9):
        pipeline.upload(f"{index}.png", saved(gradient(), "PNG"))
    pipeline.upload("poison.png", b"\x89PNG\r\n\x1a\nnot really")
    pipeline.run()
    assert len(pipeline.outputs()) == 18
    assert [entry["key"] for entry in pipeline.dead_lettered("resize")] == ["poison.png"]


def test_messages_that_come_again_after_all_is_done_change_nothing(pipeline):
    pipeline.upload("photo.jpg", photo())
    bodies = {}
    for service in SERVICES:
        bodies[service] = pipeline.bodies(service)
        pipeline.run(service)
    for service in reversed(SERVICES):
        pipeline.send_to(service, *bodies[service])
        assert pipeline.intermediate() == []
        assert pipeline.run() == {each: [] for each in SERVICES}
    assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
    assert len(pipeline.mail()) == 1
    assert [pipeline.dead_lettered(service) for service in SERVICES] == [[], [], []]
    # That of the last duplicate, whose end the image had before: the message that gave it one may be yet to notify.
    assert len(pipeline.intermediate()) == 1


def test_a_finished_image_that_is_replayed_is_a_no_op(pipeline):
    pipeline.upload("photo.jpg", photo())
    bodies = {}
    for service in SERVICES:
        bodies[service] = pipeline.bodies(service)
        pipeline.run(service)
    before = pipeline.output("photo-resized.jpg")["LastModified"]
    assert len(pipeline.mail()) == 1
    for service in SERVICES:
        url = pipeline.aws.urls[pipeline.aws.names.queue(service)]
        replays = {"replays": {"DataType": "String", "StringValue": "1"}}
        pipeline.aws.sqs.send_message(QueueUrl=url, MessageBody=bodies[service][0], MessageAttributes=replays)
        with pipeline.failing("s3", "GetObject"):  # nothing is even read
            assert pipeline.run(service) == {service: []}
    assert [pipeline.bodies(service) for service in SERVICES] == [[], [], []]
    assert pipeline.output("photo-resized.jpg")["LastModified"] == before
    assert (outcomes(pipeline), pipeline.mail(), pipeline.intermediate()) == (["stored"], [], [])


def test_what_fails_after_another_delivery_succeeded_is_no_failure(pipeline):
    version = pipeline.upload("photo.jpg", photo())
    pipeline.run()
    assert len(pipeline.mail()) == 1
    pipeline.send(pipeline.event("photo.jpg", version, 10**12, sequencer=f"{1:016X}"))  # over the limit of bytes
    assert pipeline.run("resize") == {"resize": []}
    assert (outcomes(pipeline), pipeline.mail(), pipeline.dead_lettered("resize")) == (["stored"], [], [])


def test_sns_that_is_down_delays_the_notification_and_loses_no_output(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.upload("words.jpg", b"words")
    with pipeline.failing("sns", "Publish"):
        assert len(pipeline.run("resize")["resize"]) == 1
        assert len(pipeline.run("watermark", "store")["store"]) == 1
        assert pipeline.outputs() == ["photo-resized.jpg", "photo-thumb.jpg"]
        assert (sorted(outcomes(pipeline)), pipeline.mail()) == (["failed", "stored"], [])
    pipeline.wait()
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert sorted(outcomes(pipeline)) == ["failed", "stored"]
    assert sorted(notice.source.key for notice in pipeline.mail()) == ["photo.jpg", "words.jpg"]
    assert [entry["key"] for entry in pipeline.dead_lettered("resize")] == ["words.jpg"]


def test_what_may_pass_is_tried_five_times_and_fails_with_its_reason_no_sooner(pipeline):
    pipeline.upload("photo.jpg", photo())
    with pipeline.failing("s3", "PutObject", "SlowDown"):
        for _ in range(4):
            assert len(pipeline.run("resize")["resize"]) == 1
            assert (pipeline.dead_lettered("resize"), pipeline.mail()) == ([], [])
            pipeline.wait()
        assert pipeline.run("resize") == {"resize": []}
    (entry,) = pipeline.dead_lettered("resize")
    assert (entry["error"], entry["attempts"]) == ("AwsUnavailable", "5")
    assert "SlowDown" in entry["reason"]
    assert outcomes(pipeline) == ["failed"]


def test_what_does_not_decode_is_never_tried_again(pipeline):
    pipeline.upload("cut.jpg", photo()[:900])
    assert pipeline.run("resize") == {"resize": []}
    (entry,) = pipeline.dead_lettered("resize")
    assert (entry["error"], entry["attempts"]) == ("UnreadableImage", "1")


def test_a_replayed_failure_keeps_when_it_first_failed_and_counts_its_replays(pipeline):
    pipeline.upload("words.jpg", b"words")
    (body,) = pipeline.bodies("resize")
    pipeline.run("resize")
    (entry,) = pipeline.dead_lettered("resize")
    entry["first_failure"], entry["replays"] = "2026-01-01T00:00:00.000Z", "1"
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in entry.items()}
    url = pipeline.aws.urls[pipeline.aws.names.queue("resize")]
    pipeline.aws.sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    pipeline.run("resize")
    (again,) = pipeline.dead_lettered("resize")
    assert again == {**entry, "attempts": "1"}
    assert [notice.notice_id[-8:] for notice in pipeline.mail()] == ["failed-0", "failed-1"]


def test_a_ledger_that_is_gone_loses_nothing(pipeline):
    pipeline.upload("photo.jpg", photo())
    pipeline.aws.dynamodb.delete_table(TableName=pipeline.aws.names.ledger)
    assert len(pipeline.run("resize")["resize"]) == 1
    assert pipeline.dead_lettered("resize") == []


def test_a_body_comes_to_the_dlq_byte_for_byte(pipeline):
    body = json.dumps({"Records": [pipeline.event("ü b.jpg", "v", 10**12)], "later": {"b": 1, "a": " "}}, indent=3)
    pipeline.send_to("resize", body)
    pipeline.run("resize")
    url = pipeline.aws.urls[pipeline.aws.names.dlq("resize")]
    (entry,) = pipeline.aws.sqs.receive_message(QueueUrl=url)["Messages"]
    assert entry["Body"] == body


def test_an_image_that_is_replayed_and_fails_in_a_later_service_is_reported_again(pipeline):
    pipeline.upload("photo.jpg", photo())
    (body,) = pipeline.bodies("resize")
    with pipeline.failing("s3", "PutObject", "SlowDown"):
        for _ in range(5):
            pipeline.run("resize")
            pipeline.wait()
    pipeline.send_to("resize", body)
    pipeline.run("resize")
    for key in pipeline.intermediate():
        pipeline.aws.s3.delete_object(Bucket=pipeline.aws.names.work_bucket, Key=key)
    pipeline.run("watermark")
    assert [(each.service, each.error) for each in pipeline.mail()] == [
        ("resize", "AwsUnavailable"),
        ("watermark", "IntermediateObjectMissing"),
    ]
    assert list(pipeline.rows().values()) == [("failed", "IntermediateObjectMissing")]
