"""What the browser is given: vendored as published, and nothing that its policy would refuse."""

import hashlib
import re

import pytest

from ops.console.pages import STATIC, TEMPLATES

VENDOR = STATIC / "vendor"


def test_what_is_vendored_is_as_it_was_published():
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    sums = dict(re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert sums == there
    for licence in re.findall(r"\| (LICENSE_\w+) \|", table):
        assert "Zero" in (VENDOR / licence).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_nothing_in_a_template_is_inline(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\s(?:style|on\w+|hx-on[\w:-]*)=", text)
    assert "<style" not in text
    assert "javascript:" not in text
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_only_what_was_escaped_before_is_taken_as_it_is(template):
    safe = set(re.findall(r"\{\{ ([^}]*?)\|safe", template.read_text(encoding="utf-8")))
    assert safe <= {"rows", 'panels["state"]', 'panels["batches"]', 'panels["dead"]', 'panels["heartbeat"]'}


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_write_html_that_the_server_escaped_and_no_other(script):
    text = script.read_text(encoding="utf-8")
    assert "eval(" not in text
    assert "document.write" not in text
    assert "outerHTML" not in text
    assert text.count("innerHTML =") == (1 if script.name == "rows.js" else 0)
