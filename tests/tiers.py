"""Which tests need more than Python, and which of them cannot run here: these are skipped by name, never passed."""

from collections.abc import Callable, Iterable

import pytest

from ops.local import emulator


def no_local_aws() -> str | None:
    """Why nothing can run on the local AWS here; None where it can."""
    return None if emulator.PYTHON.exists() else "no local AWS here; make setup installs it"


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
                item.add_marker(pytest.mark.skip(reason=f"NOT RUN: {why}"))
