"""How answers are printed: tables for people, one JSON object a line for machines."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def print_json(values: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, on stdout."""
    for value in values:
        text = json.dumps(value, ensure_ascii=False)
        # A key in an event may hold half a character, which no terminal and no file takes.
        print(text if _is_writable(text) else json.dumps(value))


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as what is in them, on stdout."""
    lines = [tuple(header), *(tuple(map(visible, row)) for row in rows)]
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell + " " * (width - columns(cell)) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(cells).rstrip())


def note(text: str) -> None:
    """Progress and advice, on stderr."""
    print(visible(text), file=sys.stderr)


def visible(text: str) -> str:
    r"""The text with what would move the cursor or turn the line around written as \x1b or \u202e."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters and emoji take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
