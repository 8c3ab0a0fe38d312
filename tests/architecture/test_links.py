"""Every relative link of a document leads to a file, and to a heading of it where it names one."""

import re
from functools import cache
from urllib.parse import unquote

import pytest

from ops.settings import ROOT

# What is made or installed here is not ours to check.
_SKIPPED = {"build", "out", "node_modules"}
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in _SKIPPED for part in path.relative_to(ROOT).parent.parts[:1])
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)


def prose(path):
    """A document without its code."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", lambda span: span[0].replace("[", "").replace("]", ""), text)


def slug(heading):
    """The anchor that GitHub and Python-Markdown both give a heading of alphanumerics, spaces and hyphens."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text.strip().lower()))


@cache
def anchors(path):
    text = prose(path)
    found = {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    return found | set(re.findall(r'<a id="([^"]+)"', text))


def broken(document):
    """The links of a document that lead nowhere."""
    for links in LINK.findall(prose(document)):
        link = next(filter(None, links))
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / unquote(name)).resolve() if name else document
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


def test_there_are_documents():
    assert len(DOCUMENTS) > 20
    assert sum(len(LINK.findall(prose(path))) for path in DOCUMENTS) > 100


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading(document):
    assert list(broken(document)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](nowhere.md)", ["nowhere.md"]),
        ("[a](#missing)", ["#missing"]),
        ("# One\n[a](#one)", []),
        ("[a](b.md#two-words)", []),
        ("[a](b.md#three)", ["b.md#three"]),
        ("![a](c.webp)", ["c.webp"]),
        ("`[a](nowhere.md)`", []),
        ("[a](https://example.com/x#y)", []),
    ],
)
def test_what_counts_as_broken(tmp_path, text, found):
    (tmp_path / "b.md").write_text("## Two words\n", encoding="utf-8")
    document = tmp_path / "a.md"
    document.write_text(text, encoding="utf-8")
    assert list(broken(document)) == found


def test_no_page_is_left_out_of_the_navigation():
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert pages == set(re.findall(r"^[^#\n]*?([\w/-]+\.md)$", settings, re.MULTILINE))
