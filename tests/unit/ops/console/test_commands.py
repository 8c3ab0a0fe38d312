"""What a person would type: a shell gives back every name, byte for byte."""

import shlex
import subprocess

import pytest
from kit.command_lines import parsed
from kit.ledger_rows import row

from ops.console.commands import Commands, quoted
from ops.names import Names

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")
HOSTILE = [
    "a b.jpg",
    "it's.jpg",
    "$(rm -rf ~)`x`.jpg",
    "new\nline\r.jpg",
    "gpj.\u202eexe",
    "tab\t' \\ \x1b[31m",
    "-rf.jpg",
    "--yes",
    "日本語 🌄.jpg",
    "!! * ? [a] {b} ~ #",
]


@pytest.fixture
def commands():
    return Commands(names=NAMES, options=("--region", "eu-west-1"), settings=("--settings", "other.yaml"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_shell_gives_back_every_name(text):
    word = quoted(text)
    assert word.isprintable()
    answer = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert answer.stdout == text.encode()


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.isprintable()])
def test_the_command_line_takes_what_is_copied(commands, text):
    for command in (
        commands.status(text),
        commands.upload([text], "holiday/", ["quality=60"]),
        commands.show(text),
        commands.replay([text, "m-2"], force=True),
        commands.dlq("replay", ["--service=store", "--error=OutputKeyTaken", f"--key={text}*", "--older-than=1d"]),
        commands.dlq("ls"),
        commands.remove([text, "other"]),
    ):
        program, *words = shlex.split(command)
        assert program == "pipeline"
        values = parsed(words)
        assert values["region"] == "eu-west-1"
        assert values["settings"].name == "other.yaml"
    assert parsed(shlex.split(commands.status(text))[1:])["keys"] == (text,)
    assert parsed(shlex.split(commands.replay([text]))[1:])["names"] == (text,)
    removal = parsed(shlex.split(commands.remove([text]))[1:])
    assert (removal["keys"], removal["yes"]) == ((text,), False)


def test_an_upload_says_prefix_and_orders(commands):
    words = shlex.split(commands.upload([], "-odd/", ["watermark-text=© Ada", "quality=60"]))
    values = parsed(words[1:])
    assert values["prefix"] == "-odd/"
    assert values["overrides"] == ("watermark-text=© Ada", "quality=60")
    assert [str(path) for path in values["paths"]] == ["FILE"]


def test_the_very_version_is_fetched(commands):
    words = shlex.split(commands.fetch_source(row("a", "dir/-x y.jpg", version_id="v7")))
    assert words[:3] == ["aws", "s3api", "get-object"]
    assert "--key=dir/-x y.jpg" in words
    assert words[words.index("--version-id") + 1] == "v7"
    assert "./-x y.jpg" in words
    assert "--version-id" not in shlex.split(commands.fetch_source(row("a", version_id=None)))


def test_an_output_is_fetched_from_where_it_lies(commands):
    words = shlex.split(commands.fetch_output("a b-thumb.jpg"))
    assert words[:4] == ["aws", "s3", "cp", f"s3://{NAMES.output_bucket}/a b-thumb.jpg"]
    assert words[-2:] == ["--region", "eu-west-1"]
