"""Tables, headings and docstrings as Markdown."""

import inspect
import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Generated from the code by `make reference`. Do not edit. -->"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; vertical bars in its cells are escaped."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sentence(docstring: str | None) -> str:
    """The text of a docstring before its sections, in one line."""
    text = re.split(r"\n\s*(?:Args|Raises|Returns|Attributes):\n", inspect.cleandoc(docstring or ""))[0]
    return " ".join(text.split())


def arguments(docstring: str | None) -> dict[str, str]:
    """What the `Args:` section of a docstring says of each field, by the field's name."""
    found = re.search(r"^Args:\n((?: +.*\n?|\n)+)", inspect.cleandoc(docstring or ""), re.MULTILINE)
    if found is None:
        return {}
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", found[1], re.MULTILINE)
    return {name: capitalised(" ".join(text.split())) for name, text in entries}


def capitalised(text: str) -> str:
    """The text with its first character in upper case, and the others unchanged."""
    return text[:1].upper() + text[1:]
