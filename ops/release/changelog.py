"""CHANGELOG.md by version, and whether it, pyproject.toml and a tag agree. Text only."""

import re
from dataclasses import dataclass
from typing import Final

from ops.errors import CommandError, Exit

UNRELEASED: Final = "Unreleased"

# "## [1.0.0] - 2026-12-01": https://keepachangelog.com/en/1.1.0/
_HEADING: Final = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)

# What is not released yet ends so: https://packaging.python.org/en/latest/specifications/version-specifiers/
_DEVELOPMENT: Final = ".dev0"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One version's part of the changelog.

    Args:
        version: such as "1.0.0", or Unreleased.
        date: of the release, YYYY-MM-DD; None for Unreleased.
        text: what follows the heading, without blank lines around it.
    """

    version: str
    date: str | None
    text: str


def sections(text: str) -> tuple[Section, ...]:
    """The sections of a changelog's text, the newest first as it has them.

    Raises:
        CommandError: a heading of the second level is not one of a version.
    """
    headings = list(_HEADING.finditer(text))
    wrong = set(re.findall(r"^## .*$", text, re.MULTILINE)) - {each[0] for each in headings}
    if wrong:
        raise CommandError(f"CHANGELOG.md has {min(wrong)!r}; a heading must be ## [1.0.0] - 2026-12-01", Exit.FAILURE)
    ends = [*(each.start() for each in headings[1:]), len(text)]
    return tuple(
        Section(version=each[1], date=each[2], text=text[each.end() : end].strip())
        for each, end in zip(headings, ends, strict=True)
    )


def agree(version: str, changelog: str, tag: str | None = None) -> Section:
    """Check that the version is that of the changelog, and of a tag where there is one.

    Args:
        version: as pyproject.toml states it.
        changelog: the text of CHANGELOG.md.
        tag: such as "v1.0.0"; None where nothing is released.

    Returns:
        The section of this version; Unreleased where the version is one in development.

    Raises:
        CommandError: they differ, with what to do.
    """
    found = sections(changelog)
    if not found or found[0].version != UNRELEASED:
        raise CommandError(f"CHANGELOG.md must begin with ## [{UNRELEASED}]", Exit.FAILURE)
    undated = [each.version for each in found[1:] if each.date is None]
    if undated:
        raise CommandError(f"CHANGELOG.md has no date for {', '.join(undated)}", Exit.FAILURE)
    if tag is not None and tag != f"v{version}":
        raise CommandError(
            f"the tag is {tag}, and pyproject.toml states {version}; the tag must be v{version}", Exit.FAILURE
        )
    if version.endswith(_DEVELOPMENT):
        if tag is not None:
            raise CommandError(
                f"{version} is a version in development; docs/guide/release.md says how one is released", Exit.FAILURE
            )
        return found[0]
    newest = found[1].version if len(found) > 1 else "none"
    if newest != version:
        raise CommandError(
            f"pyproject.toml states {version}; the newest version of CHANGELOG.md is {newest}", Exit.FAILURE
        )
    return found[1]
