"""The intermediate object goes when its image has its outcome, and no sooner."""

from dataclasses import replace

import pytest
from kit.runners import KEYS, Bench, message, stored

from shared.errors import AwsUnavailable, IntermediateObjectMissing, UnsupportedImage


def swept(**options):
    """A store whose images leave two keys each, and the requests that sweep them."""
    requests = []
    does = {key: replace(stored(key), intermediate_keys=(f"{key}/a", f"{key}/b")) for key in KEYS}
    return Bench(
        does, name="store", next_queue=None, sweep=lambda keys: requests.append(sorted(keys)), **options
    ), requests


def test_what_finished_images_leave_is_swept_in_one_request():
    bench, requests = swept()
    assert bench.run(*KEYS) == []
    assert requests == [sorted(f"{key}/{end}" for key in KEYS for end in "ab")]


def test_nothing_is_swept_before_its_image_has_its_outcome():
    bench, requests = swept()
    bench.ledger.down = True
    assert bench.run("0.jpg") == ["0.jpg"]
    assert requests == []
    bench, requests = swept()
    bench.does |= {"0.jpg": UnsupportedImage("no")}
    bench.run("0.jpg")
    assert requests == []


def test_what_the_message_that_is_yet_to_notify_needs_is_left_by_another_one():
    bench, requests = swept()
    bench.notices.down = True
    assert bench.run("0.jpg") == ["0.jpg"]
    bench.notices.down = False
    assert bench.run(message("0.jpg") | {"messageId": "id-other"}) == []
    assert (bench.notices.published, requests) == ([], [])
    assert bench.run(message("0.jpg", receives=2)) == []
    assert (len(bench.notices.published), len(requests)) == (1, 1)


def test_what_cannot_be_swept_is_no_loss():
    bench, _ = swept()

    def refuse(_):
        raise AwsUnavailable("removing: SlowDown")

    bench.service = replace(bench.service, sweep=refuse)
    assert bench.run("0.jpg") == []
    assert len(bench.notices.published) == 1


@pytest.mark.parametrize("outcome", ["stored", "superseded", "vanished"])
def test_a_message_that_comes_again_after_its_image_was_swept_is_nothing_to_do(outcome):
    bench = Bench({"a.jpg": replace(stored("a.jpg"), outcome=outcome)}, name="store", next_queue=None)
    bench.run("a.jpg")
    bench.does["a.jpg"] = IntermediateObjectMissing("what watermark left is gone")
    notified = len(bench.notices.published)
    assert bench.run("a.jpg") == []
    assert (bench.source_queue.dead_lettered, len(bench.notices.published)) == ([], notified)


@pytest.mark.parametrize("outcome", [None, "failed"])
def test_what_is_missing_from_an_image_without_its_outcome_is_a_failure(outcome):
    bench = Bench({"a.jpg": replace(stored("a.jpg"), outcome=outcome, notice=None)}, name="store", next_queue=None)
    if outcome is not None:
        bench.run("a.jpg")
    bench.does["a.jpg"] = IntermediateObjectMissing("what watermark left is gone")
    assert bench.run("a.jpg") == []
    (entry,) = bench.source_queue.dead_lettered
    assert entry.attributes["error"] == "IntermediateObjectMissing"


def test_a_ledger_that_cannot_report_whether_an_image_was_finished_delays_it():
    bench = Bench({"a.jpg": IntermediateObjectMissing("gone")}, name="store", next_queue=None)
    bench.ledger.down = True
    assert bench.run("a.jpg") == ["a.jpg"]
    assert bench.source_queue.dead_lettered == []
