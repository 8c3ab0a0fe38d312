"""Files that are uploaded together, through the real handlers: one digest, anyone who comes first or breaks off."""

import json

import pytest
from kit.deployment import photo
from kit.ledger_rows import all_rows
from kit.uploads import uploads_of

from ops.cli.main import main
from ops.dlq import reading
from ops.images import batches
from ops.images.batches import upload_together
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.ledger import DynamoLedger
from shared.errors import ImageTooLarge
from shared.notifications import BatchEnded, ImageFailed, ImageStored


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Uploads of some bytes by their keys; archives of replays go where they lie."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reading, "WAIT_SECONDS", 0)

    def making(**bodies):
        return uploads_of(tmp_path, "holiday/", bodies)

    return making


@pytest.fixture
def stack(aws):
    return connect(ROOT / "pipeline.yaml")


def arrive(pipeline, uploaded):
    """Let resize hear of what was uploaded: moto's own events lack version and sequencer."""
    for each in uploaded:
        pipeline.uploads += 1
        pipeline.send(pipeline.event(each.key, each.version_id, each.size_bytes))


def mail(pipeline, *kinds):
    """The notices of some kinds; all others are gone, too."""
    notices = []
    url = pipeline.aws.urls[pipeline.aws.names.mailbox]
    while messages := pipeline.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies = [json.loads(each["Body"])["Message"] for each in messages]
        notices += [json.loads(body) for body in bodies]
    return [each for each in notices if each["type"] in {kind.TYPE for kind in kinds}]


def test_a_batch_ends_in_one_digest_that_says_what_became_of_all(pipeline, stack, files):
    uploaded = upload_together(stack, files(a=photo((40, 30)), b=b"words", c=photo((40, 30)), d=photo((40, 30))))
    (batch,) = {each.batch for each in uploaded}
    gone = uploaded[2]
    stack.s3.delete_object(Bucket=gone.bucket, Key=gone.key, VersionId=gone.version_id)
    arrive(pipeline, uploaded)
    pipeline.run()
    (digest,) = mail(pipeline, BatchEnded)
    assert (digest["batch_id"], digest["size"]) == (batch, 4)
    assert (digest["stored"], digest["failed"], digest["vanished"]) == (2, 1, 1)
    assert (digest["folders"], digest["bucket"]) == (["holiday/"], stack.names.input_bucket)
    assert [each["key"] for each in digest["failures"]] == ["holiday/b"]
    assert digest["seconds"] > 0
    (entry,) = pipeline.dead_lettered("resize")
    assert entry["batch"] == batch


def test_the_rows_say_with_which_batch_and_the_batch_is_no_image(pipeline, stack, files):
    uploaded = upload_together(stack, files(a=photo((40, 30)), b=photo((40, 30))))
    waiting = {row.key: (row.service, row.outcome, row.batch) for row in all_rows(stack.ledger)}
    assert waiting == {each.key: ("uploaded", None, each.batch) for each in uploaded}
    arrive(pipeline, uploaded)
    pipeline.run()
    rows = all_rows(stack.ledger)
    assert {(row.key, row.outcome, row.batch) for row in rows} == {
        (each.key, "stored", each.batch) for each in uploaded
    }


def test_outputs_and_overrides_have_nothing_of_upload_batches(pipeline, stack, files):
    arrive(pipeline, upload_together(stack, files(a=photo((40, 30)), b=photo((40, 30))), {"artist": "Ada"}))
    pipeline.run()
    metadata = pipeline.output("holiday/a-resized.jpg")["Metadata"]
    assert metadata["artist"] == "Ada"
    assert "pipeline-batch" not in metadata


def test_one_image_is_no_batch_and_costs_no_write_more(pipeline, stack, files):
    (uploaded,) = upload_together(stack, files(a=photo((40, 30))))
    assert uploaded.batch is None
    assert all_rows(stack.ledger) == []
    arrive(pipeline, [uploaded])
    pipeline.run()
    assert (len(mail(pipeline, ImageStored)), mail(pipeline, BatchEnded)) == (1, [])
    # The row of the image, and the item of its source key.
    (row,) = all_rows(stack.ledger)
    items = stack.dynamodb.scan(TableName=stack.names.ledger)["Items"]
    assert sorted(each["image_id"]["S"] for each in items) == sorted([row.image_id, "key"])


def test_a_service_that_is_done_before_the_batch_is_written_into_the_row_leaves_the_count_to_who_uploads(
    pipeline, stack, files, monkeypatch
):
    def upload(stack, uploads, metadata, *, stamp, uploaded, failed=None):
        def late(number, there):
            # Deleted and asked for: nothing of the object's metadata is ever read.
            stack.s3.delete_object(Bucket=there.bucket, Key=there.key, VersionId=there.version_id)
            arrive(pipeline, [there])
            pipeline.run("resize")
            assert mail(pipeline, BatchEnded) == []
            uploaded(number, there)

        return real(stack, uploads, metadata, stamp=stamp, uploaded=late)

    real = batches.upload
    monkeypatch.setattr(batches, "upload", upload)
    monkeypatch.setattr("ops.images.follow._UPLOADS", 1)
    upload_together(stack, files(a=photo((40, 30)), b=photo((40, 30))))
    (digest,) = mail(pipeline, BatchEnded)
    assert (digest["size"], digest["vanished"]) == (2, 2)


def refuse(*_):
    """As an image that is too large: by what S3's event says, before anything of it is read."""
    raise ImageTooLarge("too large")


def test_a_message_that_was_there_before_the_row_named_the_batch_is_found_by_the_batch(
    pipeline, stack, files, monkeypatch, capsys
):
    def upload(stack, uploads, metadata, *, stamp, uploaded, failed=None):
        def late(number, there):
            arrive(pipeline, [there])
            pipeline.run("resize")
            uploaded(number, there)

        return real(stack, uploads, metadata, stamp=stamp, uploaded=late)

    real = batches.upload
    monkeypatch.setattr(batches, "upload", upload)
    monkeypatch.setattr("ops.images.follow._UPLOADS", 1)
    monkeypatch.setattr("services.resize.step.check_bytes", refuse)
    first, _ = upload_together(stack, files(a=b"a", b=b"b"))
    capsys.readouterr()
    assert main(["dlq", "ls", "--batch", first.batch, "--output", "json"]) == 0
    assert [json.loads(line)["messages"] for line in capsys.readouterr().out.splitlines()] == [2]
    assert [entry.get("batch") for entry in pipeline.dead_lettered("resize")] == [None, None]


def test_a_message_names_the_batch_that_its_row_named_only_when_the_failure_was_written(
    pipeline, stack, files, monkeypatch
):
    monkeypatch.setattr("services.resize.step.check_bytes", refuse)
    first, _ = upload_together(stack, files(a=b"a", b=b"b"))
    # Anyone who uploads wrote it between the two looks at the row.
    monkeypatch.setattr(DynamoLedger, "progress", lambda *_: None)
    arrive(pipeline, [first])
    pipeline.run("resize")
    assert [entry.get("batch") for entry in pipeline.dead_lettered("resize")] == [first.batch]


def test_a_failure_that_comes_before_its_metadata_is_read_counts_in_its_batch(pipeline, stack, files):
    uploaded = upload_together(stack, files(a=b"1", b=b"2"))
    with pipeline.failing("s3", "GetObject", "SlowDown"):
        arrive(pipeline, uploaded)
        for _ in range(5):
            pipeline.run("resize")
            pipeline.wait()
    *failures, digest = sorted(mail(pipeline, BatchEnded, ImageFailed), key=lambda each: each["type"], reverse=True)
    assert (digest["failed"], {each["error"] for each in digest["failures"]}) == (2, {"AwsUnavailable"})
    assert {each["source"]["batch"]["id"] for each in failures} == {digest["batch_id"]}


@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError("the disk is gone")])
def test_an_upload_that_is_broken_off_ends_its_batch_with_what_was_uploaded(pipeline, stack, files, monkeypatch, how):
    there = []

    def upload(stack, uploads, metadata, *, stamp, uploaded, failed=None):
        def some(number, each):
            uploaded(number, each)
            there.append(each)

        real(stack, uploads[:2], metadata, stamp=stamp, uploaded=some)
        raise how

    real = batches.upload
    monkeypatch.setattr(batches, "upload", upload)
    with pytest.raises(type(how) if isinstance(how, Exception) else how):
        upload_together(stack, files(a=photo((40, 30)), b=b"words", c=b"", d=b""))
    assert mail(pipeline, BatchEnded) == []
    arrive(pipeline, there)
    pipeline.run()
    (digest,) = mail(pipeline, BatchEnded)
    assert (digest["size"], digest["stored"], digest["failed"], digest["missing"]) == (4, 1, 1, 2)


def test_an_upload_that_is_broken_off_when_all_else_is_done_reports_by_itself(pipeline, stack, files, monkeypatch):
    def upload(stack, uploads, metadata, *, stamp, uploaded, failed=None):
        arrive(pipeline, real(stack, uploads[:1], metadata, stamp=stamp, uploaded=uploaded))
        pipeline.run()
        raise KeyboardInterrupt

    real = batches.upload
    monkeypatch.setattr(batches, "upload", upload)
    with pytest.raises(KeyboardInterrupt):
        upload_together(stack, files(a=photo((40, 30)), b=photo((40, 30))))
    (digest,) = mail(pipeline, BatchEnded)
    assert (digest["stored"], digest["missing"]) == (1, 1)


def test_more_files_than_a_batch_may_have_become_several(pipeline, stack, files, monkeypatch):
    monkeypatch.setattr(batches, "MAX_SIZE", 2)
    uploaded = upload_together(stack, files(a=b"1", b=b"2", c=b"3"))
    assert len({each.batch for each in uploaded}) == 2
    arrive(pipeline, uploaded)
    pipeline.run()
    assert sorted(each["size"] for each in mail(pipeline, BatchEnded)) == [1, 2]


def test_a_replay_of_a_batch_sends_back_its_messages_alone(pipeline, stack, files, capsys):
    uploaded = upload_together(stack, files(a=b"words", b=photo((40, 30))))
    arrive(pipeline, uploaded)
    pipeline.upload("alone.jpg", b"words")
    pipeline.run()
    capsys.readouterr()
    assert main(["dlq", "replay", "--batch", uploaded[0].batch, "--yes", "--output", "json"]) == 0
    (done,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (done["did"], done["messages"]) == ("replayed", 1)
    pipeline.run()
    image = uploaded[0].image_id
    assert [each["notice_id"][-8:] for each in mail(pipeline, ImageFailed) if image in each["notice_id"]] == [
        "failed-0",
        "failed-1",
    ]
    capsys.readouterr()
    assert main(["dlq", "replay", "--image", image, "--output", "json"]) == 0
    (would,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (would["did"], would["messages"]) == ("would replay", 1)


def test_a_replay_after_the_digest_stores_the_image_and_brings_no_second_digest(pipeline, stack, files):
    uploaded = upload_together(stack, files(a=photo((40, 30)), b=photo((40, 30))))
    with pipeline.failing("s3", "PutObject", "SlowDown"):
        arrive(pipeline, uploaded)
        for _ in range(5):
            pipeline.run("resize")
            pipeline.wait()
    (digest,) = mail(pipeline, BatchEnded)
    assert digest["failed"] == 2
    assert main(["dlq", "replay", "--batch", digest["batch_id"], "--yes"]) == 0
    pipeline.run()
    assert {row.outcome for row in all_rows(stack.ledger)} == {"stored"}
    assert mail(pipeline, BatchEnded) == []


def test_folders_are_as_many_as_filters_need_and_no_more():
    assert batches.folders(["top.jpg", "a/b.jpg", "a/c.jpg", "a/d/e.jpg"]) == ["/", "a/", "a/d/"]
    assert batches.folders([f"a/{number}/x.jpg" for number in range(batches.MAX_FOLDERS)])[0] == "a/0/"
    assert batches.folders([f"a/{number}/x.jpg" for number in range(batches.MAX_FOLDERS + 1)]) == ["a/"]
    assert batches.folders([f"{number}/x.jpg" for number in range(batches.MAX_FOLDERS + 1)]) == ["/"]
    assert batches.folders([f"a/{'日' * 300}{number}/x.jpg" for number in range(5)]) == ["a/"]


def test_the_command_says_which_batch_it_uploaded(pipeline, tmp_path, capsys):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(b"1")
    paths = [str(tmp_path / f"{name}.jpg") for name in "ab"]
    assert main(["upload", *paths, "--output", "json"]) == 0
    out, err = capsys.readouterr()
    (batch,) = {json.loads(line)["batch"] for line in out.splitlines()}
    assert f"as batch {batch}" in err
    assert main(["status", "a.jpg"]) == 0
    assert "on its way to resize" in capsys.readouterr().out


def test_a_ledger_that_cannot_be_written_is_reported_in_words_before_anything_is_uploaded(stack, tmp_path, capsys):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(b"1")
    stack.dynamodb.delete_table(TableName=stack.names.ledger)
    assert main(["upload", *(str(tmp_path / f"{name}.jpg") for name in "ab")]) == 6
    assert "pipeline: counting the batch" in capsys.readouterr().err
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.names.input_bucket)
