"""Every command has manners: help with an example, JSON where it prints data, one line for a person's mistake."""

import argparse
import json
import socket
from pathlib import Path

import pytest
from botocore.config import Config

from ops import stack
from ops.cli import main, parser
from ops.doctor import verb
from ops.errors import CommandError

# Prints a script for a shell, and no data.
NO_DATA = {"completion"}


def leaves(of, name=()):
    """Every command that does something: its words, and its parser."""
    inner = [each for each in of._actions if isinstance(each, argparse._SubParsersAction)]
    if not inner:
        return {name: of}
    return {
        words: leaf
        for action in inner
        for verb, each in action.choices.items()
        for words, leaf in leaves(each, (*name, verb)).items()
    }


COMMANDS = leaves(parser())
WITH_SETTINGS = {words: each for words, each in COMMANDS.items() if "--settings" in each._option_string_actions}
ON_AWS = {words: each for words, each in COMMANDS.items() if "--endpoint-url" in each._option_string_actions}
TYPED = [
    (words, option)
    for words, each in COMMANDS.items()
    for option, action in each._option_string_actions.items()
    if option.startswith("--") and (action.choices or action.type not in {None, Path})
]


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
    monkeypatch.setattr(stack, "_CONFIG", Config(retries={"total_max_attempts": 1}, connect_timeout=2))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"1")
    (tmp_path / "bad.yaml").write_text("name: 5")
    (tmp_path / "list.yaml").write_text("[name]")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")


def least(words, each):
    """The command with no more than it must have."""
    argv = list(words)
    for action in each._actions:
        word = "1" if action.type is int else "a.jpg"
        value = word if action.type is Path or not action.choices else next(iter(action.choices))
        if not action.option_strings:
            argv += [value] if action.nargs not in {"*", "?"} else []
        elif action.required:
            argv += [action.option_strings[0], value]
    return argv


def told(capsys, argv):
    """The exit code, and what was said of the mistake; a traceback would not get here."""
    try:
        code = main(argv)
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    return code, out + err


def mistaken(words):
    """The exit code of a mistake: a doctor finds it."""
    return 1 if words == ("doctor",) else 2


def named(values):
    return pytest.mark.parametrize("words", values, ids=" ".join)


@named(COMMANDS)
def test_it_has_help_with_an_example(capsys, words):
    code, said = told(capsys, [*words, "--help"])
    assert code == 0
    assert f"pipeline {' '.join(words[:1])}" in said.split("example", 1)[1]


@named([words for words in COMMANDS if words[0] not in NO_DATA])
def test_it_speaks_json(words):
    assert COMMANDS[words]._option_string_actions["--output"].choices == ("table", "json")


@named(ON_AWS)
def test_a_profile_that_there_is_not_is_named(capsys, words):
    code, said = told(capsys, [*least(words, COMMANDS[words]), "--profile", "nobody"])
    assert code == mistaken(words)
    assert "nobody" in said


@named(WITH_SETTINGS)
@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml", id="none"),
        pytest.param("bad.yaml", "name is 5", id="a wrong one"),
        pytest.param("list.yaml", "list.yaml is ['name']", id="a list"),
        pytest.param("bytes.yaml", "bytes.yaml is not UTF-8", id="in no encoding"),
    ],
)
def test_settings_that_are_wrong_are_told_in_words(capsys, words, path, says):
    code, said = told(capsys, [*least(words, COMMANDS[words]), "--settings", path])
    assert code == mistaken(words)
    assert says in said


@named(ON_AWS)
def test_an_aws_that_does_not_answer_is_told_in_words(capsys, words):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        code, said = told(capsys, [*least(words, COMMANDS[words]), "--endpoint-url", endpoint])
    assert code == mistaken(words)
    assert endpoint in said
    assert "make -s up" in said


@pytest.mark.parametrize(("words", "option"), TYPED, ids=[f"{' '.join(words)} {option}" for words, option in TYPED])
def test_a_value_that_is_none_is_named_with_its_option(capsys, words, option):
    code, said = told(capsys, [*least(words, COMMANDS[words]), option, "no such value"])
    assert code == 2
    assert f"argument {option}" in said
    assert "no such value" in said


@named(ON_AWS)
def test_an_endpoint_that_is_no_url_is_told_in_words(capsys, words):
    code, said = told(capsys, [*least(words, COMMANDS[words]), "--endpoint-url", "nonsense"])
    assert code == mistaken(words)
    assert "nonsense" in said


@pytest.mark.parametrize("words", [("logs", "a.jpg"), ("backfill", "s3://b")], ids=" ".join)
@pytest.mark.parametrize("age", ["999999w", "5 weeks"])
def test_a_time_that_there_never_was_is_named(capsys, words, age):
    code, said = told(capsys, [*words, "--since", age])
    assert code == 2
    assert f"argument --since: {age!r} is" in said


def test_a_doctor_who_cannot_begin_says_so_as_a_finding(capsys):
    code, said = told(capsys, ["doctor", "--settings", "nowhere.yaml", "--output", "json"])
    finding = json.loads(said.splitlines()[0])
    assert (code, finding["check"], finding["level"]) == (1, "settings", "problem")
    assert "--settings" in finding["remedy"]


def test_a_doctor_whom_aws_refuses_for_the_time_says_that_it_is_the_clock(capsys, monkeypatch):
    words = "Signature expired: 20261125T091500Z is now earlier than 20261125T092000Z (20261125T092500Z - 5 min.)"

    def refused(_):
        raise CommandError(f"no answer from AWS: {words}")

    monkeypatch.setattr(verb, "stack_of", refused)
    code, said = told(capsys, ["doctor", "--output", "json"])
    finding = json.loads(said.splitlines()[0])
    assert (code, finding["check"]) == (1, "clock")
    assert "set-ntp" in finding["remedy"]


def test_a_verb_that_there_is_not_is_named(capsys):
    code, said = told(capsys, ["frobnicate"])
    assert code == 2
    assert "frobnicate" in said
