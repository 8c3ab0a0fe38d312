"""Outputs follow their source, whatever call fails: no output stays whose source is gone, and no other one goes."""

import itertools

import pytest
from faults import log, removing, world
from faults.conftest import ALL
from faults.rules import Point

from ops import settings as pipeline_settings
from ops.names import SERVICES

FAULTS = ("kill_before", "kill_after", "unavailable", "lost_response", "throttled", "lost_once")
# From the deletion on. Of a rename the new key's calls count, too.
CALLS = {
    "deleted at once": {"resize": 4, "watermark": 2, "store": 2},
    "deleted": {"resize": 2, "watermark": 2, "store": 8},
    "renamed": {"resize": 6, "watermark": 6, "store": 16},
    "restored": {"resize": 5, "watermark": 2, "store": 8},
    "restored at once": {"resize": 4, "watermark": 2, "store": 2},
}
# Of all points, in `make test-all`.
ONE_IN = 7


@pytest.fixture(scope="module")
def following(zips):
    """A pipeline whose outputs follow deletions."""
    services = {service: {"max_receive_count": 20} for service in SERVICES}
    settings = pipeline_settings.parse({"name": "following", "services": services, "output": {"follow_deletes": True}})
    with world.pipeline(settings, zips) as running:
        world.unmap(running)
        yield running


@pytest.mark.parametrize("case", removing.CASES)
def test_a_failure_at_any_call_leaves_the_outputs_of_sources_that_are_there_alone(following, images, tmp_path, case):
    points = [
        Point(service=service, number=number, fault=fault)
        for service, calls in CALLS[case].items()
        for number, fault in itertools.product(range(calls), FAULTS)
    ]
    chosen = points if ALL else points[::ONE_IN]
    first = 10_000 * (1 + removing.CASES.index(case))
    run = removing.run(following, case, ("photo.jpg", images["photo.jpg"]), chosen, tmp_path, first=first)
    verdict = run.verdict
    counts = {kind: len(getattr(verdict, kind)) for kind in ("lost", "stale", "unexpected")}
    log.write({"run": case, "points": run.tried, "faults met": run.met, **counts, "duplicates": verdict.duplicates})
    assert verdict.good, verdict
    assert run.met >= 0.9 * run.tried
