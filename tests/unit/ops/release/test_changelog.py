"""The changelog by version, and what must agree with it."""

import pytest

from ops.errors import CommandError
from ops.release.changelog import agree, sections

TEXT = """# Changelog

All notable changes.

## [Unreleased]

## [1.1.0] - 2026-12-24

### Added

- More.

## [1.0.0] - 2026-12-01

First.
"""


def test_each_version_has_its_text():
    unreleased, second, first = sections(TEXT)
    assert (unreleased.version, unreleased.date, unreleased.text) == ("Unreleased", None, "")
    assert (second.version, second.date, second.text) == ("1.1.0", "2026-12-24", "### Added\n\n- More.")
    assert (first.version, first.text) == ("1.0.0", "First.")


def test_a_heading_that_is_not_a_version_is_refused():
    with pytest.raises(CommandError, match=r"'## 1\.0\.0'; a heading must be"):
        sections("## [Unreleased]\n\n## 1.0.0\n")


def test_a_release_has_the_notes_of_its_version():
    assert agree("1.1.0", TEXT, "v1.1.0").text == "### Added\n\n- More."
    assert agree("1.1.0", TEXT).version == "1.1.0"


def test_a_version_in_development_is_unreleased():
    assert agree("1.2.0.dev0", TEXT).version == "Unreleased"


@pytest.mark.parametrize(
    ("version", "text", "tag", "reason"),
    [
        ("1.1.0", TEXT, "v1.1.1", "the tag is v1.1.1, and pyproject.toml states 1.1.0; the tag must be v1.1.0"),
        ("1.1.0", TEXT, "1.1.0", "the tag must be v1.1.0"),
        ("1.2.0", TEXT, "v1.2.0", "pyproject.toml states 1.2.0; the newest version of CHANGELOG.md is 1.1.0"),
        ("1.0.0", TEXT, "v1.0.0", "the newest version of CHANGELOG.md is 1.1.0"),
        ("1.0.0", "## [Unreleased]\n", None, "the newest version of CHANGELOG.md is none"),
        ("1.2.0.dev0", TEXT, "v1.2.0.dev0", "1.2.0.dev0 is a version in development"),
        ("1.1.0", TEXT.replace("## [Unreleased]\n", ""), None, "must begin with ## [Unreleased]"),
        ("1.1.0", TEXT.replace(" - 2026-12-01", ""), None, "has no date for 1.0.0"),
    ],
)
def test_what_does_not_agree_is_refused_with_both(version, text, tag, reason):
    with pytest.raises(CommandError) as refused:
        agree(version, text, tag)
    assert reason in str(refused.value)
