"""Text for a terminal: notes on stderr, what is visible, and how wide it is."""

import sys
import unicodedata

from shared.text import visible

__all__ = ["columns", "note", "quote", "visible"]


def note(text: str) -> None:
    """Progress and advice, on stderr."""
    print(visible(text), file=sys.stderr)


def quote(output: str) -> None:
    """What another program said of its failure, on stderr, in the lines that it has: an error of ours has one line."""
    for line in output.strip().splitlines():
        note(line)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters and emoji take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
