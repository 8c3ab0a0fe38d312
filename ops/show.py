"""Text for a terminal: notes on stderr, what is visible, how wide it is, and words of a command."""

import sys
import unicodedata

from shared.text import visible

__all__ = ["columns", "note", "operands", "quote", "visible"]


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


def operands(*texts: str) -> list[str]:
    """Texts as words of a command that are not options, even where one begins with a hyphen."""
    return [*(["--"] if any(text.startswith("-") for text in texts) else []), *texts]
