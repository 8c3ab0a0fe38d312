"""The operator's commands on the local AWS: pausing, looking at logs, sending what is there already."""

import json
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from kit.pictures import gradient, saved

from ops.cli.main import main
from ops.images.follow import Upload, upload
from ops.names import SERVICES


@pytest.fixture
def command(environment, monkeypatch, capsys):
    """Run a command; its exit code, and what it printed as JSON."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def running(*argv):
        capsys.readouterr()
        code = main([*argv, "--output", "json"])
        return code, list(map(json.loads, capsys.readouterr().out.splitlines()))

    return running


def eventually(question, holds, timeout_seconds=120):
    """Ask again and again until the answer is right: a function's log is there once its batch is done."""
    deadline = time.monotonic() + timeout_seconds
    while not holds(answer := question()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def test_what_is_uploaded_while_paused_waits_and_goes_on(local, command, wait, tmp_path):
    (tmp_path / "a.png").write_bytes(saved(gradient(), "PNG"))
    try:
        assert command("pause")[0] == 0
        assert command("pause", "resize")[0] == 0
        uploaded = upload(local, [Upload(path=tmp_path / "a.png", key=f"{uuid.uuid4().hex}/paused.png")])
        code, rows = command("pause")
        assert code == 0
        assert {row["service"]: row["state"] for row in rows} == dict.fromkeys(SERVICES, "disabled")
        assert rows[0] == {"service": "resize", "state": "disabled", "waiting": 1, "in_flight": 0}
        assert wait(uploaded, timeout_seconds=2) == [None]
    finally:
        assert command("resume")[0] == 0
    (row,) = wait(uploaded)
    assert row.outcome == "stored"


def test_the_logs_of_one_image_are_found_in_all_three_services(local, command, wait, tmp_path):
    key = f'{uuid.uuid4().hex}/a b "ü" 日本.png'
    (tmp_path / "a.png").write_bytes(saved(gradient(), "PNG"))
    others = [Upload(path=tmp_path / "a.png", key=f"{uuid.uuid4().hex}/another.png")]
    first = upload(local, [Upload(path=tmp_path / "a.png", key=key), *others])
    wait(first)
    (second,) = upload(local, [Upload(path=tmp_path / "a.png", key=key)])
    wait([second])
    code, lines = eventually(lambda: command("logs", key), lambda answer: len(answer[1]) == 3)
    assert code == 0
    assert [(line["service"], line["message"]) for line in lines] == [
        ("resize", "passed on"),
        ("watermark", "passed on"),
        ("store", "stored"),
    ]
    assert {(line["image_id"], line["key"]) for line in lines} == {(second.image_id, key)}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    _, lines = command("logs", key, "--all-versions")
    assert {line["image_id"] for line in lines} == {first[0].image_id, second.image_id}
    _, lines = command("logs", key, "--image-id", first[0].image_id)
    assert {line["image_id"] for line in lines} == {first[0].image_id}


def test_the_logs_of_an_image_are_followed_to_its_outcome(local, command, tmp_path):
    (tmp_path / "a.png").write_bytes(saved(gradient(), "PNG"))
    (uploaded,) = upload(local, [Upload(path=tmp_path / "a.png", key=f"{uuid.uuid4().hex}.png")])
    code, lines = command("logs", uploaded.key, "--follow", "--timeout", "60")
    assert code == 0
    assert [line["message"] for line in lines] == ["passed on", "passed on", "stored"]
    assert command("logs", f"{uuid.uuid4().hex}.png", "--follow", "--timeout", "0") == (5, [])


def test_what_was_never_uploaded_has_no_logs(command):
    assert command("logs", f"{uuid.uuid4().hex}.png") == (4, [])


@pytest.fixture
def unnotified(local, tmp_path):
    """Put images of which nothing reports the pipeline, under a prefix of their own."""

    def putting(*names):
        bucket, folder = local.names.input_bucket, uuid.uuid4().hex
        (tmp_path / "a.png").write_bytes(saved(gradient(), "PNG"))
        reported = local.s3.get_bucket_notification_configuration(Bucket=bucket)
        reported.pop("ResponseMetadata")
        local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        try:
            return upload(local, [Upload(path=tmp_path / "a.png", key=f"{folder}/{name}") for name in names])
        finally:
            local.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=reported)

    return putting


def prefix_of(uploaded):
    return f"s3://{uploaded[0].bucket}/{uploaded[0].key.split('/')[0]}/"


def test_what_was_put_while_nothing_reported_it_is_sent_by_a_backfill(unnotified, command, wait, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    uploaded = unnotified("a b+c.png", "100%25 ü.png")
    where = prefix_of(uploaded)
    (planned,) = command("backfill", where, "--dry-run")[1]
    assert (planned["to_send"], planned["sent"]) == (2, 0)
    (done,) = command("backfill", where, "--yes")[1]
    assert (done["to_send"], done["sent"]) == (2, 2)
    assert [row.outcome for row in wait(uploaded)] == ["stored", "stored"]
    (again,) = command("backfill", where, "--yes")[1]
    assert (again["to_send"], again["done_already"], again["sent"]) == (0, 2, 0)


def test_a_backfill_that_is_interrupted_goes_on_where_it_was(unnotified, environment, wait, tmp_path):
    uploaded = unnotified(*(f"{index}.png" for index in range(8)))

    def start(*options):
        return subprocess.Popen(
            [Path(sys.executable).with_name("pipeline"), "backfill", prefix_of(uploaded), "--yes", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
        )

    # The second message goes half a minute after the first one.
    first = start("--rate", "0.03", "--output", "json")
    assert eventually(lambda: list(tmp_path.glob(".backfill/*.json")), bool)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=180)
    assert (first.returncode, json.loads(out)["sent"]) == (130, 1)
    assert "Pass --resume to go on from there" in err
    rest = start("--resume", "--output", "json")
    out, err = rest.communicate(timeout=180)
    assert (rest.returncode, json.loads(out)["sent"]) == (0, 7)
    assert "going on after" in err
    assert list(tmp_path.glob(".backfill/*")) == []
    assert [row.outcome for row in wait(uploaded)] == ["stored"] * 8
