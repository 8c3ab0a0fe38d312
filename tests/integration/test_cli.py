"""`pipeline upload` and `pipeline status` against AWS's wire."""

import json
import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ops.aws.objects import put_file
from ops.cli.main import main
from ops.images import follow
from ops.images.batches import totals
from ops.names import Names
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.ledger import DynamoLedger
from shared.clock import SystemClock
from shared.errors import AwsUnavailable
from shared.messages import Source
from shared.overrides import NAMES as OVERRIDES
from shared.overrides import parse
from shared.ports import LedgerEntry

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")


@pytest.fixture
def ledger(aws):
    return DynamoLedger(aws.dynamodb, aws.names.ledger)


def entry(key, version=None, outcome="stored", **more):
    source = Source(
        bucket=NAMES.input_bucket, key=key, version_id=version, size_bytes=3, uploaded_at="2026-01-01T00:00:00.000Z"
    )
    return LedgerEntry(
        source=source, service="store", seconds=0.1, at="2026-01-01T00:00:04.000Z", outcome=outcome, **more
    )


def test_upload_keeps_names_and_folders(aws, tmp_path, capsys):
    s3 = aws.s3
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a b+ü.jpg").write_bytes(b"1")
    (tmp_path / "in" / ".hidden").write_bytes(b"2")
    (tmp_path / "one.png").write_bytes(b"3")
    argv = ["upload", str(tmp_path / "in"), str(tmp_path / "one.png"), "--prefix", "p/", "--output", "json"]
    assert main(argv) == 0
    reported = [json.loads(line)["key"] for line in capsys.readouterr().out.splitlines()]
    there = [each["Key"] for each in s3.list_objects_v2(Bucket=NAMES.input_bucket)["Contents"]]
    assert reported == ["p/sub/a b+ü.jpg", "p/one.png"]
    assert sorted(there) == sorted(reported)


def test_upload_waits_for_the_outcome_of_this_version(aws, ledger, tmp_path, capsys, monkeypatch):
    s3 = aws.s3
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    ledger.record(entry("a.jpg", version="an older one"))

    def finish(*_):
        versions = s3.list_object_versions(Bucket=NAMES.input_bucket)["Versions"]
        ledger.record(entry("a.jpg", versions[0]["VersionId"], "failed", error="UnreadableImage", reason="cut off"))

    monkeypatch.setattr(SystemClock, "wait", finish)
    assert main(["upload", str(path), "--wait", "--timeout", "20"]) == 3
    out, err = capsys.readouterr()
    assert "UnreadableImage: cut off" in out
    assert "0 of 1 stored" in err


def test_upload_says_what_has_no_outcome_yet(aws, tmp_path, capsys):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    assert main(["upload", str(path), "--wait", "--timeout", "0"]) == 5
    assert "no outcome yet: a.jpg" in capsys.readouterr().err


def test_upload_carries_what_is_set_and_s3_takes_it(aws, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"1")
    assert main(["upload", str(tmp_path / "a.jpg"), "--set", "quality=60", "--set", "watermark-text=© Ada"]) == 0
    metadata = aws.s3.head_object(Bucket=NAMES.input_bucket, Key="a.jpg")["Metadata"]
    overrides = parse(metadata, OVERRIDES)
    assert (overrides.quality, overrides.watermark_text) == (60, "© Ada")


def test_upload_uploads_nothing_where_something_is_overridden_wrongly(aws, tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(b"1")
    assert main(["upload", str(tmp_path / "a.jpg"), "--set", "quality=900"]) == 2
    assert 'pipeline-quality is "900"; allowed: a whole number from 1 to 100' in capsys.readouterr().err
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=NAMES.input_bucket)


def test_upload_goes_on_past_a_file_that_cannot_be_read(aws, tmp_path, capsys):
    for name in ("a.jpg", "z.jpg"):
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "dead.jpg").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert main(["upload", str(tmp_path)]) == 3
    out, err = capsys.readouterr()
    assert f"not uploaded: {tmp_path}/dead.jpg: No such file or directory\n" in err
    assert f"not uploaded: {tmp_path}/pipe.jpg: a pipe; only regular files are uploaded\n" in err
    assert "uploaded 2 of 4 to" in err
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["a.jpg", "z.jpg"]
    there = aws.s3.list_objects_v2(Bucket=NAMES.input_bucket)["Contents"]
    assert [each["Key"] for each in there] == ["a.jpg", "z.jpg"]


def test_upload_of_one_file_that_cannot_be_read_names_it(aws, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert main(["upload", str(tmp_path / "pipe.jpg")]) == 3
    assert "pipe.jpg: a pipe; only regular files are uploaded" in capsys.readouterr().err


def test_upload_names_links_to_folders_and_leaves_out_what_begins_with_a_dot(aws, tmp_path, capsys):
    for name in ("elsewhere", "in/b", "in/.hidden"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.jpg").write_bytes(b"1")
    (tmp_path / "in" / ".a.jpg").write_bytes(b"1")
    linked, circle, hidden = (tmp_path / "in" / name for name in ("linked", "b/circle", ".linked"))
    for link, target in ((linked, tmp_path / "elsewhere"), (circle, tmp_path / "in"), (hidden, tmp_path / "elsewhere")):
        link.symlink_to(target)
    assert main(["upload", str(tmp_path / "in")]) == 0
    err = capsys.readouterr().err
    for each in (linked, circle):
        assert f"not followed: {each} links to a folder. Pass it by name to upload what is in it.\n" in err
    assert err.count("not followed") == 2
    assert keys_in(aws) == ["b/a.jpg"]
    assert main(["upload", str(linked), "--prefix", "linked/"]) == 0
    assert "not followed" not in capsys.readouterr().err
    assert keys_in(aws) == ["b/a.jpg", "linked/a.jpg"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of 20 files, of which S3 refuses some, and a few that it stops at by another error."""

    def of(*refused, stops=(), error=None):
        for number in range(20):
            (tmp_path / f"{number:02}.jpg").write_bytes(b"1")

        def put(s3, path, *, key, **rest):
            if path.name in refused:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
            if path.name in stops:
                raise error
            return put_file(s3, path, key=key, **rest)

        monkeypatch.setattr(follow, "put_file", put)
        return tmp_path

    return of


def uploaded_by(capsys, *argv):
    """The exit code, the keys of the printed lines and their batch, and the notes."""
    code = main(["upload", *map(str, argv), "--json"])
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    return code, [each["key"] for each in lines], {each["batch"] for each in lines}, err


def keys_in(aws):
    versions = aws.s3.list_object_versions(Bucket=NAMES.input_bucket).get("Versions", [])
    return [each["Key"] for each in versions]


def test_upload_goes_on_past_a_file_that_s3_refuses_and_its_batch_misses_it(aws, folder, capsys):
    code, keys, (batch,), err = uploaded_by(capsys, folder("07.jpg"))
    assert code == 3
    assert keys == keys_in(aws) == [f"{number:02}.jpg" for number in range(20) if number != 7]
    assert "/07.jpg: An error occurred (AccessDenied) when calling the PutObject operation: no\n" in err
    assert "uploaded 19 of 20 to" in err
    counted = totals(connect(ROOT / "pipeline.yaml"), batch)
    assert (counted.size, counted.counts["missing"], counted.pending) == (20, 1, 19)


@pytest.mark.parametrize("error", [AwsUnavailable("gone"), KeyboardInterrupt()])
def test_upload_prints_what_is_there_where_it_is_broken_off(aws, folder, capsys, error):
    code, keys, (batch,), err = uploaded_by(capsys, folder(stops=["15.jpg"], error=error), "--wait")
    assert code == (6 if isinstance(error, AwsUnavailable) else 130)
    assert keys == keys_in(aws)
    assert set(keys) >= {f"{number:02}.jpg" for number in range(15)}
    assert "15.jpg" not in keys
    assert f"uploaded {len(keys)} of 20 to" in err
    assert totals(connect(ROOT / "pipeline.yaml"), batch).counts["missing"] == 20 - len(keys)


def test_upload_ends_where_s3_refuses_all(aws, folder, capsys):
    code, keys, _, err = uploaded_by(capsys, folder(*[f"{number:02}.jpg" for number in range(20)]))
    assert (code, keys, keys_in(aws)) == (6, [], [])
    assert 8 <= err.count("not uploaded: ") <= 15  # eight threads, each with one that it has begun
    assert err.count("Grant it") == 1
    assert "uploaded 0" not in err


def test_upload_of_one_file_that_s3_refuses_is_an_error_of_aws(aws, folder, capsys):
    code, keys, _, err = uploaded_by(capsys, folder("07.jpg") / "07.jpg")
    assert (code, keys) == (6, [])
    assert "not uploaded: " in err
    assert "07.jpg" in err


def test_files_that_would_replace_one_another_are_refused(aws, tmp_path, capsys):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jpg").write_bytes(b"x")
    assert main(["upload", str(tmp_path / "a"), str(tmp_path / "b/x.jpg")]) == 2
    err = capsys.readouterr().err
    assert f"{tmp_path}/a/x.jpg and {tmp_path}/b/x.jpg would both be x.jpg" in err
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=aws.names.input_bucket)
    assert main(["upload", str(tmp_path)]) == 0


def test_upload_names_what_is_not_there(aws, capsys):
    assert main(["upload", "nowhere"]) == 4
    assert "nowhere: no such file or folder" in capsys.readouterr().err


def test_status_of_a_key_shows_every_version(aws, ledger, capsys):
    ledger.record(entry("a.jpg", "v1", outputs=("a-resized.jpg",), placeholder="abc="))
    ledger.record(entry("a.jpg", "v2", "superseded", reason="newer"))
    ledger.record(entry("b.jpg", "v1"))
    assert main(["status", "a.jpg", "--output", "json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["version_id"]: row["outcome"] for row in rows} == {"v1": "stored", "v2": "superseded"}
    assert {row["version_id"]: row["placeholder"] for row in rows} == {"v1": "abc=", "v2": None}
    assert rows[0]["total_seconds"] == 4


def test_status_says_how_far_an_image_is(aws, ledger, capsys):
    source = entry("a.jpg").source
    ledger.record(LedgerEntry(source=source, service="resize", seconds=1, at="2026-01-01T00:00:01.000Z"))
    assert main(["status", "a.jpg"]) == 0
    assert "on its way to watermark" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"uploaded_at": {"S": "yesterday"}},
            "uploaded_at is 'yesterday', not a time such as 2026-03-01T09:30:12.123Z",
        ),
        ({"updated_at": {"S": "2026-01-01"}}, "updated_at is '2026-01-01', not a time"),
        ({"updated_at": None}, "it has no 'updated_at'"),
        ({"size_bytes": {"S": "many"}}, "'many'"),
    ],
)
def test_a_row_that_cannot_be_read_keeps_nobody_from_the_others(aws, ledger, capsys, change, why):
    ledger.record(entry("good.jpg"))
    ledger.record(entry("bad.jpg"))
    table = aws.names.ledger
    (bad,) = [row for row in aws.dynamodb.scan(TableName=table)["Items"] if row["source"]["S"].endswith("bad.jpg")]
    item = {field: value for field, value in {**bad, **change}.items() if value is not None}
    aws.dynamodb.put_item(TableName=table, Item=item)
    assert main(["status"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["IMAGE", "good.jpg"]
    assert "A row of the ledger cannot be read, and is left out" in err
    assert bad["image_id"]["S"] in err
    assert why in err


def test_status_of_an_unknown_key_is_not_found(aws, capsys):
    assert main(["status", "nowhere.jpg"]) == 4
    assert "nowhere.jpg" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--prefix", "nosuch/"), ("--failed",), ()])
def test_status_says_that_no_image_matches(aws, capsys, options):
    assert main(["status", *options]) == 0
    assert "No image of the ledger matches." in capsys.readouterr().err


def test_a_region_that_is_missing_is_named(aws, monkeypatch, capsys):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert main(["status"]) == 2
    assert "AWS_REGION" in capsys.readouterr().err


def test_a_name_that_is_no_utf_8_is_reported_in_words(aws, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = "a\udcff.jpg"
    try:
        Path(name).write_bytes(b"1")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert main(["upload", name]) == 3
    assert r"b'a\xff.jpg': the name is not UTF-8" in capsys.readouterr().err
    assert main(["backfill", f"s3://{NAMES.input_bucket}/{name}", "--dry-run"]) == 2
    assert "\\udcff" in capsys.readouterr().err
