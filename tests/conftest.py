"""What all tests share."""

import pytest
from hypothesis import settings

# A busy machine must fail no test: none is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Folders whose tests share something that is dear to start. What takes longest begins first: it mostly waits.
TOGETHER = ("applied", "faults", "e2e", "rights", "architecture", "corpus")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Where tests run in several processes, those that share something run in one: a folder of these, else a file."""
    for item in items:
        folders = [folder for folder in TOGETHER if folder in item.path.parts]
        item.add_marker(pytest.mark.xdist_group(folders[0] if folders else str(item.path)))
    items.sort(key=_turn)


def _turn(item):
    return next((turn for turn, folder in enumerate(TOGETHER) if folder in item.path.parts), len(TOGETHER))
