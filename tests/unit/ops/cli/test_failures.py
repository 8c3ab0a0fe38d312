"""An exception becomes an exit code and a line: what happened, then what to do."""

import subprocess
import sys

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from ops.cli import main as cli
from ops.cli.failures import explained
from ops.cli.options import Target
from ops.errors import CommandError, Exit
from ops.settings import ROOT
from shared.errors import AwsUnavailable, BadOverride, BadSetting, UnreadableImage


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (CommandError("gone", Exit.NOT_FOUND), Exit.NOT_FOUND, "gone"),
        (click.UsageError("what?"), Exit.USAGE, "what?"),
        (BadSetting("name is 5"), Exit.USAGE, "name is 5"),
        (BadOverride("quality is 900"), Exit.USAGE, "quality is 900"),
        (UnreadableImage("cut off"), Exit.FAILURE, "cut off"),
        (AwsUnavailable("throttled"), Exit.AWS, "again later"),
        (refused("AccessDenied"), Exit.AWS, "Grant it"),
        (refused("AccessDeniedException"), Exit.AWS, "Grant it"),
        (refused("ExpiredToken"), Exit.AWS, "aws sso login"),
        (refused("ThrottlingException"), Exit.AWS, "again later"),
        (refused("NoSuchBucket"), Exit.NOT_FOUND, "make deploy"),
        (refused("AWS.SimpleQueueService.NonExistentQueue"), Exit.NOT_FOUND, "--region"),
        (refused("ResourceNotFoundException"), Exit.NOT_FOUND, "--region"),
        (refused("InternalError"), Exit.AWS, "InternalError"),
        (ProfileNotFound(profile="p"), Exit.USAGE, "list-profiles"),
        (NoCredentialsError(), Exit.AWS, "--profile"),
        (EndpointConnectionError(endpoint_url="http://x"), Exit.AWS, "make -s up"),
        (NoRegionError(), Exit.AWS, "region"),
        (FileNotFoundError(2, "No such file or directory", "a.jpg"), Exit.FAILURE, "a.jpg: No such file"),
        (PermissionError(13, "Permission denied", "out"), Exit.FAILURE, "out: Permission denied"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "interrupted"),
        (click.Abort(), Exit.INTERRUPTED, "interrupted"),
        (UnicodeEncodeError("utf-8", "a\udcff.jpg", 1, 2, "no"), Exit.USAGE, "\\udcff"),
        (UnicodeEncodeError("latin-1", "日本.jpg", 0, 2, "no"), Exit.FAILURE, "cannot be written as latin-1"),
        (ZeroDivisionError("division by zero\nagain"), Exit.FAILURE, "internal error: ZeroDivisionError: division by"),
        (BrokenPipeError(32, "Broken pipe"), Exit.FAILURE, ""),
    ],
    ids=lambda value: (
        getattr(getattr(value, "__class__", None), "__name__", None) if isinstance(value, Exception) else ""
    ),
)
def test_an_error_has_its_code_and_says_what_to_do(error, code, says):
    found, text = explained(error)
    assert found is code
    assert (says in text) if says else text == ""
    assert len(text.splitlines()) <= 1


def test_every_exit_code_has_a_meaning_of_its_own():
    assert len({each.meaning for each in Exit}) == len(Exit)
    assert [int(each) for each in Exit] == [0, 1, 2, 3, 4, 5, 6, 130]
    assert Exit.AWS.__doc__ == Exit.AWS.meaning


@pytest.fixture
def broken(monkeypatch):
    def breaking(_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(Target, "stack", breaking)


def test_a_bug_is_one_line(broken, capsys):
    assert cli.main(["status"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("pipeline: internal error: ZeroDivisionError: division by zero.")
    assert "Traceback" not in err


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_bug_shows_its_traceback_to_who_debugs(broken, capsys, monkeypatch, way):
    if way == "variable":
        monkeypatch.setenv("PIPELINE_DEBUG", "1")
    assert cli.main([*(["--debug"] if way == "option" else []), "status"]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "in breaking" in err


def test_a_reader_that_goes_away_is_no_traceback():
    script = f"{sys.executable} -m ops.cli dlq replay --help | true; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {"0", "1"}
    assert ran.stderr == ""
