"""Images that wait twice, by their own event and by a backfill: nothing is lost, and each is notified once."""

from datetime import timedelta

import pytest
from faults import enumeration
from faults.conftest import ALL
from faults.test_enumeration import notified

from ops.backfill.kinds import SEND, Scope, Tally
from ops.backfill.scan import scan
from ops.backfill.sender import Sender
from ops.dlq.throttle import Pacer

NAMES = ("photo.jpg", "alpha.png", "page.jpg", "cut-photo.jpg")
FAULTS = ("kill_before", "kill_after", "unavailable", "lost_response", "conflict")
# Of all points, in `make test-all`.
ONE_IN = 13


@pytest.fixture
def backfill(local):
    """Send all that the ledger does not know; how many that were."""

    def run():
        scope = Scope(prefix="", kept=timedelta(days=14))
        sender = Sender(stack=local, pacer=Pacer(1e9), kind_of=scope.kind_of)
        for objects in scan(local, scope, tally := Tally()):
            list(sender.send(objects))
        return sender.sent, tally.counts[SEND]

    return run


def test_images_that_wait_twice_are_notified_once(local, images, tmp_path, backfill):
    groups = {name: {name: images[name]} for name in NAMES}
    options = {"slots": 4, "batch_size": 10}
    golden = enumeration.record(local, groups, tmp_path / "golden", first=70_000, **options)
    sent = []
    trials = [enumeration.Trial(group=name, service="none") for name in NAMES * 10]
    run = enumeration.run(
        local, golden, trials, tmp_path / "run", first=70_100, uploaded=lambda: sent.append(backfill()), **options
    )
    assert sent == [(len(trials), len(trials))]
    assert run.verdict.good, run.verdict
    assert run.verdict.duplicates["notices"] == 0
    assert backfill() == (0, 0)


def test_a_fault_of_one_that_waits_twice_loses_nothing(local, images, tmp_path, backfill):
    groups = {name: {name: images[name]} for name in ("photo.jpg", "page.jpg")}
    golden = enumeration.record(local, groups, tmp_path / "golden", first=90_000, slots=4)
    points = enumeration.points(golden, FAULTS)
    chosen = points if ALL else points[::ONE_IN]
    run = enumeration.run(local, golden, chosen, tmp_path / "run", first=90_100, uploaded=backfill, slots=8)
    notified("backfilled while their own events wait", [run], golden)
    assert run.verdict.good, run.verdict
