"""How long a new upload waits behind old images, by the rules of SQS's fair queues."""

import pytest

from bench.fair_queue import Load, waits


@pytest.mark.parametrize("old", [10_000, 1_000_000])
def test_a_new_upload_does_not_wait_for_old_images_of_a_group(old):
    load = Load(old=old, at_once=100)
    assert max(waits(load, group="backfill")) <= load.seconds
    assert max(waits(load, group=None)) > old / 100 * 0.8


def test_a_queue_that_has_little_in_work_is_not_fair():
    load = Load(old=1_000, at_once=20)
    assert waits(load, group="backfill") == waits(load, group=None)


def test_nobody_waits_where_nothing_is_old():
    assert waits(Load(old=0, at_once=10), group="backfill") == [0.0] * 20
