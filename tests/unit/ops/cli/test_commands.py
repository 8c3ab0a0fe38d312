"""Every command has manners: help with an example, JSON where it prints data, one line for a mistake."""

import json
import socket
import subprocess
import sys

import click
import pytest
from botocore.config import Config
from kit.command_lines import commands, options_of

from ops.aws import session
from ops.cli.main import COMMANDS as TOP
from ops.cli.main import main
from ops.cli.options import Target
from ops.errors import CommandError, Exit
from ops.settings import ROOT

COMMANDS = commands()
# pipeline mailbox show reads e-mails from a folder: its settings are those of its group, which it does not need.
WITH_SETTINGS = [words for words in COMMANDS if words != ("mailbox", "show")]
ON_AWS = [words for words, each in COMMANDS.items() if "--endpoint-url" in options_of(each)]
# What a value may be wrong for: not a text, a path or a switch.
TYPED = [
    (words, name)
    for words, each in COMMANDS.items()
    for name, option in options_of(each).items()
    if not isinstance(option.type, click.types.StringParamType | click.Path | click.types.BoolParamType)
]
HEAVY = {"boto3", "botocore", "PIL", "pydantic", "yaml", "rich", "markdown_it", "pygments", "jinja2", "starlette"}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No AWS, and nobody's own configuration."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(session, "CONFIG", Config(retries={"total_max_attempts": 1}, connect_timeout=2))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"1")
    (tmp_path / "bad.yaml").write_text("name: 5")
    (tmp_path / "list.yaml").write_text("[name]")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")


def least(words):
    """The command with no more than it must have."""
    argv = list(words)
    for each in COMMANDS[words].params:
        if each.required:
            value = {("mailbox", "show"): "1", ("local",): "up", ("cost",): "5"}.get(words, "a.jpg")
            argv += [value] if isinstance(each, click.Argument) else [each.opts[0], value]
    # One of two options is required there.
    return [*argv, "--prefix", "a/"] if words == ("upload-url",) else argv


def said(capsys, argv):
    """The exit code, and what was said of the mistake."""
    code = main(argv)
    out, err = capsys.readouterr()
    assert "internal error" not in err
    return code, out + err


def mistaken(words, code=2):
    """The exit code of a mistake: a doctor finds it."""
    return 1 if words == ("doctor",) else code


def named(values):
    return pytest.mark.parametrize("words", values, ids=" ".join)


@named(COMMANDS)
def test_it_has_help_with_an_example(capsys, words):
    code, text = said(capsys, [*words, "--help"])
    assert code == 0
    assert f"pipeline {' '.join(words)}" in text.split("Examples:", 1)[1]


@named(COMMANDS)
def test_every_option_is_explained_with_its_default(words):
    for name, option in options_of(COMMANDS[words]).items():
        assert option.help, name
        assert option.help[0].isupper(), name
        assert option.help.endswith("."), name
        if option.default not in (None, (), False) and "Sentinel" not in repr(option.default):
            assert "default:" in option.help, name


@named(COMMANDS)
def test_it_speaks_json(words):
    options = options_of(COMMANDS[words])
    assert list(options["--output"].type.choices) == ["table", "json"]
    assert options["--json"].is_flag


@named(ON_AWS)
def test_a_profile_that_there_is_not_is_named(capsys, words):
    code, text = said(capsys, [*least(words), "--profile", "nobody"])
    assert code == mistaken(words)
    assert "nobody" in text


@named(WITH_SETTINGS)
@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml", id="none"),
        pytest.param("bad.yaml", "name is 5", id="a wrong one"),
        pytest.param("list.yaml", 'list.yaml is ["name"]', id="a list"),
        pytest.param("bytes.yaml", "bytes.yaml is not UTF-8", id="in no encoding"),
    ],
)
def test_settings_that_are_wrong_are_reported_in_words(capsys, words, path, says):
    code, text = said(capsys, [*least(words), "--settings", path])
    assert code == mistaken(words)
    assert says in text


@named(ON_AWS)
def test_an_aws_that_does_not_answer_is_reported_in_words(capsys, words):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        code, text = said(capsys, [*least(words), "--endpoint-url", endpoint])
    assert code == mistaken(words, 6)
    assert endpoint in text
    assert "make -s up" in text


@pytest.mark.parametrize(("words", "option"), TYPED, ids=[f"{' '.join(words)} {option}" for words, option in TYPED])
def test_a_value_that_is_none_is_named_with_its_option(capsys, words, option):
    code, text = said(capsys, [*least(words), option, "no such value"])
    assert code == 2
    assert f"Invalid value for '{option}'" in text
    assert "no such value" in text


@named(ON_AWS)
def test_an_endpoint_that_is_no_url_is_reported_in_words(capsys, words):
    code, text = said(capsys, [*least(words), "--endpoint-url", "nonsense"])
    assert code == mistaken(words)
    assert "nonsense" in text


@pytest.mark.parametrize("words", [("logs", "a.jpg"), ("backfill", "s3://b")], ids=" ".join)
@pytest.mark.parametrize("age", ["999999w", "5 weeks", "0001-01-01T00:00+14:00"])
def test_a_time_that_there_never_was_is_named(capsys, words, age):
    code, text = said(capsys, [*words, "--since", age])
    assert code == 2
    assert f"Invalid value for '--since': {age!r} is" in text


def test_a_doctor_who_cannot_begin_says_so_as_a_finding(capsys):
    code, text = said(capsys, ["doctor", "--settings", "nowhere.yaml", "--json"])
    finding = json.loads(text.splitlines()[0])
    assert (code, finding["check"], finding["level"]) == (1, "settings", "problem")
    assert "--settings" in finding["remedy"]


def test_a_doctor_whom_aws_refuses_for_the_time_says_that_it_is_the_clock(capsys, monkeypatch):
    words = "Signature expired: 20261125T091500Z is now earlier than 20261125T092000Z (20261125T092500Z - 5 min.)"

    def refused(_):
        raise CommandError(f"no answer from AWS: {words}", Exit.USAGE)

    monkeypatch.setattr(Target, "stack", refused)
    code, text = said(capsys, ["doctor", "--output", "json"])
    finding = json.loads(text.splitlines()[0])
    assert (code, finding["check"]) == (1, "clock")
    assert "set-ntp" in finding["remedy"]


@pytest.mark.parametrize(
    ("argv", "suggested"),
    [
        (["statsu"], "Did you mean 'status'?"),
        (["uplod"], "Did you mean one of: 'upload', 'upload-url'?"),
        (["dlq", "repaly"], "Did you mean 'replay'?"),
        (["status", "--limt", "3"], "Did you mean '--limit'?"),
        (["dlq", "ls", "--erorr", "X"], "Did you mean"),
        (["dlq", "replay", "--eror", "X"], "No such option '--eror'. Did you mean one of: '--error', "),
    ],
    ids=" ".join,
)
def test_what_is_misspelt_is_named_with_what_was_meant(capsys, argv, suggested):
    code, text = said(capsys, argv)
    assert code == 2
    assert suggested in text
    assert "--help" in text


def test_a_command_that_there_is_not_is_named(capsys):
    code, text = said(capsys, ["frobnicate"])
    assert code == 2
    assert "No such command 'frobnicate'." in text


@pytest.mark.parametrize(
    ("alias", "name"), [(["drop"], ["upload"]), (["dlq", "redrive"], ["dlq", "replay"])], ids=["drop", "redrive"]
)
def test_an_alias_is_its_command_hidden_from_the_list_and_named_in_its_help(capsys, alias, name):
    _, by_alias = said(capsys, [*alias, "--help"])
    _, by_name = said(capsys, [*name, "--help"])
    _, listed = said(capsys, [*name[:-1], "--help"])
    assert by_alias == by_name
    assert f"pipeline {' '.join(alias)}" in by_name.split("Alias:", 1)[1]
    assert f"  {alias[-1]} " not in listed


def test_the_version_is_that_of_the_package(capsys):
    code, text = said(capsys, ["--version"])
    assert code == 0
    assert f'version = "{text.split()[1]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_without_a_command_there_is_help_and_the_code_of_wrong_usage(capsys):
    code, text = said(capsys, [])
    assert code == 2
    assert text.startswith("Usage: pipeline")
    assert all(f"\n  {name}" in text for name in TOP)


@pytest.mark.parametrize("argv", [["--help"], ["--version"], *([*words, "--help"] for words in COMMANDS)], ids=" ".join)
def test_help_imports_nothing_heavy(argv):
    script = (
        "import sys; from ops.cli.main import main; code = main(sys.argv[1:])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(done.stderr.split()) & HEAVY == set()


def test_the_list_of_commands_imports_none_of_them():
    script = (
        "import sys; from ops.cli.main import main; main(['--help'])\n"
        "print(*(name for name in sys.modules if name.startswith('ops.cli.commands')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.split() == []
