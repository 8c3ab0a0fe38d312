"""The workflows' scripts, started as a step starts them, among commands that only say what they were asked."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ops.settings import ROOT

SCRIPTS = ROOT / ".github" / "scripts"

# Notes what it was asked, and answers as its first matching answer says: words that are all in the command.
FAKE = """#!{python}
import json, sys
from pathlib import Path
folder, name = Path({folder!r}), Path(sys.argv[0]).name
said = [name, *sys.argv[1:]]
with (folder / "asked.jsonl").open("a") as asked:
    asked.write(json.dumps(said) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
for number, answer in enumerate(answers):
    if all(word in said for word in answer["words"]):
        if answer["once"]:
            del answers[number]
            (folder / "answers.json").write_text(json.dumps(answers))
        sys.stdout.write(answer["stdout"])
        sys.stderr.write(answer["stderr"])
        sys.exit(answer["status"])
sys.exit(0)
"""


@pytest.fixture
def step(tmp_path):
    """A step of a job: a folder to work in, commands that are faked, and what the step hands on."""
    folder = tmp_path / "step"
    commands = tmp_path / "commands"
    folder.mkdir()
    commands.mkdir()
    answers = []
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.touch()
    summary.touch()

    def fake(*names):
        for name in names:
            path = commands / name
            path.write_text(FAKE.format(python=sys.executable, folder=str(commands)), encoding="utf-8")
            path.chmod(0o755)

    def answer(*words, stdout="", stderr="", status=0, once=False):
        answers.append({"words": words, "stdout": stdout, "stderr": stderr, "status": status, "once": once})

    def run(script, *words, **env):
        (commands / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
        environment = {
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_REPOSITORY": "octo/images",
        }
        command = [SCRIPTS / script, *words]
        return subprocess.run(
            command, cwd=folder, env=environment | env, capture_output=True, text=True, check=False, timeout=60
        )

    def asked(name):
        path = commands / "asked.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [said[1:] for said in map(json.loads, lines) if said[0] == name]

    return SimpleNamespace(
        folder=folder,
        fake=fake,
        answer=answer,
        run=run,
        asked=asked,
        output=lambda: output.read_text(encoding="utf-8"),
        summary=lambda: summary.read_text(encoding="utf-8"),
        commands=commands,
    )
