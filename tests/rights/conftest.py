"""One pipeline on the local AWS for all roles, and the record of what each action was missed by."""

import os
from pathlib import Path

import pytest
from rights.desk import Desk

from ops import settings as pipeline_settings
from ops.local import emulator, stack

LOG = os.environ.get("PIPELINE_RIGHTS_LOG")
HEAD = "| role | statement | action taken out | what needs it | what became of it |\n|---|---|---|---|---|\n"


def pytest_collection_modifyitems(items):
    missing = not emulator.PYTHON.exists()
    for item in items:
        if "rights" in item.path.parts and "desk" in item.fixturenames:
            item.add_marker(pytest.mark.e2e)
            if missing:
                item.add_marker(pytest.mark.skip(reason="NOT RUN: no local AWS here; make setup installs it"))


@pytest.fixture(scope="module")
def desk():
    process = emulator.start()
    try:
        local = stack.provision(process, pipeline_settings.parse({"name": "rights"}), stack.build_zips())
        with pytest.MonkeyPatch.context() as patch:
            sitting = Desk(local, patch)
            yield sitting
            sitting.stand_up()
    finally:
        process.end()


@pytest.fixture(scope="session")
def note():
    """Write a row of the record, where PIPELINE_RIGHTS_LOG says."""
    if LOG:
        Path(LOG).write_text(HEAD, encoding="utf-8")

    def noting(*cells):
        if LOG:
            with Path(LOG).open("a", encoding="utf-8") as log:
                print("|", " | ".join(cells), "|", file=log)

    return noting
