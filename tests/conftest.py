"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine must fail no test: none is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Folders whose tests share something that is dear to start. What takes longest begins first: it mostly waits.
TOGETHER = ("applied", "console", "faults", "e2e", "rights", "architecture", "corpus")


# Before xdist looks at the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Where tests run in several processes, those that share something run in one: a folder of these, else a file."""
    for item in items:
        folder = _folder(item)
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else str(item.path)))
    items.sort(key=lambda item: TOGETHER.index(_folder(item)) if _folder(item) in TOGETHER else len(TOGETHER))


def _folder(item):
    return item.path.relative_to(Path(__file__).parent).parts[0]
