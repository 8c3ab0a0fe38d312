"""One pipeline on the local AWS for all roles, and the record of what each action was missed by."""

import os
from pathlib import Path

import pytest
import tiers
from kit import rekognition
from permissions.account import Account

from ops import settings as pipeline_settings
from ops.local import emulator, stack

LOG = os.environ.get("PIPELINE_PERMISSIONS_LOG")
HEAD = "| role | statement | action taken out | what needs it | what became of it |\n|---|---|---|---|---|\n"


def pytest_collection_modifyitems(items):
    tiers.mark(items, "permissions", pytest.mark.e2e, fixture="account")


@pytest.fixture(scope="module")
def account():
    process = emulator.start()
    settings = pipeline_settings.parse({"name": "permissions", "moderation": {"enabled": True, "faces": "blur"}})
    try:
        with rekognition.running() as moderator, pytest.MonkeyPatch.context() as patch:
            elsewhere = {"resize": {stack.MODERATOR: moderator.endpoint}}
            local = stack.provision(process, settings, stack.build_zips(), variables=elsewhere)
            sitting = Account(local, patch, moderator)
            yield sitting
            sitting.stand_up()
    finally:
        process.end()


@pytest.fixture(scope="session")
def note():
    """Write a row of the record, where PIPELINE_PERMISSIONS_LOG says."""
    if LOG:
        Path(LOG).write_text(HEAD, encoding="utf-8")

    def noting(*cells):
        if LOG:
            with Path(LOG).open("a", encoding="utf-8") as log:
                print("|", " | ".join(cells), "|", file=log)

    return noting
