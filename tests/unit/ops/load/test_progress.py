"""Progress on stderr."""

import io
import os
import sys

import pytest

from ops.load.progress import Progress, Standing


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def standing(ended=0, sent=4, total=4, failed=0):
    return Standing(total=total, sent=sent, ended=ended, failed=failed, notified=ended, seconds=2.0)


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


def test_off_a_terminal_a_line_comes_now_and_then_and_at_the_end(stderr):
    stream, clock = stderr(io.StringIO()), Clock()
    progress = Progress(clock)
    for second in range(5):
        clock.now = second
        progress(standing(ended=second))
        progress(standing(ended=second))
    progress.end()
    assert stream.getvalue().splitlines() == [
        "sent 4/4   done 0   notices 0   0.0 images/s",
        "sent 4/4   done 3   notices 3   1.5 images/s",
        "sent 4/4   done 4   notices 4   2.0 images/s",
    ]


def test_failures_are_reported(stderr):
    stderr(io.StringIO())
    assert Progress().line(standing(ended=3, failed=2)).startswith("sent 4/4   done 3 (2 failed)")


def test_on_a_terminal_a_bar_is_redrawn_and_left_once(stderr):
    stream = stderr(Terminal())
    progress = Progress()
    progress(standing(ended=1, sent=2))
    progress(standing(ended=4))
    progress.end()
    progress.end()
    assert stream.getvalue().count("\r\x1b[K") == 2
    assert stream.getvalue().count("\n") == 1


def test_the_bar_shows_what_is_done_and_what_is_under_way(stderr, monkeypatch):
    stderr(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert Progress().line(standing(ended=1, sent=3)).startswith("█" * 6 + "▒" * 12 + "░" * 6 + " sent")


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("", True), (None, True)])
def test_no_color_is_respected(stderr, monkeypatch, value, coloured):
    stderr(Terminal())
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert ("\x1b[32m" in Progress().line(standing(ended=1))) is coloured


def test_a_dumb_terminal_gets_lines(stderr, monkeypatch):
    stream = stderr(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    Progress()(standing())
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_the_line_never_wraps(stderr, monkeypatch, width):
    stderr(Terminal(), width)
    monkeypatch.setenv("NO_COLOR", "1")
    assert len(Progress().line(standing(ended=7000, sent=9999, total=10_000, failed=3000))) < width
