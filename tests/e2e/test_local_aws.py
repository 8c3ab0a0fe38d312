"""The local AWS itself: there within seconds, and gone without a trace."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import pytest
from kit.ledger_rows import all_rows

from ops.errors import CommandError
from ops.local import console, emulator
from ops.local import lifecycle as command
from ops.local.keep import Kept
from ops.local.provision import MAX_WORKERS
from ops.names import SERVICES
from ops.settings import ROOT
from ops.stack import connect

HOLD = """
import sys, time
from ops.local import console, emulator
running = emulator.start()
try:
    print(running.endpoint, running.pid, running.folder, flush=True)
    {then}
finally:
    running.end()
"""


@pytest.fixture
def hold():
    """Start a process that holds an emulator, and does something then."""
    processes = []

    def holding(then="time.sleep(60)"):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD.format(then=then)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        processes.append(process)
        endpoint, pid, folder = process.stdout.readline().split()
        return process, endpoint, int(pid), Path(folder)

    yield holding
    for process in processes:
        process.kill()
        process.wait()


def gone(endpoint, pid, folder):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not (emulator.answers(endpoint) or emulator.is_alive(pid) or folder.exists()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_behind_however_its_holder_ends(hold, how):
    process, endpoint, pid, folder = hold()
    assert emulator.answers(endpoint)
    process.send_signal(how)
    process.wait(120)
    assert gone(endpoint, pid, folder)


def test_nothing_stays_behind_after_an_error(hold):
    process, endpoint, pid, folder = hold("raise RuntimeError('x')")
    assert process.wait(120) == 1
    assert gone(endpoint, pid, folder)


def test_it_listens_on_this_machine_alone(local):
    host, port = local.emulator.endpoint.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("no /proc/net/tcp here to look at")
    wanted = f":{int(port):04X}"
    addresses = [line.split()[1] for line in listening.read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert [address for address in addresses if address.endswith(wanted)] == [f"0100007F{wanted}"]


def test_no_function_outlives_it(zips):
    from ops.local import stack  # noqa: PLC0415 - besides its use

    with stack.running(zips=zips) as running:
        folder = str(running.emulator.folder)
        running.s3.put_object(Bucket=running.names.input_bucket, Key="a.jpg", Body=b"x")
        deadline = time.monotonic() + 120
        while not all_rows(running.ledger) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _processes_with(folder)
    assert not _processes_with(folder)
    assert not Path(folder).exists()


def _processes_with(text):
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here to look at")
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text in each.read_bytes().decode(errors="replace").replace("\0", " "):
                found.append(each)
        except OSError:
            continue
    return found


def test_up_prints_an_environment_that_works_and_down_ends_it(tmp_path, capsys):
    folder = tmp_path / "local"
    assert command.up(folder) == 0
    try:
        reported = capsys.readouterr()
        lines = reported.out.splitlines()
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        session = boto3.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )
        (page,) = re.findall(r"^console:  (http://127\.0\.0\.1:\d+/)$", reported.err, re.MULTILINE)
        with urlopen(page, timeout=30) as answer:  # noqa: S310 - 127.0.0.1
            assert variables["AWS_ENDPOINT_URL"] in answer.read().decode()
        buckets = session.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL"]).list_buckets()["Buckets"]
        assert {each["Name"].split("-")[2] for each in buckets} == {"input", "work", "output"}
        assert command.up(folder) == 0
        out, err = capsys.readouterr()
        assert "up already" in err
        assert out.splitlines() == lines
        assert f"console:  {page}" in err
        assert command.env(folder) == 0
        shell = ["sh", "-c", f"{out}\ncommand -v pipeline && pipeline --help"]
        reported = subprocess.run(shell, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert reported.stdout.startswith(f"{command.BIN / 'pipeline'}\n")
    finally:
        assert command.down(folder) == 0
    with pytest.raises(URLError):
        urlopen(page, timeout=5)  # noqa: S310 - 127.0.0.1
    assert not emulator.answers(variables["AWS_ENDPOINT_URL"])
    assert [each.name for each in folder.iterdir()] == ["kept"]
    capsys.readouterr()
    assert command.down(folder) == 0
    assert "not up" in capsys.readouterr().err
    with pytest.raises(CommandError, match="make up"):
        command.env(folder)


def test_what_is_in_it_is_there_again_after_down_and_up(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "local"
    assert command.up(folder) == 0
    try:
        before = _connected(capsys)
        names = before.names
        versions = [
            before.s3.put_object(Bucket=names.input_bucket, Key="words é.jpg", Body=body, Metadata={"who": "Ada"})
            for body in (b"first", b"second")
        ]
        wait_for(lambda: len(all_rows(before.ledger)) == 2 and all(row.outcome for row in all_rows(before.ledger)))
        rows = {row.image_id: row.outcome for row in all_rows(before.ledger)}
    finally:
        assert command.down(folder) == 0
    assert "make up finds its images" in capsys.readouterr().err
    # A setting that was changed meanwhile counts, though its queue was there before.
    changed = replace(before.settings, retention=replace(before.settings.retention, dlq_days=7))
    monkeypatch.setattr(command.pipeline_settings, "load", lambda *_: changed)
    assert command.up(folder) == 0
    try:
        after = _connected(capsys)
        assert after.endpoint_url == before.endpoint_url
        assert {row.image_id: row.outcome for row in all_rows(after.ledger)} == rows
        for version, body in zip(versions, (b"first", b"second"), strict=True):
            found = after.s3.get_object(Bucket=names.input_bucket, Key="words é.jpg", VersionId=version["VersionId"])
            assert (found["Body"].read(), found["Metadata"]) == (body, {"who": "Ada"})
        url = after.queue_url(names.dlq("resize"))
        attributes = after.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert attributes["MessageRetentionPeriod"] == str(7 * 86_400)
        assert attributes["ApproximateNumberOfMessages"] == "2"
        after.s3.put_object(Bucket=names.input_bucket, Key="new.jpg", Body=b"words")
        wait_for(lambda: any(row.key == "new.jpg" and row.outcome for row in all_rows(after.ledger)))
        assert len(after.sns.list_subscriptions_by_topic(TopicArn=names.topic_arn)["Subscriptions"]) == 1
    finally:
        assert command.reset(folder) == 0
    assert not folder.exists()


def test_a_proxy_of_this_machine_is_not_asked_for_it(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("no_proxy", "example.com")
    running = emulator.start()
    try:
        assert running.session().client("s3", endpoint_url=running.endpoint).list_buckets()["Buckets"] == []
        assert running.environment()["NO_PROXY"] == "example.com,127.0.0.1"
    finally:
        running.end()


def test_data_of_another_shape_is_set_aside_and_said(tmp_path, capsys, monkeypatch):
    kept = Kept(folder=tmp_path / "kept")
    assert kept.opened() == (None, None)
    kept.close(4566)
    (tmp_path / "kept" / "state").mkdir()
    for name in ("s3", "lambda"):
        (tmp_path / "kept" / "state" / f"{name}.json").write_text("{}")
    assert kept.opened() == (4566, None)
    # Functions are made again; what they were says nothing.
    assert [each.name for each in (tmp_path / "kept" / "state").iterdir()] == ["s3.json"]
    monkeypatch.setattr("ops.local.keep._SHAPE", (Path(__file__),))
    port, aside = kept.opened()
    assert (port, aside) == (4566, tmp_path / "kept-of-before")
    assert (aside / "state" / "s3.json").exists()
    assert not (tmp_path / "kept").exists()


def _connected(capsys):
    lines = capsys.readouterr().out.splitlines()
    variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        return connect(ROOT / "pipeline.yaml", endpoint_url=variables["AWS_ENDPOINT_URL"])


def wait_for(there):
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_console_that_died_comes_back_with_the_next_up(tmp_path, capsys):
    folder = tmp_path / "local"
    assert command.up(folder) == 0
    try:
        state = json.loads((folder / "run" / "state.json").read_text())
        os.kill(state["console"]["pid"], signal.SIGKILL)
        os.waitpid(state["console"]["pid"], 0)
        assert command.up(folder) == 0
        again = json.loads((folder / "run" / "state.json").read_text())
        assert again["pid"] == state["pid"]
        assert again["console"]["pid"] != state["console"]["pid"]
        assert console.answers(again["console"])
        assert f"console:  {again['console']['address']}" in capsys.readouterr().err
    finally:
        assert command.down(folder) == 0
    assert not emulator.is_alive(again["console"]["pid"])


def test_a_local_aws_whose_console_does_not_come_up_is_up_nevertheless(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "local"
    monkeypatch.setattr(console, "_COMMAND", ("false",))
    assert command.up(folder) == 0
    try:
        reported = capsys.readouterr()
        assert "the console did not come up" in reported.err
        assert "AWS_ENDPOINT_URL" in reported.out
    finally:
        assert command.down(folder) == 0


def test_the_traces_of_one_that_died_are_cleared_away(tmp_path, capsys):
    folder = tmp_path / "local"
    running = emulator.start(detached=True, folder=folder / "run")
    (folder / "run" / "state.json").write_text(
        f'{{"pid": {running.pid}, "endpoint": "{running.endpoint}", "name": "x"}}'
    )
    os.kill(running.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while emulator.answers(running.endpoint) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert command.down(folder) == 0
    assert "not up" in capsys.readouterr().err
    assert not (folder / "run").exists()


def test_one_that_is_busy_is_waited_for_and_not_ended(tmp_path, capsys):
    folder = tmp_path / "local"
    running = emulator.start(detached=True, folder=folder / "run")
    (folder / "run" / "state.json").write_text(json.dumps({"pid": running.pid, "endpoint": running.endpoint}))
    os.kill(running.pid, signal.SIGSTOP)
    # Longer than one question waits for its answer.
    timer = threading.Timer(3, os.kill, (running.pid, signal.SIGCONT))
    timer.start()
    try:
        assert command.env(folder) == 0
        assert running.endpoint in capsys.readouterr().out
    finally:
        timer.join()
        assert command.down(folder) == 0
    assert not emulator.is_alive(running.pid)


def test_a_process_that_has_the_id_of_one_that_died_is_left_alone(tmp_path, capsys):
    folder = tmp_path / "local"
    (folder / "run").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        page = {"pid": other.pid, "address": "http://127.0.0.1:9/"}
        state = {"pid": other.pid, "endpoint": "http://127.0.0.1:9", "console": page}
        (folder / "run" / "state.json").write_text(json.dumps(state))
        try:
            assert command.down(folder) == 0
            assert "not up" in capsys.readouterr().err
            assert other.poll() is None
        finally:
            other.kill()
    assert not (folder / "run").exists()


def test_it_says_what_to_do_where_it_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(emulator, "PYTHON", tmp_path / ".venv-emulator" / "bin" / "python")
    with pytest.raises(CommandError, match="make setup"):
        emulator.start()


def test_a_port_that_was_taken_meanwhile_is_given_up(monkeypatch, local):
    taken = int(local.emulator.endpoint.rsplit(":", 1)[1])
    real = emulator.free_port
    ports = iter([taken])
    monkeypatch.setattr(emulator, "free_port", lambda: next(ports, None) or real())
    running = emulator.start()
    try:
        assert running.endpoint != local.emulator.endpoint
        assert emulator.answers(running.endpoint)
    finally:
        running.end()
    assert emulator.answers(local.emulator.endpoint)


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_settings_say_is_what_is_made(local, service):
    names, settings = local.names, local.settings.services[service]
    attributes = local.client("sqs").get_queue_attributes(
        QueueUrl=local.queue_urls[names.queue(service)], AttributeNames=["All"]
    )["Attributes"]
    assert int(attributes["VisibilityTimeout"]) == 6 * settings.timeout_seconds
    assert f'"maxReceiveCount": {settings.max_receive_count}' in attributes["RedrivePolicy"]
    dlq = local.client("sqs").get_queue_attributes(
        QueueUrl=local.queue_urls[names.dlq(service)], AttributeNames=["All"]
    )["Attributes"]
    assert int(dlq["MessageRetentionPeriod"]) == 14 * 86_400
    function = local.client("lambda").get_function_configuration(FunctionName=names.function(service))
    assert (function["MemorySize"], function["Timeout"], function["Runtime"], function["Architectures"]) == (
        settings.memory_mb,
        settings.timeout_seconds,
        "python3.13",
        [settings.architecture],
    )
    (mapping,) = local.client("lambda").list_event_source_mappings(FunctionName=names.function(service))[
        "EventSourceMappings"
    ]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == settings.batch_size
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == min(settings.maximum_concurrency, MAX_WORKERS)


def test_the_input_bucket_is_versioned_and_no_bucket_is_public(local):
    s3, names = local.s3, local.names
    assert s3.get_bucket_versioning(Bucket=names.input_bucket)["Status"] == "Enabled"
    for bucket in (names.input_bucket, names.work_bucket, names.output_bucket):
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=names.work_bucket)["Rules"]
    assert rule["Expiration"]["Days"] == local.settings.retention.work_days
