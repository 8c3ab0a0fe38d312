"""How long new uploads wait behind old images in each queue, by the rules of SQS's fair queues."""

import pytest

from bench.fair_queue import QUEUES, Load, waits

# Each service is half as fast as the one before.
SLOWER = (1.0, 2.0, 4.0)


def test_a_new_upload_waits_in_no_queue_for_old_images_of_a_group():
    load = Load(old=20_000, rate=1_000, most_waiting=2_000, seconds=SLOWER)
    fair, unfair = waits(load, fair=QUEUES), waits(load, fair=())
    assert all(wait <= seconds for wait, seconds in zip(fair.values(), SLOWER, strict=True))
    assert all(wait > 10 * seconds for wait, seconds in zip(unfair.values(), SLOWER, strict=True))


@pytest.mark.parametrize("fair", [QUEUES[:1], QUEUES[:2]], ids=["resize alone", "all but store"])
def test_a_queue_without_groups_keeps_new_uploads_waiting(fair):
    found = waits(Load(old=20_000, rate=1_000, most_waiting=2_000, seconds=SLOWER), fair=fair)
    assert {queue for queue, wait in found.items() if wait > 10} == set(QUEUES) - set(fair)


def test_a_group_that_has_sent_nothing_for_five_minutes_is_not_noisy():
    unbounded = waits(Load(old=60_000, rate=1_000), fair=QUEUES)
    assert unbounded["resize"] > 100
    assert waits(Load(old=60_000, rate=1_000, most_waiting=5_000), fair=QUEUES)["resize"] <= 1


def test_queues_that_have_little_in_work_are_not_fair():
    load = Load(old=1_000, rate=100, at_once=(20, 20, 20))
    assert waits(load, fair=QUEUES) == waits(load, fair=())


def test_nobody_waits_where_old_images_come_slowly():
    assert waits(Load(old=1_000, rate=10), fair=()) == dict.fromkeys(QUEUES, 0.0)
