"""The programs that make targets start: their options, and how they end."""

import subprocess
import sys

import click
import pytest

from ops.cli.run import run
from ops.demo import run as demo_run
from ops.demo.__main__ import demo
from ops.demo.watermarks import watermarks
from ops.deploy import commands
from ops.deploy.__main__ import deploy
from ops.errors import CommandError, Exit
from ops.local import lifecycle
from ops.local.__main__ import local
from ops.packaging.__main__ import package
from ops.release.__main__ import release
from ops.settings import ROOT

PROGRAMS = {
    "ops.demo": demo,
    "ops.demo.watermarks": watermarks,
    "ops.deploy": deploy,
    "ops.local": local,
    "ops.packaging": package,
    "ops.release": release,
}
PROGRAM = pytest.mark.parametrize("program", PROGRAMS)


def ran(program, *words):
    return run(PROGRAMS[program], words, program=f"python -m {program}")


@PROGRAM
def test_it_has_help_with_an_example(program, capsys):
    assert ran(program, "--help") == Exit.DONE
    usage, examples = capsys.readouterr().out.split("Examples:", 1)
    assert usage.startswith(f"Usage: python -m {program} ")
    assert f"python -m {program} " in examples


@PROGRAM
def test_every_option_is_explained_with_its_default(program):
    for each in PROGRAMS[program].params:
        if isinstance(each, click.Option):
            assert each.help.endswith("."), each.name
            assert "default:" in each.help, each.name


@PROGRAM
def test_a_mistake_is_one_line_and_a_usage_error(program, capsys):
    assert ran(program, "--nonsense") == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"{program.rpartition('.')[2]}: No such option")
    assert f"See: python -m {program} --help" in err


@pytest.mark.parametrize("program", ["ops.demo", "ops.deploy", "ops.local"])
def test_help_imports_neither_the_aws_sdk_nor_pillow(program):
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['{program}', '--help']\n"
        "try:\n"
        f"    runpy.run_module('{program}', run_name='__main__')\n"
        "finally:\n"
        "    print(sorted({'botocore', 'PIL', 'rich', 'pydantic'} & set(sys.modules)))\n"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.stdout.endswith("[]\n"), said.stdout + said.stderr


@pytest.mark.parametrize("action", ["up", "down", "reset", "env"])
def test_the_local_aws_does_what_is_asked_for(action, monkeypatch):
    done = []
    for each in ("up", "down", "reset", "env"):
        monkeypatch.setattr(lifecycle, each, lambda each=each: done.append(each) or Exit.DONE)
    assert ran("ops.local", action) == Exit.DONE
    assert done == [action]


def test_a_deployment_gets_its_options(monkeypatch):
    got = []
    monkeypatch.setattr(commands, "COMMANDS", {"deploy": lambda choices: got.append(choices) or Exit.PARTIAL})
    assert ran("ops.deploy", "deploy", "--service", "store", "--yes", "--planned") == Exit.PARTIAL
    assert got == [commands.Choices(service="store", yes=True, planned=True, empty=False)]


def test_a_missing_argument_is_one_line_with_the_choices(capsys):
    assert ran("ops.local") == Exit.USAGE
    err = capsys.readouterr().err
    assert "Choose from: up, down, reset, env. See: python -m ops.local --help" in err
    assert "\\n" not in err


def test_a_rollback_of_no_service_says_which_there_are(capsys):
    assert ran("ops.deploy", "rollback") == Exit.USAGE
    assert "deploy: SERVICE is not given; allowed: resize, watermark, store" in capsys.readouterr().err


def test_an_unknown_service_is_not_packaged(capsys):
    assert ran("ops.packaging", "shrink") == Exit.USAGE
    assert "'shrink' is not one of 'resize', 'watermark', 'store'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (CommandError("what happened", Exit.NOT_FOUND), 4, "demo: what happened\n"),
        (KeyboardInterrupt(), 130, "\ndemo: interrupted\n"),
        (PermissionError(13, "Permission denied", "out"), 1, "demo: out: Permission denied\n"),
    ],
)
def test_an_error_of_the_demo_is_one_line(error, code, says, monkeypatch, capsys):
    def breaking(*_):
        raise error

    monkeypatch.setattr(demo_run.signal, "signal", lambda *_: None)
    monkeypatch.setattr(demo_run, "_images", breaking)
    assert ran("ops.demo") == code
    assert capsys.readouterr().err == says
