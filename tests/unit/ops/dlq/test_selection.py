"""Which messages a command is about."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.dlq_messages import SENT, entry

from ops.dlq.selection import Chooser, Selection

THERE = datetime.fromtimestamp(SENT / 1000, UTC)
NOW = THERE + timedelta(hours=2)


def takes(found=None, now=NOW, **options):
    return Selection(**options).takes(found or entry(), now)


def test_nothing_asked_takes_everything():
    assert takes()


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ({"services": ("store",)}, False),
        ({"services": ("resize", "store")}, True),
        ({"errors": frozenset({"NoReason"})}, True),
        ({"errors": frozenset({"noreason"})}, False),
        ({"older_than": timedelta(hours=2)}, True),
        ({"older_than": timedelta(hours=2, seconds=1)}, False),
        ({"newer_than": timedelta(hours=2)}, False),
        ({"newer_than": timedelta(hours=3)}, True),
        ({"min_replays": 0}, True),
        ({"min_replays": 1}, False),
        ({"max_replays": 0}, True),
        ({"names": frozenset({"m-1"})}, True),
        ({"names": frozenset({"a.jpg"})}, True),
        ({"names": frozenset({entry().image_id})}, True),
        ({"names": frozenset({"A.jpg"})}, False),
    ],
)
def test_each_filter_asks_its_own(asked, taken):
    assert takes(**asked) is taken


@pytest.mark.parametrize(
    ("glob", "key", "taken"),
    [
        ("*.jpg", "a/b.jpg", True),
        ("*.JPG", "a.jpg", False),
        ("a b+?.jpg", "a b+ü.jpg", True),
        ("holiday/*", "Holiday/a.jpg", False),
        ("*", "a\nb", True),
        ("[ab]/*", "b/x", True),
    ],
)
def test_a_glob_fits_the_decoded_key(glob, key, taken):
    assert takes(entry(key=key), globs=("nothing", glob)) is taken


@given(
    st.sampled_from([None, timedelta(hours=1), timedelta(hours=3)]),
    st.sampled_from([None, 0, 2]),
    st.sampled_from([(), ("*.jpg",), ("*.png",)]),
)
def test_filters_narrow_each_other(older, least, globs):
    found = entry(replays=1)
    parts = [{"older_than": older}, {"min_replays": least}, {"globs": globs}]
    together = {name: value for part in parts for name, value in part.items()}
    assert takes(found, **together) is all(takes(found, **part) for part in parts)


@given(st.integers(1, 30), st.lists(st.integers(0, 10), max_size=8))
def test_a_limit_is_kept_over_all_batches(limit, sizes):
    chooser = Chooser(selection=Selection(), limit=limit, now=NOW)
    chosen = [len(chooser.choose([entry()] * size)) for size in sizes]
    assert sum(chosen) == min(limit, sum(sizes))
    assert chooser.full is (sum(sizes) >= limit)
