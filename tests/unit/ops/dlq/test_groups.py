"""Messages counted by what was done with them."""

import pytest
from kit.dlq_messages import entry

from ops.dlq.groups import Groups

DONE = {"left": 2, "removed": 2, "replayed": 3}


@pytest.mark.parametrize("order", [list(DONE), list(reversed(DONE))], ids=["forwards", "backwards"])
def test_what_was_done_is_counted_the_biggest_group_first(order):
    groups = Groups()
    for did in order:
        for number in range(DONE[did]):
            groups.add(entry(key=f"{did}/{number}.jpg"), did)
    assert list(groups.done().items()) == [("replayed", 3), ("left", 2), ("removed", 2)]


def test_groups_of_one_doing_are_counted_together():
    groups = Groups()
    for service in ("resize", "store"):
        groups.add(entry(service), "left")
    assert groups.done() == {"left": 2}
