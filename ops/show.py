"""Text for a terminal: notes on stderr, and what is visible and how wide it is."""

import sys
import unicodedata


def note(text: str) -> None:
    """Progress and advice, on stderr."""
    print(visible(text), file=sys.stderr)


def visible(text: str) -> str:
    r"""The text with what would move the cursor or turn the line around written as \x1b or \u202e."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters and emoji take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
