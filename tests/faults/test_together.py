"""Images that were uploaded together end in one digest, whatever call fails, in whatever way."""

import pytest
from faults import enumeration, world
from faults.conftest import ALL
from faults.test_enumeration import TOGETHER, batched, notified

from ops import settings as pipeline_settings
from ops.aws.subscriptions import endpoint_of, subscribe
from ops.names import SERVICES
from shared.messages import UploadBatch

FAULTS = ("kill_before", "kill_after", "unavailable", "lost_response", "lost_once")
# Of all points, in `make test-all`.
ONE_IN = 7


@pytest.fixture(scope="module")
def everything(zips):
    """A pipeline whose mailbox gets what machines get: each image's notice, and the digests."""
    services = {service: {"max_receive_count": 20} for service in SERVICES}
    settings = pipeline_settings.parse({"name": "together", "services": services})
    with world.pipeline(settings, zips) as running:
        world.unmap(running)
        subscribe(running, endpoint_of("mailbox", running.names), {})
        yield running


def test_a_message_that_lets_store_look_at_a_batch_is_no_image_that_waits(everything):
    world.drain(everything)  # of S3's test event, which a mapping may have taken before it was turned off
    world.send_due(everything, [UploadBatch(id="late", number=0, size=2)])
    assert world.all_waiting(everything) == 1
    assert world.look(everything).waiting == 0
    assert world.all_waiting(everything) == 0


NAMES = ("photo.jpg", "page.jpg")


@pytest.mark.parametrize("batch_size", [1, 10])
def test_a_failure_at_any_call_leaves_one_digest_with_the_right_counts(everything, images, tmp_path, batch_size):
    groups = {"two": {name: images[name] for name in NAMES}}
    options = {"batch_size": batch_size, "slots": 4, "together": True}
    first = 10_000 * batch_size
    golden = enumeration.record(everything, groups, tmp_path / "golden", first=first, **options)
    calls = [call for service in SERVICES for call in golden.calls["two", service]]
    # Rows, counts and a note of why one failed; and what reports the batch: a claim, the digest, and that it is
    # reported.
    assert calls.count("sns.Publish") == 3
    assert calls.count("dynamodb.UpdateItem") >= 9
    points = enumeration.points(golden, FAULTS)
    chosen = points if ALL else points[::ONE_IN]
    run = enumeration.run(everything, golden, chosen, tmp_path / "run", first=first + 1, **options)
    notified(f"uploaded together, {batch_size} messages at a time", [run], golden)
    assert run.verdict.good, run.verdict


def test_a_second_failure_while_the_first_is_recovered_from_leaves_one_digest(everything, images, tmp_path):
    groups = {"two": {name: images[name] for name in NAMES}}
    options = {"slots": 8, "together": True}
    golden = enumeration.record(everything, groups, tmp_path / "golden", first=50_000, **options)
    trials = enumeration.deepened(golden, ("two",), ("kill_before", "kill_after", "unavailable", "lost_response"))
    chosen = trials[:: 7 if ALL else 97]
    for number, some in enumerate(batched(chosen, TOGETHER)):
        first = 50_001 + number * TOGETHER
        run = enumeration.run(everything, golden, some, tmp_path / str(number), first=first, **options)
        notified("uploaded together, two faults", [run], golden)
        assert run.verdict.good, run.verdict


def test_a_failure_at_any_call_leaves_one_digest_of_a_batch_whose_uploader_died(everything, images, tmp_path):
    groups = {"two": {name: images[name] for name in NAMES}}
    options = {"slots": 4, "together": True, "missing": 2}
    golden = enumeration.record(everything, groups, tmp_path / "golden", first=60_000, **options)
    assert golden.calls["two", "store"].count("dynamodb.Query") == 2
    # What is about the images is tried above.
    points = [each for each in enumeration.points(golden, FAULTS) if each.service == "store"]
    chosen = points if ALL else points[::ONE_IN]
    run = enumeration.run(everything, golden, chosen, tmp_path / "run", first=60_001, **options)
    notified("uploaded together, the uploader died", [run], golden)
    assert run.verdict.good, run.verdict
