"""`pipeline dlq replay` against AWS's wire: what it sends back, leaves, and archives."""

import io
import json
import sys

import pytest
from kit.clocks import FakeClock
from kit.dlq_messages import BUCKET, attributes, body_of, source
from kit.dlq_queues import Refusing
from kit.stacks import with_clients

from ops import stack as stacks
from ops.cli.main import main
from ops.dlq import cleanup
from ops.dlq.throttle import Pacer
from ops.names import SERVICES
from shared.aws.ledger import DynamoLedger
from shared.aws.source_keys import DynamoSourceKeys
from shared.ports import LedgerEntry


@pytest.fixture(autouse=True)
def _no_pause_between_messages(monkeypatch):
    """The pace of a replay is tested in tests/unit/ops/dlq/test_throttle.py; here its pauses take no time."""
    monkeypatch.setattr(Pacer.__init__, "__kwdefaults__", {"clock": FakeClock()})


@pytest.fixture
def record(aws):
    """Give an image its outcome."""

    def recording(about, outcome):
        entry = LedgerEntry(source=about, service="store", seconds=1, at="2026-01-01T00:00:04.000Z", outcome=outcome)
        DynamoLedger(aws.dynamodb, aws.names.ledger).record(entry)
        DynamoSourceKeys(aws.dynamodb, aws.names.ledger).claim(about, "made of", ["a-thumb.jpg"])

    return recording


@pytest.fixture
def refusing(monkeypatch):
    """Let SQS refuse entries of a batch."""

    def refuse(call, refuses):
        connect = stacks.connect

        def connected(*args, **more):
            stack = connect(*args, **more)
            return with_clients(stack, sqs=Refusing(stack.sqs, call, refuses))

        monkeypatch.setattr(stacks, "connect", connected)

    return refuse


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_replay_sends_the_body_as_it_was_with_its_attributes_and_counts(queues, aws, upload_files):
    body = body_of("resize", upload_files("a b/ü.jpg"))
    foreign = {"trace": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    queues.dead_letter("resize", body, more=foreign, error="AwsUnavailable", reason="down", replays=1)
    assert main(["dlq", "replay", "--yes"]) == 0
    (sent,) = aws.sqs.receive_message(QueueUrl=aws.urls[aws.names.queue("resize")], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert sent["Body"] == body
    assert sent["MessageAttributes"] == foreign | attributes(
        error="AwsUnavailable", reason="down", replays=2, group="replay"
    )
    assert queues.all_messages() == []


def test_a_replay_ends_well_where_stdout_lacks_the_characters_of_a_key(queues, upload_files, monkeypatch):
    queues.dead_letter("resize", body_of("resize", upload_files("日本/0.jpg")))
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    assert main(["dlq", "replay", "--yes"]) == 0
    assert b"\\u65e5\\u672c/" in written.getvalue()
    assert queues.all_messages() == []


def test_a_replay_is_archived(queues, upload_files, tmp_path, capsys):
    bodies = [body_of("resize", upload_files("a.jpg")), body_of("store", upload_files("b.jpg"))]
    queues.dead_letter("resize", bodies[0])
    queues.dead_letter("store", bodies[1])
    assert main(["dlq", "replay", "--yes"]) == 0
    files = sorted((tmp_path / "dlq-archive").iterdir())
    assert [path.name.split("-", 1)[1] for path in files] == ["resize-replay.jsonl", "store-replay.jsonl"]
    assert [json.loads(path.read_text())["body"] for path in files] == bodies
    assert "archived in dlq-archive" in capsys.readouterr().err


def test_an_archive_that_cannot_be_written_leaves_everything_where_it_is(queues, upload_files, capsys):
    body = body_of("resize", upload_files("a.jpg"))
    queues.dead_letter("resize", body)
    assert main(["dlq", "replay", "--yes", "--archive", "/dev/null/a.jsonl"]) == 1
    assert (queues.entries("resize"), queues.sent("resize"), queues.hidden("resize")) == ([body], [], 0)
    assert capsys.readouterr().err.startswith("pipeline: ")


@pytest.mark.parametrize("command", ["replay", "purge"])
def test_without_yes_nothing_changes(queues, upload_files, capsys, command, tmp_path):
    for number in range(12):
        queues.dead_letter("resize", body_of("resize", upload_files(f"p/{number}.jpg")), error="AwsUnavailable")
    before = queues.all_messages()
    assert main(["dlq", command, "--output", "json"]) == 0
    out, err = capsys.readouterr()
    (group,) = map(json.loads, out.splitlines())
    assert (group["messages"], group["prefix"]) == (12, "p/")
    assert group["did"] == {"replay": "would replay", "purge": "would remove"}[command]
    assert "Dry run. Pass --yes to apply." in err
    assert (queues.all_messages(), queues.all_sent(), queues.hidden("resize")) == (before, [], 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["replay", "purge"])
def test_the_filters_take_what_they_say_and_leave_the_rest(queues, upload_files, command):
    taken = body_of("resize", upload_files("p/a.jpg"))
    queues.dead_letter("resize", taken, error="AwsUnavailable", replays=1)
    queues.dead_letter("resize", body_of("resize", upload_files("p/b.png")), error="AwsUnavailable", replays=1)
    queues.dead_letter("resize", body_of("resize", upload_files("p/c.jpg")), error="OutOfMemory", replays=1)
    queues.dead_letter("resize", body_of("resize", upload_files("p/d.jpg")), error="AwsUnavailable")
    queues.dead_letter("store", body_of("store", upload_files("p/e.jpg")), error="AwsUnavailable", replays=1)
    filters = ["--service", "resize", "--error", "AwsUnavailable", "--key", "p/*.jpg", "--min-replays", "1"]
    ages = ["--newer-than", "1h", "--older-than", "0s", "--max-replays", "1"]
    assert main(["dlq", command, "--yes", *filters, *ages]) == 0
    assert len(queues.all_messages()) == 4
    assert taken not in queues.all_messages()
    assert queues.all_sent() == ([taken] if command == "replay" else [])
    assert sum(map(queues.hidden, SERVICES)) == 0


def test_a_limit_takes_so_many_over_all_services(queues, upload_files):
    for service in SERVICES:
        queues.dead_letter(service, *(body_of(service, upload_files(f"{service}{number}.jpg")) for number in range(4)))
    assert main(["dlq", "replay", "--yes", "--limit", "6"]) == 0
    assert (len(queues.all_sent()), len(queues.all_messages())) == (6, 6)
    assert sum(map(queues.hidden, SERVICES)) == 0


def test_what_came_back_too_often_stays_unless_it_is_forced(queues, upload_files, capsys):
    body = body_of("resize", upload_files("poison.jpg"))
    queues.dead_letter("resize", body, replays=3)
    assert main(["dlq", "replay", "--yes"]) == 3
    assert "replayed 3 times or more: --force replays it" in capsys.readouterr().out
    assert (queues.entries("resize"), queues.sent("resize")) == ([body], [])
    assert main(["dlq", "replay", "--yes", "--force"]) == 0
    assert (queues.entries("resize"), queues.sent("resize")) == ([], [body])


@pytest.mark.parametrize(
    "ended",
    [
        ("stored", "its image is stored already"),
        ("superseded", "a newer version of its image is stored"),
        ("vanished", "its image was deleted before it was read"),
        ("rejected", "its image was rejected by moderation"),
    ],
)
@pytest.mark.parametrize("service", SERVICES)
def test_what_has_its_outcome_is_archived_and_removed(queues, upload_files, record, capsys, service, ended):  # noqa: PLR0917 - fixtures, by name
    outcome, because = ended
    about = upload_files("a.jpg")
    record(about, outcome)
    queues.dead_letter(service, body_of(service, about))
    assert main(["dlq", "replay", "--output", "json"]) == 0
    assert [(each["did"], each["because"]) for each in lines(capsys)] == [("would remove", because)]
    assert main(["dlq", "replay", "--yes", "--output", "json", "--archive", "a.jsonl"]) == 0
    assert [(each["did"], each["because"]) for each in lines(capsys)] == [("removed", because)]
    assert (queues.all_messages(), queues.all_sent()) == ([], [])
    with open("a.jsonl") as file:  # noqa: PTH123 - of the working directory
        assert json.load(file)["did"] == f"removed: {because}"


@pytest.mark.parametrize("outcome", ["stored", "rejected"])
def test_what_has_its_outcome_and_was_not_notified_is_replayed(queues, upload_files, record, outcome):
    about = upload_files("a.jpg")
    record(about, outcome)
    body = body_of("store", about)
    queues.dead_letter("store", body, error="NotNotified")
    assert main(["dlq", "replay", "--yes"]) == 0
    assert queues.all_sent() == [body]


def test_what_failed_or_is_on_its_way_is_replayed(queues, upload_files, record):
    failed, unknown = upload_files("failed.jpg"), upload_files("unknown.jpg")
    record(failed, "failed")
    bodies = [body_of("resize", failed), body_of("resize", unknown)]
    queues.dead_letter("resize", *bodies)
    assert main(["dlq", "replay", "--yes"]) == 0
    assert queues.all_sent() == sorted(bodies)


@pytest.mark.parametrize(
    "newer",
    [
        ("0B", "stored", True),
        ("0A1", "stored", True),
        ("0A0", "stored", False),
        ("09", "stored", False),
        ("0B", "failed", False),
    ],
)
def test_what_a_newer_stored_version_replaced_is_removed(queues, upload_files, record, newer):
    theirs, outcome, removed = newer
    old = upload_files("same.jpg", "0A")
    record(upload_files("same.jpg", theirs), outcome)
    queues.dead_letter("store", body_of("store", old))
    assert main(["dlq", "replay", "--yes"]) == 0
    assert (queues.all_messages(), len(queues.all_sent())) == ([], 0 if removed else 1)


@pytest.mark.parametrize(("service", "sent"), [("resize", 0), ("watermark", 1), ("store", 1)])
def test_a_deleted_source_is_missed_by_the_service_that_reads_it_alone(queues, upload_files, capsys, service, sent):
    about = upload_files("gone.jpg")
    queues.aws.s3.delete_object(Bucket=BUCKET, Key="gone.jpg", VersionId=about.version_id)
    queues.dead_letter(service, body_of(service, about))
    assert main(["dlq", "replay", "--yes"]) == 0
    assert ("its image was deleted" in capsys.readouterr().out) is (service == "resize")
    assert (len(queues.all_sent()), queues.all_messages()) == (sent, [])


def test_an_event_of_several_images_goes_back_as_long_as_one_is_unfinished(queues, upload_files, record):
    done, open_ = upload_files("done.jpg"), upload_files("open.jpg")
    record(done, "stored")
    body = body_of("resize", done, open_)
    queues.dead_letter("resize", body)
    assert main(["dlq", "replay", "--yes"]) == 0
    assert queues.all_sent() == [body]


def test_what_was_done_is_summed_up(queues, upload_files, record, capsys):
    done = upload_files("done.jpg")
    record(done, "stored")
    queues.dead_letter("resize", *(body_of("resize", upload_files(f"{folder}/a.jpg")) for folder in "abc"))
    queues.dead_letter("store", body_of("store", done), error="OutOfMemory")
    assert main(["dlq", "replay"]) == 0
    assert "3 would replay, 1 would remove\n" in capsys.readouterr().err
    assert main(["dlq", "replay", "--yes"]) == 0
    err = capsys.readouterr().err
    assert "3 replayed, 1 removed\n" in err
    assert "Removed: messages whose image is already stored" in err


def test_two_messages_of_one_image_go_one_at_a_time(queues, upload_files, record, capsys):
    about = upload_files("a.jpg")
    body = body_of("resize", about)
    queues.dead_letter("resize", body, body)
    assert main(["dlq", "replay", "--yes"]) == 3
    assert "another message of its image goes first" in capsys.readouterr().out
    assert (queues.all_sent(), queues.all_messages()) == ([body], [body])
    record(about, "stored")
    assert main(["dlq", "replay", "--yes"]) == 0
    assert (queues.all_sent(), queues.all_messages()) == ([body], [])


def test_what_fails_again_meanwhile_is_not_taken_again(queues, aws, upload_files, monkeypatch):
    """A function that fails at once: what is sent to the queue is dead-lettered again while the command runs."""
    for number in range(15):
        queues.dead_letter("resize", body_of("resize", upload_files(f"{number}.jpg")))
    taken = []
    send_all = cleanup.send_all

    def failing_again(client, url, messages):
        refusals = send_all(client, url, messages)
        for message in messages:
            taken.append(message["MessageBody"])
            queues.dead_letter("resize", message["MessageBody"], more=message["MessageAttributes"])
        return refusals

    monkeypatch.setattr(cleanup, "send_all", failing_again)
    main(["dlq", "replay", "--yes"])
    assert len(taken) == len(set(taken)) == 15
    assert len(queues.entries("resize")) == 15


def test_what_sqs_does_not_take_stays_and_is_reported(queues, upload_files, refusing, capsys):
    bodies = [body_of("resize", upload_files(f"{number}.jpg")) for number in range(12)]
    queues.dead_letter("resize", *bodies)
    refusing("send_message_batch", lambda entry: entry["MessageBody"] in bodies[:3])
    assert main(["dlq", "replay", "--yes"]) == 3
    assert "not sent, so left in the dead-letter queue: 3 (Busy: try later)" in capsys.readouterr().err
    assert (queues.all_messages(), queues.all_sent()) == (sorted(bodies[:3]), sorted(bodies[3:]))
    assert queues.hidden("resize") == 0


def test_what_is_sent_and_cannot_be_deleted_is_reported(queues, upload_files, refusing, capsys):
    bodies = [body_of("resize", upload_files(f"{number}.jpg")) for number in range(4)]
    queues.dead_letter("resize", *bodies)
    refusing("delete_message_batch", lambda entry: entry["Id"] == "0")
    assert main(["dlq", "replay", "--yes"]) == 3
    assert "done with, but not deleted (once more does no harm): 1 (Busy: try later)" in capsys.readouterr().err
    assert (len(queues.all_messages()), queues.all_sent()) == (1, sorted(bodies))


def test_a_queue_that_takes_nothing_stops_the_replay(queues, upload_files, refusing, capsys):
    bodies = [body_of("resize", upload_files(f"{number}.jpg")) for number in range(40)]
    queues.dead_letter("resize", *bodies)
    refused = []
    refusing("send_message_batch", lambda entry: refused.append(entry) or True)
    assert main(["dlq", "replay", "--yes"]) == 3
    assert "stopped: the queue of resize takes nothing" in capsys.readouterr().err
    assert len(refused) < 40
    assert queues.all_messages() == sorted(bodies)


def test_messages_that_others_have_received_are_reported(queues, aws, upload_files, capsys):
    queues.dead_letter("resize", body_of("resize", upload_files("a.jpg")))
    aws.sqs.receive_message(QueueUrl=aws.urls[aws.names.dlq("resize")])
    assert main(["dlq", "replay", "--yes"]) == 0
    err = capsys.readouterr().err
    assert "not seen: 1 DLQ message held by another command" in err
    assert "No messages match." in err


@pytest.mark.parametrize("name", ["ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"])
def test_a_deletion_is_replayed_though_its_source_is_gone(queues, aws, name):
    event = json.loads(body_of("resize", source("gone.jpg")))
    event["Records"][0]["eventName"] = name
    queues.dead_letter("resize", json.dumps(event), error="AwsUnavailable", reason="down")
    queues.dead_letter("resize", body_of("resize", source("gone.jpg", sequencer="09")), error="E", reason="down")
    assert main(["dlq", "replay", "--yes"]) == 0
    sent = aws.sqs.receive_message(QueueUrl=aws.urls[aws.names.queue("resize")], MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(each["Body"])["Records"][0]["eventName"] for each in sent] == [name]
    assert queues.all_messages() == []
