"""The operator's verbs on the local AWS: pausing, looking at logs, sending what is there already."""

import json
import uuid

import pytest
from pictures import gradient, saved

from ops.cli import main
from ops.follow import Upload, upload
from ops.names import STAGES


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


def test_what_is_dropped_while_paused_waits_and_goes_on(local, command, wait, tmp_path):
    (tmp_path / "a.png").write_bytes(saved(gradient(), "PNG"))
    try:
        assert command("pause")[0] == 0
        assert command("pause", "resize")[0] == 0
        dropped = upload(local, [Upload(path=tmp_path / "a.png", key=f"{uuid.uuid4().hex}/paused.png")])
        code, rows = command("pause")
        assert code == 0
        assert {row["service"]: row["state"] for row in rows} == dict.fromkeys(STAGES, "disabled")
        assert rows[0] == {"service": "resize", "state": "disabled", "waiting": 1, "in_flight": 0}
        assert wait(dropped, timeout_seconds=2) == [None]
    finally:
        assert command("resume")[0] == 0
    (row,) = wait(dropped)
    assert row.outcome == "stored"
