"""`pipeline status` by pages, against AWS's wire: what is found, in which order, and what it takes."""

import json
import shlex

import pytest
from kit.noted_calls import noted

from ops.aws import ledger_pages, ledger_table
from ops.aws.ledger_pages import LedgerPages, Wanted
from ops.cli.main import main
from ops.images.selection import Images
from ops.names import Names
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.aws.source_keys import DynamoSourceKeys
from shared.messages import Source, UploadBatch
from shared.ports import LedgerEntry

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")
BATCH = "20260101-000000-abcdef"
MANY = 30


def at(second):
    return f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"


def just_after(second):
    return at(second).replace(".000", ".001")


def entry(key, second, outcome="stored", *, batch=None, service="store", **more):
    source = Source(
        bucket=NAMES.input_bucket, key=key, version_id=f"v{second}", size_bytes=3, uploaded_at=at(second), batch=batch
    )
    return LedgerEntry(source=source, service=service, seconds=0.1, at=at(second + 1), outcome=outcome, **more)


@pytest.fixture
def ledger(aws):
    return DynamoLedger(aws.dynamodb, aws.names.ledger, days=30)


@pytest.fixture
def pages(aws):
    return LedgerPages(client=aws.dynamodb, table=aws.names.ledger, bucket=NAMES.input_bucket)


@pytest.fixture(scope="module")
def recorded():
    """The items of `many`, once the ledger has written them."""
    return []


@pytest.fixture
def many(ledger, aws, recorded):
    """Images a second apart: every third failed, every second of another folder."""
    for item in recorded:
        aws.dynamodb.put_item(TableName=aws.names.ledger, Item=item)
    if recorded:
        return
    for second in range(MANY):
        folder = "holiday" if second % 2 else "work"
        outcome = "failed" if second % 3 == 0 else "stored"
        batch = UploadBatch(id=BATCH, number=second, size=MANY) if second < 10 else None
        ledger.record(entry(f"{folder}/{second}.jpg", second, outcome, batch=batch))
    recorded += aws.dynamodb.scan(TableName=aws.names.ledger)["Items"]


def shown(capsys, *argv):
    """The seconds of the images that a command shows, and what it says beside."""
    assert main(["status", "--json", *argv]) == 0
    out, err = capsys.readouterr()
    keys = [json.loads(line)["key"] for line in out.splitlines()]
    return [int(key.rpartition("/")[2].removesuffix(".jpg")) for key in keys], err


def test_the_newest_come_first_and_the_next_page_goes_on_where_the_last_ended(many, capsys):
    first, err = shown(capsys, "--limit", "12")
    assert first == list(range(29, 17, -1))
    assert f"Older: pipeline status --limit 12 --before {just_after(17)}" in err
    second, _ = shown(capsys, "--limit", "12", "--before", just_after(17))
    last, err = shown(capsys, "--limit", "12", "--before", just_after(5))
    assert [*first, *second, *last] == list(range(29, -1, -1))
    assert "Older" not in err


def test_the_next_page_is_of_the_same_pipeline(many, capsys):
    given = ["--settings", str(ROOT / "pipeline.yaml"), "--region", NAMES.region]
    _, err = shown(capsys, *given, "--limit", "12")
    assert f"Older: pipeline status {shlex.join(given[2:])} --limit 12 --before" in err


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        pytest.param(["--failed"], lambda s: s % 3 == 0, id="failed"),
        pytest.param(["--prefix", "holiday/"], lambda s: s % 2, id="prefix"),
        pytest.param(["--prefix", "holiday/", "--failed"], lambda s: s % 2 and s % 3 == 0, id="prefix and failed"),
        pytest.param(["--since", at(20)], lambda s: s >= 20, id="since"),
        pytest.param(["--before", at(7)], lambda s: s < 7, id="before"),
        pytest.param(["--batch", BATCH], lambda s: s < 10, id="batch"),
        pytest.param(["--batch", BATCH, "--failed"], lambda s: s < 10 and s % 3 == 0, id="batch and failed"),
    ],
)
@pytest.mark.parametrize("way", [[], ["--scan"]], ids=["index", "scan"])
def test_what_is_asked_for_is_found_and_nothing_else(many, capsys, argv, wanted, way):
    assert shown(capsys, "--limit", "200", *argv, *way)[0] == [s for s in reversed(range(MANY)) if wanted(s)]


@pytest.mark.parametrize("more", [[], ["--failed"], ["--watch"], ["--json"]])
def test_a_batch_of_which_there_is_no_image_is_not_found(many, capsys, more):
    assert main(["status", "--batch", "another", *more]) == 4
    out, err = capsys.readouterr()
    assert (out, "no image of the batch 'another' is in the ledger" in err) == ("", True)


def test_a_batch_that_has_begun_is_known_before_its_first_image(many, aws, capsys):
    upload_batches = DynamoUploadBatches(aws.dynamodb, aws.names.ledger, days=1)
    upload_batches.open(UploadBatch(id="begun", number=0, size=3), bucket="b", folders=[], at=at(0))
    assert shown(capsys, "--batch", "begun")[0] == []


def test_a_page_never_parts_what_was_uploaded_at_the_same_time(ledger, pages):
    for number in range(30):
        ledger.record(entry(f"{number}.jpg", 5 if 10 <= number < 20 else number))
    first = pages.page(Wanted(), 15)
    rest = pages.page(Wanted(before=first.before), 50)
    assert len(first.rows) == 25  # ten, four, and the eleven of second 5
    assert {row.key for row in first.rows} | {row.key for row in rest.rows} == {f"{n}.jpg" for n in range(30)}
    assert len(first.rows) + len(rest.rows) == 30


def test_a_rare_prefix_ends_the_look_and_the_next_goes_on(many, aws, monkeypatch):
    monkeypatch.setattr(ledger_pages, "_MIN_ENTRIES", 1)
    pages = LedgerPages(client=aws.dynamodb, table=aws.names.ledger, bucket=NAMES.input_bucket, most=20)
    found, before, looks = [], None, 0
    while looks == 0 or before is not None:
        page = pages.page(Wanted(prefix="work/0", before=before), 5)
        found += page.rows
        before, looks = page.before, looks + 1
        assert looks < 30
    assert {row.key for row in found} == {"work/0.jpg"}
    assert looks > 1


def test_a_failed_image_that_is_stored_after_all_is_no_longer_among_those_that_failed(ledger, capsys):
    ledger.record(entry("a/1.jpg", 1, "failed", error="UnreadableImage", reason="cut off"))
    assert shown(capsys, "--failed")[0] == [1]
    ledger.record(entry("a/1.jpg", 1, "stored", replays=1))
    assert shown(capsys, "--failed")[0] == []
    assert shown(capsys)[0] == [1]


def test_versions_of_a_key_differ_by_their_time(ledger, capsys):
    for second in (1, 3600):
        ledger.record(entry("a/1.jpg", second))
    assert main(["status", "a/1.jpg"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["2026-01-01 01:00:00Z" in lines[1], "2026-01-01 00:00:01Z" in lines[2]] == [True, True]


def test_a_key_of_many_versions_takes_one_page(ledger, aws, pages, capsys):
    for second in range(120):
        ledger.record(entry("a/1.jpg", second))
    with noted(aws.dynamodb) as asked:
        page = pages.versions(NAMES.input_bucket, "a/1.jpg")
    assert [row.uploaded_at for row in page.rows] == [at(second) for second in range(119, 19, -1)]
    assert asked == ["Query", "Query", "BatchGetItem"]
    versions, err = [], f"Older: pipeline status a/1.jpg --before {at(300)}"
    while "--before" in err:
        assert main([*shlex.split(err.rpartition("Older: pipeline ")[2]), "--json"]) == 0
        out, err = capsys.readouterr()
        versions += [json.loads(line)["version_id"] for line in out.splitlines()]
    assert versions == [f"v{second}" for second in range(119, -1, -1)]


def without_index(aws, key):
    """A row of before there was an index."""
    source = entry(key, 7).source
    names = {"source": {"S": f"{source.bucket}/{key}"}, "image_id": {"S": source.image_id}}
    aws.dynamodb.update_item(
        TableName=aws.names.ledger,
        Key=names,
        UpdateExpression="REMOVE #shard",
        ExpressionAttributeNames={"#shard": "shard"},
    )


def test_a_row_of_before_the_index_is_found_by_key_by_scan_and_after_its_next_write(ledger, aws, capsys):
    ledger.record(entry("a/7.jpg", 7, "failed"))
    without_index(aws, "a/7.jpg")
    assert shown(capsys)[0] == []
    assert shown(capsys, "a/7.jpg")[0] == [7]
    found, err = shown(capsys, "--scan")
    assert (found, "Read the whole ledger: 1 images." in err) == ([7], True)
    ledger.record(entry("a/7.jpg", 7))
    assert shown(capsys)[0] == [7]


def test_items_of_batches_and_source_keys_are_left_out_without_a_word(ledger, aws, capsys):
    stored = entry("a/7.jpg", 7)
    ledger.record(stored)
    DynamoSourceKeys(aws.dynamodb, aws.names.ledger).claim(stored.source, "made", ("out.jpg",))
    batch = UploadBatch(id=BATCH, number=0, size=2)
    DynamoUploadBatches(aws.dynamodb, aws.names.ledger).open(batch, bucket="in", folders=["a/"], at=at(7))
    assert aws.dynamodb.scan(TableName=aws.names.ledger)["Count"] == 3
    found, err = shown(capsys, "--scan")
    assert found == [7]
    assert "cannot be read" not in err


def test_a_ledger_without_indexes_says_how_it_gets_them(aws, ledger, capsys):
    aws.dynamodb.update_table(
        TableName=aws.names.ledger, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "newest"}}]
    )
    ledger.record(entry("a/7.jpg", 7))
    assert main(["status"]) == 6
    assert "make deploy SERVICE=platform" in capsys.readouterr().err
    assert shown(capsys, "--scan")[0] == [7]


def test_what_changes_is_watched_until_all_have_their_outcome(aws, ledger):
    def later(_):
        ledger.record(waiting.pop())

    waiting = [entry("a/2.jpg", 2), entry("a/1.jpg", 1, "failed")]
    for each in ("a/1.jpg", 1), ("a/2.jpg", 2):
        ledger.record(entry(*each, None, service="resize"))
    images = Images(stack=connect(ROOT / "pipeline.yaml"), keys=["a/1.jpg", "a/2.jpg"])
    changes = [[(row.key, row.outcome) for row in rows] for rows in images.changes(images.look(), later)]
    assert changes == [[("a/1.jpg", "failed")], [("a/2.jpg", "stored")]]


def test_a_batch_is_watched_until_its_last_image_has_its_outcome_however_many_are_listed(aws, ledger):
    batches = DynamoUploadBatches(aws.dynamodb, aws.names.ledger)
    members = [UploadBatch(id=BATCH, number=number, size=4) for number in range(4)]
    batches.open(members[0], bucket="in", folders=["a/"], at=at(0))

    def store(number):
        ledger.record(entry(f"a/{number}.jpg", number, batch=members[number]))
        batches.count(members[number], "stored")

    store(0)
    store(1)
    coming = [2, 3]
    images = Images(stack=connect(ROOT / "pipeline.yaml"), wanted=Wanted(batch=BATCH), limit=2)
    changes = images.changes(images.look(), lambda _: store(coming.pop(0)))
    assert [[row.key for row in rows] for rows in changes] == [["a/2.jpg"], ["a/3.jpg"]]


def test_many_versions_of_a_key_are_watched_until_those_that_are_listed_have_their_outcome(aws, ledger):
    for second in range(3):
        ledger.record(entry("a/1.jpg", second))
    images = Images(stack=connect(ROOT / "pipeline.yaml"), keys=["a/1.jpg"], limit=2)
    assert list(images.changes(images.look(), pytest.fail)) == []


def test_a_key_whose_versions_are_all_older_is_not_called_unknown(aws, ledger, capsys):
    for second in range(ledger_pages.MAX_VERSIONS + 1):
        ledger.record(entry("a/1.jpg", second))
    assert shown(capsys, "a/1.jpg", "--since", "1d")[0] == []
    assert main(["status", "a/2.jpg", "--since", "1d"]) == 4
    assert "not in the ledger: a/2.jpg" in capsys.readouterr().err


def test_a_scan_for_a_key_is_refused(aws, capsys):
    assert main(["status", "a/1.jpg", "--scan"]) == 2
    assert "--scan reads the whole ledger" in capsys.readouterr().err


def test_a_row_expires_after_its_last_write(ledger, aws):
    ledger.record(entry("a/1.jpg", 1))
    (item,) = aws.dynamodb.scan(TableName=aws.names.ledger)["Items"]
    assert int(item["expires_at"]["N"]) == 1767225602 + 30 * 86_400
    described = aws.dynamodb.describe_time_to_live(TableName=aws.names.ledger)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert {each["IndexName"] for each in _described(aws)["GlobalSecondaryIndexes"]} == set(ledger_table.INDEXES)


def _described(aws):
    return aws.dynamodb.describe_table(TableName=aws.names.ledger)["Table"]
