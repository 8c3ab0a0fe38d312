"""docs/reference/cli.md is whole."""

import re

import pytest
from kit.command_lines import commands, options_of

from ops.errors import Exit
from ops.settings import ROOT

COMMANDS = commands()
TEXT = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_documented_with_its_options(words):
    section = TEXT.split(f"\n## pipeline {' '.join(words)}\n", 1)[1].split("\n## ", 1)[0]
    shared = TEXT.split("\n## Options of output and AWS\n", 1)[1].split("\n## ", 1)[0]
    for name in options_of(COMMANDS[words]):
        assert f"`{name}" in section + shared


def test_every_exit_code_is_documented():
    assert all(f"| {int(each)} | {each.meaning} |" in TEXT for each in Exit)


def test_every_link_within_the_page_leads_somewhere():
    headings = {
        re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-")
        for each in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings
