"""`pipeline rm`: nothing is left of a source, and nothing of others goes."""

import json

from kit.deployment import photo

from ops.aws.ledger import LedgerTable
from ops.cli.main import main


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
