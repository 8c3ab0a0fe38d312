"""What all tests share, and which of them run in one process where there are several."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from kit.aws_models import read_once
from PIL import Image

from shared.clock import SystemClock

# A busy machine must fail no test: none is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

read_once()

# Folders whose tests share something that is dear to start. What takes longest begins first: it mostly waits.
TOGETHER = ("applied", "console", "faults", "e2e", "permissions", "architecture", "corpus")

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


@pytest.fixture(autouse=True)
def _own_limit_of_pixels():
    """Decoding sets Pillow's own limit, for the whole process: a test's must not be the next one's."""
    before = Image.MAX_IMAGE_PIXELS
    yield
    Image.MAX_IMAGE_PIXELS = before


WAIT = SystemClock.wait


def _is_quick(request):
    return request.path.relative_to(Path(__file__).parent).parts[0] in {"unit", "integration"}


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
            thread.join(20)
            assert not thread.is_alive(), f"{thread.name} is still at work after its test"


def pytest_collection_modifyitems(items):
    """Those folders first, in their order; and no tracing of what is not traced."""
    paths = {item: item.path.relative_to(Path(__file__).parent) for item in items}
    for item, path in paths.items():
        if not any(path.is_relative_to(each) for each in TRACED):
            item.add_marker(pytest.mark.no_cover)
    folders = {item: path.parts[0] for item, path in paths.items()}
    items.sort(key=lambda item: TOGETHER.index(folders[item]) if folders[item] in TOGETHER else len(TOGETHER))


with suppress(ImportError):  # tests run without xdist, too, one after the other
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        """Hands out a folder of those above whole, and other tests file by file."""

        def _split_scope(self, nodeid):
            path, _, _ = nodeid.partition("::")
            folder = path.split("/")[1]
            return folder if folder in TOGETHER else path

    def pytest_xdist_make_scheduler(config, log):
        """Instead of the group marks of xdist, which pytest 9.2 no longer lets it use."""
        return ByFolder(config, log)
