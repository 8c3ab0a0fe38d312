"""What is known of the newest images, and since when."""

from dataclasses import replace

import pytest
from kit.ledger_rows import row

from ops.console.state import UPLOADED, State


@pytest.fixture
def rung():
    return []


@pytest.fixture
def state(rung):
    return State(most=3, notify=lambda: rung.append(1))


def names(images):
    return [seen.row.image_id for seen in images]


def test_the_newest_upload_comes_first(state):
    for number in (2, 1, 3):
        assert state.see(row(f"i{number}", uploaded=number))
    assert names(state.newest_first()) == ["i3", "i2", "i1"]


def test_only_what_changed_is_reported(state, rung):
    state.see(row("a", uploaded=1))
    state.see(row("b", uploaded=2))
    before = state.change
    assert not state.see(row("a", uploaded=1))
    assert state.changes(before) == []
    assert state.see(row("a", uploaded=1, service="store", outcome="stored", updated=5))
    assert names(state.changes(before)) == ["a"]
    assert state.changes(state.change) == []
    assert len(rung) == 3


def test_a_row_that_was_read_before_another_is_no_news(state):
    state.see(row("a", service="store", outcome="stored", updated=5))
    assert not state.see(row("a", service="resize", updated=3))
    assert state.get("a").row.outcome == "stored"


def test_an_upload_is_shown_until_the_ledger_knows_more(state):
    expected = row("a", service=UPLOADED, uploaded=9, updated=9)
    state.expect(expected)
    assert state.get("a").pending
    # The clocks of AWS and of this machine differ: the ledger counts.
    assert state.see(row("a", service="resize", uploaded=8, updated=8))
    assert state.get("a").row.service == "resize"
    state.expect(expected)
    assert state.get("a").row.service == "resize"
    assert len(state.newest_first()) == 1


def test_what_was_replayed_is_on_its_way_until_the_ledger_reports(state):
    failed = row("a", service="store", outcome="failed", updated=3)
    state.see(failed)
    assert not state.get("a").pending
    state.sent_back(["a", "unknown"], since=state.change)
    assert state.get("a").pending
    assert not state.see(failed)
    assert state.get("a").replaying
    state.see(replace(failed, outcome="stored", updated_at=row("a", updated=6).updated_at))
    assert not state.get("a").pending


def test_what_came_of_a_replay_before_it_was_noted_counts(state):
    state.see(row("a", service="store", outcome="failed", updated=3))
    before = state.change
    state.see(row("a", service="store", outcome="stored", updated=6))
    state.sent_back(["a"], since=before)
    assert not state.get("a").pending


def test_the_oldest_are_evicted(state):
    for number in range(5):
        state.see(row(f"i{number}", uploaded=number))
    assert names(state.newest_first()) == ["i4", "i3", "i2"]
    assert state.get("i0") is None
    assert not state.see(row("older", uploaded=0))
    state.expect(row("older", uploaded=0))
    assert state.get("older") is None


def test_images_are_counted_by_their_outcome(state):
    state.see(row("a"))
    state.see(row("b", outcome="stored"))
    state.see(row("c", outcome="failed"))
    assert state.counts() == {"pending": 1, "stored": 1, "failed": 1}
    state.sent_back(["c"], since=state.change)
    assert state.counts() == {"pending": 2, "stored": 1}
    assert names(state.pending(1)) == ["c"]
