"""Ctrl-C while Terraform works: it is not killed, since it has its state to write and its lock to release."""

import os
import signal
import subprocess
import sys

import pytest

from ops.deploy.roots import Layout
from ops.deploy.terraform import Terraform
from ops.names import Names
from ops.settings import parse

# Presses Ctrl-C twice, and writes its state a while later, as Terraform does once what it has requested is answered.
PROGRAM = """#!{python}
import os, pathlib, signal, time
for _ in range(2):
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(0.4)
pathlib.Path({folder!r}, "state").write_text("written")
"""


@pytest.fixture(autouse=True)
def interruptible():
    """As at a terminal: a shell without one lets what it runs in the background ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def terraform(tmp_path, monkeypatch):
    """Of a root, with a program in place of Terraform."""
    program = tmp_path / "terraform"
    program.write_text(PROGRAM.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    layout = Layout(
        terraform=tmp_path, settings=tmp_path / "s", zips=tmp_path / "z", work=tmp_path / "w", states=tmp_path / "t"
    )
    (tmp_path / "platform").mkdir()
    names = Names(name="photos", account="123456789012", region="eu-west-1")
    return Terraform(root="platform", layout=layout, settings=parse({"name": "photos"}), names=names)


@pytest.mark.parametrize("shown", [True, False], ids=["apply", "plan"])
def test_terraform_ends_by_itself(terraform, tmp_path, shown):
    with pytest.raises(KeyboardInterrupt):
        terraform.destroy() if shown else terraform.plan()
    assert (tmp_path / "state").read_text() == "written"


def test_terraform_ends_by_itself_where_ctrl_c_comes_as_it_starts(terraform, tmp_path, monkeypatch):
    class Starting(subprocess.Popen):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Starting)
    with pytest.raises(KeyboardInterrupt):
        terraform.plan()
    assert (tmp_path / "state").read_text() == "written"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
