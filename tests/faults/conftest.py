"""The local AWS for the faults; what is tried in `make test-all` is a part, and all of it in `make faults`."""

import os

import pytest
import tiers
from faults import world
from kit.mixed_images import bad, good

from ops import settings as pipeline_settings
from ops.local import stack
from ops.names import SERVICES

# "all" tries every point; anything else, and nothing, a part that takes a minute or two.
ALL = os.environ.get("PIPELINE_FAULTS") == "all"


def pytest_collection_modifyitems(items):
    tiers.mark(items, "faults", pytest.mark.e2e, fixture="local")


@pytest.fixture(scope="session")
def zips():
    return stack.build_zips()


@pytest.fixture(scope="module")
def local(zips):
    # Faults of one image must not use up the attempts of others that are in its batch.
    services = {service: {"max_receive_count": 20} for service in SERVICES}
    settings = pipeline_settings.parse({"name": "faults", "services": services})
    with world.pipeline(settings, zips) as running:
        world.unmap(running)
        yield running


@pytest.fixture(scope="session")
def images():
    """More than thirty of mixed formats, some of which must fail, under names plain and odd."""
    wrong = bad()
    some = ("cut-photo.jpg", "cut-alpha.png", "cut-moving.gif", "cut-still.webp", "cut-raw.tif", "cut-lake.heic")
    files = good() | {name: wrong[name] for name in (*some, "empty.jpg", "page.jpg", "eps.png", "bomb.bmp")}
    files |= {
        "tagged.jpg": files["photo.jpg"],
        "a b+ü%25 日本 🌄.jpg": files["progressive.jpg"],
        "folder-less.PNG": files["alpha.png"],
        "no-extension": files["still.webp"],
    }
    return files
