"""The field's words: words that were replaced do not come back into code, messages, help or documents."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from ops.settings import ROOT

# Each with its replacement; docs/reference/glossary.md defines the few words of our own.
REPLACED: Final = {
    r"dropped|undropped|dropping|drops": "upload (to queue people, drop means lose); discard",
    r"letters?": "DLQ message; notification; glyph",
    r"told|tells?|telling": "notify, report, log, say which",
    r"bur(?:y|ied|ies|ials?)": "dead-letter, send to the DLQ",
    r"tries(?! (?:again|one|every))": "attempts",
    r"inbox|outbox": "source queue, next queue",
    r"desks?": "DLQ reader",
    r"bookmarks?|survey|reckon(?:s|ed)?": "checkpoint, scan, estimate",
    r"planted|planting|mends": "inject a fault; patches",
    r"stages?|staged|staging": "service; intermediate",
    r"verbs?": "command",
    r"anew|whoever": "again; anyone who",
    r"at the (?:most|least)": "at most, at least",
    r"worn out": "attempts exhausted",
}
PATTERNS: Final = {  # in snake_case, CamelCase and kebab-case, too
    re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE): instead for words, instead in REPLACED.items()
}
ANY: Final = re.compile("|".join(REPLACED), re.IGNORECASE)
CAPITALS: Final = re.compile(r"(?<![A-Z0-9])_?(?:MOST|LONGEST|SHORTEST|LARGEST)_[A-Z]")
KINDS: Final = {".py", ".tf", ".hcl", ".js", ".css", ".html", ".md", ".yaml", ".yml", ".sh", ".json", ".toml", ""}
# Texts of others, words that belong to what they name, and the lists of words themselves.
ELSEWHERE: Final = (
    "LICENSE",
    "requirements/",
    "services/watermark/fonts/",
    "ops/console/static/vendor/",
    "services/resize/taxonomy.py",
    "docs/reference/glossary.md",
    "tests/architecture/test_words.py",
    "package-lock.json",
    "CHANGELOG.md",
)
# Code may try, a mouse drops files, Unicode and SQS name letters, the old command is an alias, and states have the
# addresses of before.
ALLOWED: Final = re.compile(
    r"[Dd]rag and drop|Drop images or folders|::backdrop|\"drop\"|\bdrop: 0|letter-spacing|(?i:dead.?letter)"
    r"|ARABIC LETTER|pipeline drop|module\.stage\b|notification\.drops\b|\"drops\""
)


def written() -> list[str]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True, capture_output=True, check=True).stdout.split("\n")
    return [
        n
        for n in names
        if n and Path(n).suffix in KINDS and not any(n.startswith(e) or f"/{e}" in n for e in ELSEWHERE)
    ]


def replaced(text: str) -> list[str]:
    """Every replaced word of a text, each with its line number and its replacement."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (ANY.search(line) or CAPITALS.search(line)):
            continue
        kept = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", ALLOWED.sub(" ", line))
        for pattern, instead in PATTERNS.items():
            found += [f"{number}: {match[0]!r}: write {instead}" for match in pattern.finditer(kept)]
        if match := CAPITALS.search(kept):
            found.append(f"{number}: {match.group(0)!r}: write MAX_ or MIN_")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "the letter is told",
        "def test_it_is_dropped():",
        "MOST_BYTES = 1",
        "class ImageDropped:",
        "at the most",
        "drops-it",
    ],
)
def test_a_replaced_word_is_found(text):
    assert replaced(text)


@pytest.mark.parametrize(
    "text", ["the dead-letter queue", "MAX_BYTES", "deadLetterTargetArn", "Drag and drop", "tomorrow"]
)
def test_the_field_s_words_are_not(text):
    assert not replaced(text)


def test_no_replaced_word_is_written():
    found = [
        f"{name}:{each}"
        for name in written()
        if not (path := ROOT / name).is_symlink() and path.is_file()
        for each in replaced(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, f"{len(found)} words that LANGUAGE replaces:\n" + "\n".join(found[:60])
