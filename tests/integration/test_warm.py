"""A warm function keeps nothing of one image for the next: hundreds of calls of the three steps in one process."""

import gc
import hashlib
import random
import resource
import tempfile
import threading
from pathlib import Path

import pytest
from kit.mixed_images import bad, good
from kit.sampling import THOROUGH

from ops import settings as pipeline_settings
from ops.preview.chain import Chain
from ops.preview.memory import MemoryObjects
from shared.errors import EmptyImage, PermanentError

# pytest would keep every warning of damaged metadata, which is what this looks for.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

CALLS = 500 if THOROUGH else 120
# Fewer than one a call; and a picture of these has 230 kB, so that one in seven calls would be seen.
MAX_NEW_OBJECTS = CALLS // 2
MAX_GROWTH_BYTES = CALLS * 32_000


def outcome(chain, data, key):
    """A hash of every file that comes out, or the error."""
    objects = MemoryObjects()
    try:
        notice = chain.run(chain.upload(data, key, objects), objects)
    except (EmptyImage, PermanentError) as error:
        return f"{type(error).__name__}: {error}"
    bodies = [objects.objects[output.bucket, output.key].body for output in notice.outputs]
    return [hashlib.sha256(body).hexdigest() for body in bodies]


def held():
    """What a process may leak but for memory: threads, open files, files in the temporary folder."""
    opened, temporary = (list(map(str, Path(folder).iterdir())) for folder in ("/proc/self/fd", tempfile.gettempdir()))
    return threading.active_count(), len(opened), temporary


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


@pytest.fixture(scope="module")
def files():
    return good() | bad()


@pytest.fixture(scope="module")
def alone(files):
    """What becomes of each image where everything is new: the watermark, the settings, the objects."""
    return {key: outcome(Chain(pipeline_settings.load()), data, key) for key, data in files.items()}


def test_good_and_bad_are_both_there(alone):
    stored = sum(isinstance(each, list) for each in alone.values())
    assert stored >= 19
    assert len(alone) - stored >= 15


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_warm_calls_give_what_a_first_one_gives_and_keep_nothing(files, alone, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    order = random.Random(7)  # noqa: S311 - the same order in every run
    chain = Chain(pipeline_settings.load())
    keys = list(files)
    for key in keys * 2:  # what a first image of a kind brings along, stays: decoders, drawn watermarks
        outcome(chain, files[key], key)
    gc.collect()
    before, objects, resident = held(), len(gc.get_objects()), resident_bytes()
    for _ in range(CALLS):
        key = order.choice(keys)
        assert outcome(chain, files[key], key) == alone[key], key
    gc.collect()
    assert held() == before
    assert len(gc.get_objects()) - objects < MAX_NEW_OBJECTS
    assert resident_bytes() - resident < MAX_GROWTH_BYTES
