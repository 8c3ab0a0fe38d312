"""The demo's progress line on stderr."""

import io
import os
import sys

import pytest

from ops.demo.progress import DemoProgress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def stderr(monkeypatch):
    def of(stream, width=120):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((width, 24)))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        return stream

    return of


def rows(result, stored, failed, on_the_way=0):
    made = [result(f"{index}.jpg") for index in range(stored)]
    made += [result(f"bad-{index}.jpg", "failed", "UnreadableImage", "x") for index in range(failed)]
    made += [result(f"way-{index}.jpg", None) for index in range(on_the_way)]
    return {each.uploaded.image_id: each.row for each in made}


def test_a_line_counts_each_service_and_failures(result, stderr):
    stderr(io.StringIO())
    reported = DemoProgress(5).line(rows(result, 2, 1, 1))
    assert reported == "resize 4/5   watermark 0/5   store 0/5   failed 1"


def test_off_a_terminal_nothing_is_redrawn_and_repeats_are_left_out(result, stderr):
    stream = stderr(io.StringIO())
    progress = DemoProgress(3)
    for index in range(3):
        progress(rows(result, index, 0))
        progress(rows(result, index, 0))
    progress(rows(result, 3, 0))
    progress.end()
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()
    assert stream.getvalue().splitlines() == [
        "resize 0/3   watermark 0/3   store 0/3   failed 0",
        "resize 3/3   watermark 0/3   store 0/3   failed 0",
    ]


def test_on_a_terminal_the_line_is_redrawn_and_left_once(result, stderr):
    stream = stderr(Terminal())
    progress = DemoProgress(2)
    progress(rows(result, 1, 0))
    progress(rows(result, 2, 0))
    progress.end()
    progress.end()
    assert stream.getvalue().count("\r\x1b[K") == 2
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("", True), (None, True)])
def test_no_color_is_respected(result, stderr, monkeypatch, value, coloured):
    stderr(Terminal())
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert ("\x1b[32m" in DemoProgress(2).line(rows(result, 1, 0))) is coloured


def test_a_dumb_terminal_gets_lines(result, stderr, monkeypatch):
    stream = stderr(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    DemoProgress(1)(rows(result, 1, 0))
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_the_line_never_wraps(result, stderr, monkeypatch, width):
    stderr(Terminal(), width)
    monkeypatch.setenv("NO_COLOR", "1")
    assert len(DemoProgress(7270).line(rows(result, 2, 1))) < width
