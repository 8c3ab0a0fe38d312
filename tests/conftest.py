"""What all tests share, and which of them run in one process where there are several."""

import gc
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
import tiers
from hypothesis import settings
from kit import collector
from PIL import Image

from shared.clock import SystemClock

# A busy machine must fail no test: none is timed. `quick` is that of `make test`, `thorough` that of `make test-all`;
# where CI is set, every run has the same examples, so that no change fails by what another one broke.
IN_CI = bool(os.environ.get("CI"))
settings.register_profile("quick", deadline=None, derandomize=IN_CI, max_examples=25)
settings.register_profile("thorough", deadline=None, derandomize=IN_CI, max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Folders whose tests share something that is dear to start. What takes longest begins first: it mostly waits.
TOGETHER = ("applied", "console", "faults", "e2e", "permissions", "packages", "terraform", "corpus")

# Files of those folders that share nothing with their neighbours: each is handed out by itself. They wait for
# Terraform for minutes.
APART = ("tests/applied/test_existing_bucket.py", "tests/applied/test_module.py")

# Coverage is of the services and of what they share. What it traces takes twice as long, so it traces these alone.
TRACED = (
    "unit/resize",
    "unit/watermark",
    "unit/store",
    "unit/shared",
    *(
        f"integration/test_{each}.py"
        for each in (
            "adapters",
            "batches",
            "clients",
            "upload_together",
            "handlers",
            "invariants",
            "moderation",
            "warm",
            "wiring",
        )
    ),
)


def pytest_addoption(parser):
    parser.addoption("--tier", choices=tiers.TIERS, help="run the tests of one tier, as make test-all TIER=x does")


def pytest_configure(config):
    """Of one tier nothing else is even collected."""
    if tier := config.getoption("--tier"):
        config.args[:] = tiers.paths(tier)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is collected stays until the end: the garbage collector need not look for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        collector.leave_alone_what_is_there()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Before any fixture is made that needs what is missing."""
    for marker in item.iter_markers("needs"):
        pytest.fail(f"this tier was asked for by name and cannot run here: {marker.args[0]}", pytrace=False)


@pytest.fixture(autouse=True)
def _own_limit_of_pixels():
    """Decoding sets Pillow's own limit, for the whole process: a test's must not be the next one's."""
    before = Image.MAX_IMAGE_PIXELS
    yield
    Image.MAX_IMAGE_PIXELS = before


WAIT = SystemClock.wait


def _is_quick(request):
    return request.path.relative_to(Path(__file__).parent).parts[0] in {"unit", "integration", "bench"}


@pytest.fixture(autouse=True)
def _no_real_waiting(request, monkeypatch):
    """A test that would wait on the real clock fails; one that hands a clock in, or its own waiting, does not."""

    def wait(_, seconds):
        raise AssertionError(f"this test waits {seconds:g} s on the real clock; hand in clocks.FakeClock")

    if _is_quick(request):
        monkeypatch.setattr(SystemClock, "wait", wait)


@pytest.fixture
def real_waiting(monkeypatch, _no_real_waiting):
    """For what looks again and again at what its own threads do: nothing is asserted of the time that this takes."""
    monkeypatch.setattr(SystemClock, "wait", WAIT)


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test(request):
    """What a thread logs after its test goes to a stream that is closed by then: "Logging error"."""
    before = set(threading.enumerate())
    yield
    if _is_quick(request):
        for thread in set(threading.enumerate()) - before:
            # One that another thread is about to start is in this list too, and cannot be joined yet.
            until = time.monotonic() + 20
            while thread.ident is None and time.monotonic() < until:
                time.sleep(0.01)
            thread.join(20)
            assert not thread.is_alive(), f"{thread.name} is still at work after its test"


def pytest_collection_modifyitems(items):
    """Those folders first, in their order; and no tracing of what is not traced."""
    files = {path: path.relative_to(Path(__file__).parent) for path in {item.path for item in items}}
    paths = {item: files[item.path] for item in items}
    traced = {path: any(path.is_relative_to(each) for each in TRACED) for path in set(files.values())}
    for item, path in paths.items():
        if not traced[path]:
            item.add_marker(pytest.mark.no_cover)
    folders = {item: path.parts[0] for item, path in paths.items()}
    items.sort(key=lambda item: TOGETHER.index(folders[item]) if folders[item] in TOGETHER else len(TOGETHER))


with suppress(ImportError):  # tests run without xdist, too, one after the other
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        """Hands out a folder of those above whole, but for what shares nothing, and other tests file by file."""

        def _split_scope(self, nodeid):
            path, _, _ = nodeid.partition("::")
            folder = path.split("/")[1]
            return folder if folder in TOGETHER and path not in APART else path

    def pytest_xdist_make_scheduler(config, log):
        """Instead of the group marks of xdist, which pytest 9.2 no longer lets it use."""
        return ByFolder(config, log)
