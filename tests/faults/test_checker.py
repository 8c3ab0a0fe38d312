"""The checker finds what is injected, and nothing where all is well."""

from dataclasses import replace

import pytest
from faults.checker import Expected, Observed, judge

EXPECTED = {
    "a.jpg": Expected(outcome="stored", outputs={"a-resized.jpg": "1", "a-thumb.jpg": "2"}),
    "b.jpg": Expected(outcome="failed"),
}
GOOD = Observed(
    outcomes={"a.jpg": ["stored"], "b.jpg": ["failed"]},
    outputs={"a-resized.jpg": "1", "a-thumb.jpg": "2"},
    entries=["b.jpg"],
    notices=[("1", "a.jpg", "stored"), ("2", "b.jpg", "failed")],
)


def test_all_well_is_all_well():
    verdict = judge(EXPECTED, GOOD)
    assert verdict.good
    assert verdict.duplicates == {"notices": 0, "messages": 0, "digests": 0}


@pytest.mark.parametrize(
    ("injected", "kind", "says"),
    [
        ({"outcomes": {"a.jpg": ["stored"]}}, "lost", "b.jpg: outcomes []"),
        ({"outcomes": {**GOOD.outcomes, "a.jpg": [None]}}, "lost", "a.jpg: outcomes [None]"),
        ({"outcomes": {**GOOD.outcomes, "a.jpg": ["stored", "stored"]}}, "lost", "a.jpg: outcomes"),
        ({"outcomes": {**GOOD.outcomes, "a.jpg": ["superseded"]}}, "unexpected", "superseded, not stored"),
        ({"outcomes": {**GOOD.outcomes, "c.jpg": ["stored"]}}, "unexpected", "c.jpg: nobody uploaded it"),
        ({"outputs": {"a-resized.jpg": "1"}}, "lost", "a.jpg: no a-thumb.jpg"),
        ({"outputs": {**GOOD.outputs, "a-thumb.jpg": "0"}}, "stale", "a-thumb.jpg: not what a.jpg gives"),
        ({"outputs": {**GOOD.outputs, "x.jpg": "1"}}, "unexpected", "x.jpg: nobody asked"),
        ({"entries": []}, "lost", "b.jpg: no DLQ message"),
        ({"entries": ["a.jpg", "b.jpg"]}, "unexpected", "a.jpg: stored, and a DLQ message"),
        ({"entries": ["b.jpg", None]}, "unexpected", "None: notified or dead_lettered"),
        ({"notices": GOOD.notices[:1]}, "lost", "b.jpg: nobody was notified"),
        ({"notices": [*GOOD.notices, ("3", "a.jpg", "failed")]}, "unexpected", "a.jpg: notified failed"),
        ({"notices": [*GOOD.notices, ("3", "c.jpg", "failed")]}, "unexpected", "c.jpg: notified or dead_lettered"),
        ({"waiting": 2}, "lost", "2 messages still wait"),
    ],
)
def test_what_is_injected_is_found(injected, kind, says):
    verdict = judge(EXPECTED, replace(GOOD, **injected))
    assert not verdict.good
    assert any(says in finding for finding in getattr(verdict, kind))


def test_what_comes_twice_is_counted_and_no_failure():
    twice = replace(GOOD, notices=[*GOOD.notices, GOOD.notices[0]], entries=["b.jpg", "b.jpg"])
    verdict = judge(EXPECTED, twice)
    assert verdict.good
    assert verdict.duplicates == {"notices": 1, "messages": 1, "digests": 0}


BATCHES = {"b": {"stored": 1, "failed": 1, "size": 2}}
DIGEST = ("b", "b-ended", BATCHES["b"])


@pytest.mark.parametrize(
    ("digests", "kind", "says"),
    [
        ([], "lost", "batch b: nobody was notified"),
        ([("b", "b-ended", {"stored": 2, "failed": 0, "size": 2})], "unexpected", "batch b: notified {"),
        ([DIGEST, ("b", "b-ended-2", BATCHES["b"])], "unexpected", "batch b: notified as"),
        ([DIGEST, ("c", "c-ended", BATCHES["b"])], "unexpected", "batch c: notified, and nobody uploaded it"),
    ],
)
def test_a_digest_that_is_wrong_is_found(digests, kind, says):
    verdict = judge(EXPECTED, replace(GOOD, digests=digests), BATCHES)
    assert any(says in finding for finding in getattr(verdict, kind))


def test_a_digest_that_comes_twice_under_one_id_is_counted_and_no_failure():
    verdict = judge(EXPECTED, replace(GOOD, digests=[DIGEST, DIGEST]), BATCHES)
    assert verdict.good
    assert verdict.duplicates["digests"] == 1
