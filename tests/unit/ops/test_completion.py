"""Scripts that complete commands in a shell."""

import shutil
import subprocess

import pytest

from ops.cli import main
from ops.completion import script

COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
_shtab_pipeline "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def complete(tmp_path):
    """What bash offers for the last of some words."""
    if shutil.which("bash") is None:
        pytest.skip("NOT RUN: no bash here")
    (tmp_path / "completion").write_text(script("bash"))
    (tmp_path / "photo.jpg").touch()

    def completing(*words):
        command = ["bash", "-c", COMPLETE, "bash", "completion", *words]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.stderr == ""
        return set(ran.stdout.split())

    return completing


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param(("pipeline", "st"), {"status"}, id="a command"),
        pytest.param(("pipeline", "dlq", "re"), {"replay"}, id="a sub-command"),
        pytest.param(("pipeline", "upload", "--wa"), {"--wait"}, id="an option"),
        pytest.param(("pipeline", "dlq", "ls", "--service", "w"), {"watermark"}, id="a value"),
        pytest.param(("pipeline", "upload", "pho"), {"photo.jpg"}, id="a file"),
        pytest.param(("pipeline", "completion", "z"), {"zsh"}, id="a shell"),
    ],
)
def test_bash_completes(complete, words, offered):
    assert complete(*words) == offered


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete "), ("zsh", "#compdef pipeline"), ("fish", "-c pipeline")]
)
def test_there_is_a_script_for_each_shell_that_knows_every_command(capsys, shell, mark):
    assert main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert mark in printed
    assert all(command in printed for command in ("upload", "status", "dlq", "preview", "completion"))
