"""One pipeline on the local AWS for all end-to-end tests: the real zips, real queues, each role's policy enforced."""

import os
import signal
import uuid

import pytest
import tiers
from kit.uploads import uploads_of

from ops.images.follow import follow, upload
from ops.local import stack


@pytest.fixture(scope="session", autouse=True)
def interruptible():
    """A shell's background job ignores Ctrl-C, and so would every process that a test starts and interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_collection_modifyitems(items):
    tiers.mark(items, "e2e", pytest.mark.e2e)


@pytest.fixture(scope="session")
def zips():
    return stack.build_zips()


@pytest.fixture(scope="session")
def local(zips):
    with stack.running(zips=zips) as running:
        yield running


@pytest.fixture
def environment(local):
    """The environment of a person whose shell leads to the local AWS."""
    return os.environ | local.emulator.environment()


@pytest.fixture
def wait(local):
    """Wait for the outcomes of what was uploaded; the rows in the same order."""

    def waiting(uploaded, timeout_seconds=180):
        rows = follow(local.ledger, uploaded, timeout_seconds=timeout_seconds)
        return [rows.get(each.image_id) for each in uploaded]

    return waiting


@pytest.fixture
def upload_files(local, tmp_path):
    """Upload bytes under keys of this test's own."""
    folder = uuid.uuid4().hex[:8]

    def uploading(**files):
        return upload(local, uploads_of(tmp_path, f"{folder}/", files))

    return uploading
