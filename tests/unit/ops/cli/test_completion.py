"""Completion in a shell, by click."""

import os
import shutil
import subprocess
import sys

import pytest

from ops.settings import ROOT

PIPELINE = "import sys; from ops.cli.main import main; sys.exit(main())"


def completed(tmp_path, *words, **variables):
    """What a shell is offered for the last of some words: types and values."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_PIPELINE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
        **variables,
    }
    ran = subprocess.run(
        [sys.executable, "-c", PIPELINE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param(("pipeline", "st"), {"plain,status"}, id="a command"),
        pytest.param(("pipeline", "dlq", "re"), {"plain,replay"}, id="a command of a group"),
        pytest.param(("pipeline", "upload", "--wa"), {"plain,--wait"}, id="an option"),
        pytest.param(("pipeline", "drop", "--wa"), {"plain,--wait"}, id="an option of an alias"),
        pytest.param(("pipeline", "dlq", "ls", "--service", "w"), {"plain,watermark"}, id="a value"),
        pytest.param(("pipeline", "pause", "w"), {"plain,watermark"}, id="an argument"),
        pytest.param(("pipeline", "upload", "pho"), {"file,pho"}, id="a file"),
    ],
)
def test_a_shell_is_offered(tmp_path, words, offered):
    assert completed(tmp_path, *words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(tmp_path, shell):
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("NOT RUN: click asks bash for its version")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_PIPELINE_COMPLETE": f"{shell}_source"}
    ran = subprocess.run([sys.executable, "-c", PIPELINE], env=environment, capture_output=True, text=True, check=True)
    assert "_PIPELINE_COMPLETE" in ran.stdout
