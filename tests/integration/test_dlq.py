"""`pipeline dlq` against AWS's wire: what it shows, exports and removes."""

import hashlib
import json
import re

import pytest
from kit.dlq_messages import body_of, source

from ops.cli.main import main
from ops.names import SERVICES
from shared import inline
from shared.aws.ledger import DynamoLedger
from shared.messages import ImageWatermarked, UploadBatch


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_ls_counts_by_cause_and_folder_the_biggest_first(queues, capsys):
    for number in range(12):
        queues.dead_letter("resize", body_of("resize", source(f"holiday/{number}.jpg")), error="AwsUnavailable")
    queues.dead_letter(
        "store", body_of("store", source("a.jpg")), body_of("store", source("b.jpg")), error="OutputKeyTaken"
    )
    queues.dead_letter("watermark", "not JSON", error="BadMessage")
    assert main(["dlq", "ls", "--output", "json"]) == 0
    groups = [(each["messages"], each["service"], each["error"], each["prefix"]) for each in lines(capsys)]
    assert groups == [
        (12, "resize", "AwsUnavailable", "holiday/"),
        (2, "store", "OutputKeyTaken", "/"),
        (1, "watermark", "BadMessage", "?"),
    ]
    assert sum(map(queues.hidden, SERVICES)) == 0
    assert main(["dlq", "ls", "--service", "store"]) == 0
    out, err = capsys.readouterr()
    assert out.split()[:5] == ["MESSAGES", "OLDEST", "SERVICE", "ERROR", "PREFIX"]
    assert err.startswith("2 DLQ messages: resize 0, watermark 0, store 2 (oldest ")


def test_ls_of_nothing_says_so(queues, capsys):
    assert main(["dlq", "ls"]) == 0
    assert capsys.readouterr() == ("", "0 DLQ messages: resize 0, watermark 0, store 0\n")


def test_show_reports_all_of_a_message_and_nothing_of_it_moves_the_cursor(queues, capsys):
    about = source("a\n\u202e<b>.jpg")
    queues.dead_letter(
        "resize", body_of("resize", about), error="UnreadableImage", reason="cut\x0aoff", attempts=1, replays=2
    )
    assert main(["dlq", "show", about.key]) == 0
    out = capsys.readouterr().out
    reported = dict(line.split("  ", 1) for line in out.splitlines())
    reported = {name.strip(): value.strip() for name, value in reported.items()}
    assert reported["key"] == r"a\n\u202e<b>.jpg"
    assert (reported["error"], reported["reason"], reported["image id"]) == (
        "UnreadableImage",
        r"cut\noff",
        about.image_id,
    )
    assert (reported["version"], reported["replays"], reported["attempts"]) == ("v1", "2", "1")
    assert {"service", "first failure", "age", "message id", "body"} <= reported.keys()


@pytest.mark.parametrize("name", ["key", "image_id"])
def test_show_finds_by_key_and_by_image(queues, capsys, name):
    about = source("there.jpg")
    queues.dead_letter("watermark", body_of("watermark", source("other.jpg")), body_of("watermark", about))
    assert main(["dlq", "show", getattr(about, name), "--output", "json"]) == 0
    (found,) = lines(capsys)
    assert found["body"] == body_of("watermark", about)
    assert main(["dlq", "show", found["message_id"]]) == 0


def test_show_of_what_is_not_there_is_not_found(queues, capsys):
    queues.dead_letter("resize", body_of("resize", source("there.jpg")))
    assert main(["dlq", "show", "there.jpg", "nowhere.jpg"]) == 4
    assert "no DLQ message: nowhere.jpg" in capsys.readouterr().err


def test_half_a_character_in_a_key_ends_no_command(queues, capsys):
    body = body_of("watermark", source("x")).replace('"key":"x"', '"key":"\\ud800"')
    queues.dead_letter("watermark", body)
    for argv in (["ls"], ["show"], ["export"], ["replay"], ["show", "--output", "json"], ["replay", "--yes"]):
        assert main(["dlq", *argv]) == 0
    assert queues.sent("watermark") == [body]


def test_export_writes_every_message_and_changes_nothing(queues, upload_files, tmp_path, capsys):
    bodies = [body_of(service, upload_files("ü.jpg")) for service in SERVICES]
    for service, body in zip(SERVICES, bodies, strict=True):
        queues.dead_letter(service, body, error="E", more={"b": {"DataType": "Binary", "BinaryValue": b"\x00"}})
    assert main(["dlq", "export"]) == 0
    reported = lines(capsys)
    assert [(each["service"], each["body"]) for each in reported] == list(zip(SERVICES, bodies, strict=True))
    assert reported[0]["attributes"]["b"] == {"DataType": "Binary", "BinaryValue": "AA=="}
    assert main(["dlq", "export", "--out", "all.jsonl"]) == 0
    assert [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()] == reported
    assert [path.name for path in tmp_path.iterdir()] == ["all.jsonl"]
    assert (queues.all_messages(), sum(map(queues.hidden, SERVICES))) == (sorted(bodies), 0)


def test_a_file_in_a_message_is_shown_nowhere_and_replayed_and_archived_whole(queues, upload_files, capsys):
    packed = b"pixels of a picture" * 8_000
    bodies = [body_of("store", upload_files(f"{number}.jpg")) for number in range(9)]
    whole = [inline.with_file(ImageWatermarked.decode(each), packed).encode() for each in bodies]
    placeholder = f"(a file of 152,000 bytes, SHA-256 {hashlib.sha256(packed).hexdigest()})"
    for some in (whole[:5], whole[5:]):  # more than one request takes, so that the replay must split them
        queues.dead_letter("store", *some, error="OutputKeyTaken")
    for argv in (["ls"], ["ls", "--output", "json"], ["show"], ["show", "--output", "json"], ["export"]):
        assert main(["dlq", *argv]) == 0
        shown = capsys.readouterr().out
        assert (len(shown) < 20_000, placeholder in shown) == (True, argv[0] != "ls")
    assert main(["dlq", "purge", "--limit", "1", "--yes", "--archive", "kept.jsonl"]) == 0
    with open("kept.jsonl") as file:  # noqa: PTH123 - of the working directory
        purged = json.load(file)["body"]
    assert main(["dlq", "replay", "--yes"]) == 0
    assert sorted([*queues.sent("store"), purged]) == sorted(whole)


def test_purge_archives_and_deletes_what_is_selected(queues, capsys):
    queues.dead_letter("resize", "not JSON", error="BadMessage", replays=9)
    queues.dead_letter("resize", "neither", error="Other")
    assert main(["dlq", "purge", "--error", "BadMessage", "--yes", "--archive", "kept.jsonl"]) == 0
    assert (queues.entries("resize"), queues.sent("resize")) == (["neither"], [])
    with open("kept.jsonl") as file:  # noqa: PTH123 - of the working directory
        kept = json.load(file)
    assert (kept["body"], kept["did"]) == ("not JSON", "removed: purged")


@pytest.mark.parametrize(
    ("argv", "reported"),
    [
        (["ls", "--older-than", "3"], "30m, 2h or 3d"),
        (["ls", "--service", "nowhere"], "'nowhere' is not one of"),
        (["replay", "--rate", "0"], "not a number from 0.01 to 10,000"),
        (["replay", "--rate", "nan"], "not a number from 0.01 to 10,000"),
        (["replay", "--limit", "0"], "not a whole number of 1 or more"),
        (["purge", "--min-replays", "-1"], "not a whole number of 0 or more"),
        (["ls", "--visibility-timeout", "1"], "not a whole number from 5 to 43,200"),
        ([], "Usage: pipeline dlq"),
    ],
)
def test_a_mistake_is_reported_in_words(capsys, argv, reported):
    assert main(["dlq", *argv]) == 2
    assert reported in capsys.readouterr().err


def test_a_queue_that_is_not_there_is_one_clear_line(queues, capsys):
    assert main(["dlq", "ls", "--region", "eu-north-1"]) == 4
    err = capsys.readouterr().err
    assert err.startswith("pipeline: no queue image-pipeline-resize-dlq in account 123456789012, eu-north-1")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["ls", "show", "replay", "export", "purge"])
def test_every_command_has_help_with_an_example(capsys, command):
    assert main(["dlq", command, "--help"]) == 0
    assert f"pipeline dlq {command}" in capsys.readouterr().out.split("Example")[-1]


def test_a_batch_is_found_by_the_ledger_where_its_messages_do_not_name_it(queues, aws, capsys):
    named, refused, moved, alone, other = (
        source(f"{name}.jpg") for name in ("named", "empty", "moved", "alone", "other")
    )
    ledger = DynamoLedger(aws.dynamodb, aws.names.ledger)
    for number, about in enumerate((named, refused, moved)):
        ledger.join(about, UploadBatch(id="b-1", number=number, size=3))
    ledger.join(other, UploadBatch(id="b-2", number=0, size=2))
    queues.dead_letter("resize", body_of("resize", named), error="UnreadableImage", batch="b-1")
    # Refused before its metadata were read; moved by SQS itself; and what is about no image of a batch, or none at all.
    queues.dead_letter(
        "resize", *(body_of("resize", each) for each in (refused, alone, other)), error="UnsupportedImage"
    )
    queues.dead_letter("watermark", body_of("watermark", moved), "not JSON")
    assert main(["dlq", "export", "--batch", "b-1"]) == 0
    assert sorted(each["body"] for each in lines(capsys)) == sorted(
        [body_of("resize", named), body_of("resize", refused), body_of("watermark", moved)]
    )
    assert main(["dlq", "purge", "--batch", "b-1", "--yes"]) == 0
    assert sorted(queues.all_messages()) == sorted([body_of("resize", alone), body_of("resize", other), "not JSON"])


@pytest.mark.parametrize("argv", [["ls"], ["show"], ["export"], ["replay"], ["purge", "--yes"]], ids=" ".join)
def test_what_sqs_does_not_give_is_said_and_is_another_exit_code(queues, capsys, monkeypatch, argv):
    monkeypatch.setattr("ops.dlq.reader.MAX_IN_FLIGHT", 20)
    queues.dead_letter("resize", *map(str, range(50)))
    purged = argv[0] == "purge"  # what it deletes makes room
    assert main(["dlq", *argv]) == (0 if purged else 3)
    # At 20 in flight no more is asked for; a receive that was on its way then may still give some.
    unseen = re.search(r"not seen: about (\d+) more", capsys.readouterr().err)
    assert (unseen is None) is purged
    assert unseen is None or 20 <= int(unseen[1]) <= 31
    assert len(queues.entries("resize")) == (0 if purged else 50)
