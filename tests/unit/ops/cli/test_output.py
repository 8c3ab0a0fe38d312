"""How commands print: tables that fit, progress that is redrawn only where it can be, and JSON."""

import io
import json
import os
import re
import sys
from collections import Counter

import click
import pytest

from ops.cli.output import ProgressLine, numeric, print_json, print_table, three_digits, word
from ops.cli.run import run
from ops.show import columns, note, visible

KEY = "holiday/2026/summer/a-key-of-some-length-that-has-no-space-in-it-0123456789.jpg"
HEADER = ("IMAGE", word("OUTCOME"), numeric("SECONDS"), "OUTPUTS OR REASON")
ROWS = [
    (KEY, "failed", "0.3", "UnreadableImage: the image is truncated after 120 of 4,000 rows of the first frame"),
    ("日本語/b.jpg", "stored", "12.5", "b-resized.jpg b-thumb.jpg"),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def streams(monkeypatch):
    """Streams in the place of stdout and stderr, and the width of the terminal."""

    def of(stream, width=80):
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((width, 24)))
        monkeypatch.setenv("TERM", "xterm")
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        return stream

    return of


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_columns_line_up_whatever_the_script(capsys):
    print_table(("A", "B"), [("日本", "x"), ("é", "y"), ("🌄", "z")])
    lines = capsys.readouterr().out.splitlines()
    assert {columns(line[: line.index(mark)]) for line, mark in zip(lines[1:], "xyz", strict=True)} == {6}


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x1b[31mb", r"a\x1b[31mb"), ("a\nb", r"a\nb"), ("\u202egpj", r"\u202egpj"), ("ü 🌄", "ü 🌄")]
)
def test_nothing_moves_the_cursor(text, shown):
    assert visible(text) == shown


def test_a_pipe_gets_a_row_a_line_with_nothing_cut(streams):
    stream = streams(io.StringIO(), 60)
    print_table(HEADER, ROWS)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[1].split("  ")[0] == KEY
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_a_table_fits_the_terminal_and_loses_no_message(streams, width):
    stream = streams(Terminal(), width)
    print_table(HEADER, ROWS)
    text = plain(stream.getvalue())
    assert max(map(columns, text.splitlines())) <= width
    # Where cells are folded their parts are apart, but none is cut off.
    shown, wanted = Counter("".join(text.split())), Counter("".join("".join(row) for row in ROWS))
    assert not wanted - shown - Counter(" " * 100)


def test_a_wide_terminal_gets_a_line_a_row(streams):
    stream = streams(Terminal(), 250)
    print_table(HEADER, ROWS)
    assert len(stream.getvalue().splitlines()) == 3


def test_a_narrow_terminal_gets_a_line_a_value(streams):
    stream = streams(Terminal(), 40)
    print_table(HEADER, ROWS)
    lines = [line.split() for line in plain(stream.getvalue()).splitlines()]
    assert ["OUTCOME", "failed"] in lines
    assert ["SECONDS", "12.5"] in lines


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
    ids=["plain", "NO_COLOR", "an empty NO_COLOR", "a dumb terminal"],
)
def test_a_terminal_has_colours_unless_it_is_said_otherwise(streams, monkeypatch, variables, coloured):
    stream = streams(Terminal(), 200)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    print_table(HEADER, ROWS)
    assert ("\x1b[31m" in stream.getvalue()) is coloured


def test_force_color_colours_a_pipe(streams, monkeypatch):
    stream = streams(io.StringIO())
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_table(HEADER, ROWS)
    assert "\x1b[31m" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 3


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(4.6566e-07, "0.000000466"), (0.17749, "0.177"), (2.0, "2"), (1234.5, "1230"), (0, "0")],
)
def test_an_amount_has_three_digits_and_no_exponent(amount, shown):
    assert three_digits(amount) == shown


def test_json_is_an_object_a_line_whatever_the_key_holds(capsys):
    print_json([{"key": "ü\n"}, {"key": "\ud800"}])
    assert capsys.readouterr().out == '{"key": "ü\\n"}\n{"key": "\\ud800"}\n'


@pytest.fixture
def narrow(monkeypatch):
    """A stdout and stderr of some encoding, as a locale or PYTHONIOENCODING has it; what was written there."""

    def of(encoding):
        written = io.BytesIO()
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(written, encoding=encoding, write_through=True))
        return written

    return of


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_key_that_the_encoding_lacks_ends_no_command(narrow, encoding):
    written = narrow(encoding)

    @click.command()
    def shown():
        print_table(("KEY",), [("ü日🌄",)])
        note("日")
        print_json([{"key": "ü日🌄"}])

    assert run(shown, [], program="shown") == 0
    table, noted, as_json = written.getvalue().decode(encoding).splitlines()[1:]
    escaped = {"ascii": "\\xfc\\u65e5\\U0001f304", "latin-1": "ü\\u65e5\\U0001f304", "utf-8": "ü日🌄"}
    assert table == escaped[encoding]
    assert noted in {"日", "\\u65e5"}
    assert json.loads(as_json) == {"key": "ü日🌄"}
    assert ("日" in as_json) is (encoding == "utf-8")


def test_what_a_terminal_would_obey_is_escaped_in_json(capsys):
    key = "a\x85b\x9b31mc\u202egpj.\u2028日本 🌄 👩\u200d🚀"
    print_json([{"key": key}])
    printed = capsys.readouterr().out
    assert printed == '{"key": "a\\u0085b\\u009b31mc\\u202egpj.\\u2028日本 🌄 👩\u200d🚀"}\n'
    assert json.loads(printed)["key"] == key


def test_off_a_terminal_a_line_comes_now_and_then_and_at_the_end(streams):
    stream, clock = streams(io.StringIO()), Clock()
    with ProgressLine(clock) as progress:
        for second in range(6):
            clock.now = second
            progress(f"done {second} of 5", done=second, total=5)
            progress(f"done {second} of 5", done=second, total=5)
    assert stream.getvalue().splitlines() == ["done 3 of 5", "done 5 of 5"]


def test_work_that_is_soon_done_says_nothing_off_a_terminal(streams):
    stream = streams(io.StringIO())
    with ProgressLine(Clock()) as progress:
        progress("done 5 of 5", done=5, total=5)
    assert stream.getvalue() == ""


def test_on_a_terminal_a_bar_is_redrawn_and_taken_away(streams):
    stream = streams(Terminal())
    with ProgressLine() as progress:
        progress("done 1 of 4", done=1, total=4)
        progress("done 2 of 4", done=2, total=4)
        progress.end()
        progress.end()
    text = stream.getvalue()
    assert "\x1b[2K" in text
    assert "done 1 of 4" in plain(text)
    assert "done 2 of 4" in plain(text)
    assert "━" in text


def test_a_dumb_terminal_gets_lines(streams, monkeypatch):
    stream, clock = streams(Terminal()), Clock()
    monkeypatch.setenv("TERM", "dumb")
    progress = ProgressLine(clock)
    clock.now = 5.0
    progress("done 1 of 4", done=1, total=4)
    assert stream.getvalue() == "done 1 of 4\n"


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_the_bar_never_wraps(streams, width):
    stream = streams(Terminal(), width)
    with ProgressLine() as progress:
        progress("sent 9,999/10,000   done 7,000 (3,000 failed)   notices 7,000", done=7000, total=10_000)
    assert max(map(columns, plain(stream.getvalue()).replace("\r", "\n").splitlines())) <= width
    assert plain(stream.getvalue()).count("\n") == 1


def test_what_is_noted_meanwhile_stays(streams):
    stream = streams(Terminal())
    with ProgressLine() as progress:
        progress("done 1 of 4", done=1, total=4)
        note("a note")
        progress("done 2 of 4", done=2, total=4)
    assert "a note\n" in plain(stream.getvalue())
