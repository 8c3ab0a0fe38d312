"""Sentences of the documents: one idea each, and no more words than a reader can keep in mind."""

import re

import pytest

from ops.settings import ROOT

MAX_WORDS = 25

PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/**/*.md"),
        *ROOT.glob("services/*/*.md"),
        *(path for path in ROOT.glob("terraform/**/*.md") if "state" not in path.parts),
    }
)

# Where a block of Markdown ends: an empty line, or the next item of a list or row of a table.
BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )|\n(?=\|)")


def sentences(markdown):
    """The sentences of a page, without code; what is in backticks, or a link, counts as its words."""
    text = re.sub(r"^```.*?^```", "\n\n", markdown, flags=re.MULTILINE | re.DOTALL)
    for block in BLOCKS.split(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)):
        if not block.strip().startswith(("#", "|--", "| --")):
            for part in block.strip().strip("|").split("|") if block.strip().startswith("|") else [block]:
                plain = re.sub(r"`[^`]*`", "x", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", part))
                plain = re.sub(r"^\s*(?:[-*]|\d+\.) ", "", " ".join(plain.split()))
                yield from (each.strip() for each in re.split(r"(?<=[.!?;])\s+|(?<=:)\s+(?=[A-Z])", plain))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_sentence_is_too_long(page):
    assert [each for each in sentences(page.read_text(encoding="utf-8")) if len(each.split()) > MAX_WORDS] == []


def test_where_a_sentence_ends():
    page = "# Top\n\nOne. Two\nlines; three.\n\n- [a link](b.md) and `some code`: it\n\n```\na b\n```\n\n| a | b. c |\n"
    found = [each for each in sentences(page) if each]
    assert found == ["One.", "Two lines;", "three.", "a link and x: it", "a", "b.", "c"]
