"""The tiers of tests, and what each needs: a test that cannot run here is skipped by name, never passed."""

from collections.abc import Callable, Iterable

import pytest

from ops.local import emulator
from ops.settings import ROOT

# What a change is tried with before it is pushed: all but what takes minutes and rarely breaks alone.
QUICK = "quick"

# Where the tests of each tier are; every other file of tests/ is of the tier "e2e".
_FOLDERS = {
    QUICK: ("unit", "architecture", "integration", "e2e/test_pipeline.py"),
    "bench": ("bench",),
    "packages": ("packages",),
    "terraform": ("terraform",),
    "applied": ("applied",),
    "faults": ("faults",),
    "permissions": ("permissions",),
    "console": ("console",),
}
REST = "e2e"
TIERS = (*_FOLDERS, REST)


def paths(tier: str) -> list[str]:
    """Where pytest finds the tests of a tier, relative to the repository's top: folders whole, or single files.

    Raises:
        UsageError: there is no such tier.
    """
    if tier not in TIERS:
        raise pytest.UsageError(f"there is no tier {tier!r}; allowed: {', '.join(TIERS)}")
    if tier != REST:
        return [f"tests/{path}" for path in _FOLDERS[tier]]
    others = [ROOT / "tests" / path for paths in _FOLDERS.values() for path in paths]
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        file.relative_to(ROOT).as_posix() for file in files if not any(file.is_relative_to(each) for each in others)
    ]


def no_local_aws() -> str | None:
    """Why nothing can run on the local AWS here; None where it can."""
    return None if emulator.PYTHON.exists() else "no local AWS here; make setup installs it"


def not_run(config: pytest.Config, tier: str, why: str) -> None:
    """Skip a test by name; fail it where its tier was asked for by name, since "skipped" is not "passed"."""
    if config.getoption("--tier") == tier:
        pytest.fail(f"this tier was asked for by name and cannot run here: {why}", pytrace=False)
    pytest.skip(f"NOT RUN: {why}")


def mark(
    items: Iterable[pytest.Item],
    folder: str,
    marker: pytest.MarkDecorator,
    missing: Callable[[], str | None] = no_local_aws,
    *,
    fixture: str | None = None,
) -> None:
    """Mark the tests of a folder, and skip them where what they need is missing.

    Args:
        items: all tests that were collected.
        folder: below tests/.
        marker: of their tier.
        missing: why they cannot run here; None where they can.
        fixture: limits it to the tests that use this one.
    """
    why = missing()
    for item in items:
        if folder in item.path.parts and (fixture is None or fixture in item.fixturenames):
            item.add_marker(marker)
            if why is not None:
                # Who asks for a tier by name must not take "skipped" for "passed".
                asked = item.config.getoption("--tier") == folder
                item.add_marker(pytest.mark.needs(why) if asked else pytest.mark.skip(reason=f"NOT RUN: {why}"))
