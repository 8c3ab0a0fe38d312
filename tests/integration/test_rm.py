"""`pipeline rm`: nothing is left of a source, and nothing of others goes."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from kit.deployment import photo

from ops.aws import buckets
from ops.aws.ledger import LedgerTable
from ops.cli.main import main
from ops.errors import CommandError
from ops.images import removal
from ops.images.removal import Remover
from ops.settings import ROOT
from ops.stack import connect
from shared.dlq_messages import iso
from shared.errors import AwsUnavailable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clocks:
    """The clock of S3, which its answers' Date has, and that of this machine, as the tests set them."""

    def __init__(self):
        self.s3 = self.here = NOON

    def now(self, _):
        return self.here

    def date(self, parsed, **_):
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = format_datetime(self.s3, usegmt=True)

    def advance(self, **by):
        self.s3 += timedelta(**by)
        self.here += timedelta(**by)


@pytest.fixture
def clocks(aws, monkeypatch):
    clocks, event = Clocks(), "after-call.s3.ListObjectVersions"
    monkeypatch.setattr(buckets, "datetime", clocks)
    stack = connect(ROOT / "pipeline.yaml")
    monkeypatch.setattr("ops.cli.options.Target.stack", lambda _: stack)
    stack.s3.meta.events.register(event, clocks.date)
    clocks.stack = stack
    yield clocks
    stack.s3.meta.events.unregister(event, clocks.date)


def store(pipeline, key, at, size=(400, 300)):
    """Upload a version at this time, and store it."""
    body = photo(size)
    version = pipeline.aws.s3.put_object(Bucket=pipeline.aws.names.input_bucket, Key=key, Body=body)["VersionId"]
    pipeline.uploads += 1
    pipeline.send(pipeline.event(key, version, len(body)) | {"eventTime": iso(at)})
    pipeline.run()
    return version


def rm(*argv):
    return main(["rm", *argv])


def versions(pipeline):
    answer = pipeline.aws.s3.list_object_versions(Bucket=pipeline.aws.names.input_bucket)
    return [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in answer.get(kind, [])]


def test_a_source_goes_with_all_that_was_made_of_it(pipeline, capsys):
    for size in ((400, 300), (800, 600)):
        pipeline.upload("a.jpg", photo(size))
        pipeline.run()
    pipeline.upload("a.jpg.jpg", photo())
    pipeline.upload("a.jpg", photo())
    pipeline.run("resize")
    others = ["a.jpg-resized.jpg", "a.jpg-thumb.jpg"]
    capsys.readouterr()
    assert rm("a.jpg", "--output", "json") == 0
    said, dry = capsys.readouterr()
    assert json.loads(said) == {
        "key": "a.jpg",
        "versions": 3,
        "outputs": 2,
        "intermediate": 1,
        "rows": 3,
        "removed": False,
    }
    assert "Dry run. Pass --yes to apply." in dry
    assert pipeline.outputs() == ["a-resized.jpg", "a-thumb.jpg"]
    assert rm("a.jpg", "--yes") == 0
    assert versions(pipeline) == ["a.jpg.jpg"]
    # The image that is on its way ends without outputs, and its neighbour is stored.
    pipeline.run()
    assert pipeline.outputs() == others
    rows = LedgerTable(pipeline.aws.dynamodb, pipeline.aws.names.ledger).of_key(
        pipeline.aws.names.input_bucket, "a.jpg"
    )
    assert {row.outcome for row in rows} == {"removed"}
    assert not any(row.placeholder or row.reason or row.warnings or row.outputs for row in rows)
    assert pipeline.intermediate() == []
    capsys.readouterr()
    assert rm("a.jpg", "--output", "json") == 0
    there = json.loads(capsys.readouterr().out)
    assert (there["versions"], there["outputs"], there["rows"]) == (0, 0, 3)


def test_what_is_uploaded_after_a_removal_is_stored(pipeline, monkeypatch):
    monkeypatch.setattr("ops.images.removal.iso", lambda _: "2026-01-01T00:00:00.000Z")
    pipeline.upload("a.jpg", photo())
    assert rm("a.jpg", "--yes") == 0
    version = pipeline.aws.s3.put_object(Bucket=pipeline.aws.names.input_bucket, Key="a.jpg", Body=photo())["VersionId"]
    later = pipeline.event("a.jpg", version, 1, sequencer="F" * 16) | {"eventTime": "2026-01-01T00:00:00.001Z"}
    pipeline.send(later)
    pipeline.run()
    assert pipeline.outputs() == ["a-resized.jpg", "a-thumb.jpg"]


def test_a_key_that_nobody_knows_is_not_found(pipeline, capsys):
    assert rm("nowhere.jpg", "--yes") == 4
    assert "nothing is known of: nowhere.jpg" in capsys.readouterr().err


def test_what_is_stored_since_the_look_at_a_key_stays_and_the_removal_is_refused(pipeline, clocks):
    store(pipeline, "a.jpg", NOON - timedelta(hours=1))
    remover = Remover(stack=clocks.stack)
    found = remover.belongings("a.jpg")
    version = store(pipeline, "a.jpg", NOON + timedelta(seconds=1), size=(800, 600))
    clocks.advance(seconds=5)
    with pytest.raises(CommandError, match="uploaded again meanwhile"):
        remover.remove("a.jpg", found)
    assert pipeline.outputs() == ["a-resized.jpg", "a-thumb.jpg"]
    assert pipeline.rows()["a.jpg", version] == ("stored", None)


def test_what_is_uploaded_and_stored_while_the_versions_are_deleted_stays(pipeline, clocks, monkeypatch):
    store(pipeline, "a.jpg", NOON - timedelta(hours=1))
    later, delete = [], removal.delete

    def deleting(*about):
        later.append(store(pipeline, "a.jpg", NOON + timedelta(seconds=1), size=(800, 600)))
        delete(*about)

    monkeypatch.setattr(removal, "delete", deleting)
    assert rm("a.jpg", "--yes") == 0
    (version,) = later
    assert versions(pipeline) == ["a.jpg"]
    assert pipeline.outputs() == ["a-resized.jpg", "a-thumb.jpg"]
    assert sorted(pipeline.rows().values()) == [("removed", None), ("stored", None)]
    assert pipeline.rows()["a.jpg", version] == ("stored", None)


def test_a_key_is_looked_at_once_the_one_before_it_is_removed(pipeline, clocks, monkeypatch):
    for key in ("a.jpg", "b.jpg"):
        store(pipeline, key, NOON - timedelta(hours=1))
    remove = Remover.remove

    def removing(self, key, found):
        if key == "a.jpg":
            clocks.advance(seconds=5)
            store(pipeline, "b.jpg", NOON + timedelta(seconds=4), size=(800, 600))
        remove(self, key, found)

    monkeypatch.setattr(Remover, "remove", removing)
    assert rm("a.jpg", "b.jpg", "--yes") == 0
    assert (versions(pipeline), pipeline.outputs()) == ([], [])
    assert {outcome for outcome, _ in pipeline.rows().values()} == {"removed"}


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_time_of_a_removal_is_that_of_s3_whatever_this_machine_s_clock_says(pipeline, clocks, hours):
    clocks.here += timedelta(hours=hours)
    store(pipeline, "a.jpg", NOON - timedelta(minutes=1))
    assert rm("a.jpg", "--yes") == 0
    assert pipeline.outputs() == []
    store(pipeline, "a.jpg", NOON + timedelta(seconds=1))
    assert pipeline.outputs() == ["a-resized.jpg", "a-thumb.jpg"]


def test_a_key_that_is_refused_keeps_nobody_from_the_others(pipeline, clocks, monkeypatch, capsys):
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        store(pipeline, key, NOON - timedelta(hours=1))
    belongings = Remover.belongings

    def looking(self, key):
        found = belongings(self, key)
        if key == "b.jpg":
            store(pipeline, key, NOON + timedelta(seconds=1), size=(800, 600))
        return found

    monkeypatch.setattr(Remover, "belongings", looking)
    assert rm("a.jpg", "b.jpg", "c.jpg", "nowhere.jpg", "--yes", "--output", "json") == 3
    out, err = capsys.readouterr()
    # The services that stored b.jpg meanwhile write their logs there, too.
    rows = [json.loads(line) for line in out.splitlines() if "removed" in line and "versions" in line]
    assert {row["key"]: row["removed"] for row in rows} == {"a.jpg": True, "b.jpg": False, "c.jpg": True}
    assert "b.jpg: refused: b.jpg was uploaded again meanwhile; pass it to pipeline rm again" in err
    assert "nothing is known of: nowhere.jpg" in err
    assert "1 of 4 keys were refused" in err
    assert pipeline.outputs() == ["b-resized.jpg", "b-thumb.jpg"]


def test_a_single_key_that_is_refused_ends_with_its_own_error(pipeline, clocks, monkeypatch, capsys):
    store(pipeline, "a.jpg", NOON - timedelta(hours=1))

    def refusing(*_):
        raise AwsUnavailable("a-thumb.jpg was written by others")

    monkeypatch.setattr(Remover, "remove", refusing)
    assert rm("a.jpg", "--yes") == 6
    assert "a-thumb.jpg was written by others" in capsys.readouterr().err
