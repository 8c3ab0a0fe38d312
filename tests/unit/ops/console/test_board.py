"""What is known of the newest images, and since when."""

from dataclasses import replace

import pytest
from rows import row

from ops.console.board import DROPPED, Board


@pytest.fixture
def rung():
    return []


@pytest.fixture
def board(rung):
    return Board(most=3, ring=lambda: rung.append(1))


def names(images):
    return [seen.row.image_id for seen in images]


def test_the_newest_drop_comes_first(board):
    for number in (2, 1, 3):
        assert board.see(row(f"i{number}", dropped=number))
    assert names(board.newest_first()) == ["i3", "i2", "i1"]


def test_only_what_changed_is_told(board, rung):
    board.see(row("a", dropped=1))
    board.see(row("b", dropped=2))
    before = board.change
    assert not board.see(row("a", dropped=1))
    assert board.changes(before) == []
    assert board.see(row("a", dropped=1, service="store", outcome="stored", updated=5))
    assert names(board.changes(before)) == ["a"]
    assert board.changes(board.change) == []
    assert len(rung) == 3


def test_a_row_that_was_read_before_another_is_no_news(board):
    board.see(row("a", service="store", outcome="stored", updated=5))
    assert not board.see(row("a", service="resize", updated=3))
    assert board.get("a").row.outcome == "stored"


def test_a_drop_is_shown_until_the_ledger_knows_more(board):
    expected = row("a", service=DROPPED, dropped=9, updated=9)
    board.expect(expected)
    assert board.get("a").pending
    # The clocks of AWS and of this machine differ: the ledger counts.
    assert board.see(row("a", service="resize", dropped=8, updated=8))
    assert board.get("a").row.service == "resize"
    board.expect(expected)
    assert board.get("a").row.service == "resize"
    assert len(board.newest_first()) == 1


def test_what_was_replayed_is_on_its_way_until_the_ledger_tells(board):
    failed = row("a", service="store", outcome="failed", updated=3)
    board.see(failed)
    assert not board.get("a").pending
    board.sent_back(["a", "unknown"], since=board.change)
    assert board.get("a").pending
    assert not board.see(failed)
    assert board.get("a").replaying
    board.see(replace(failed, outcome="stored", updated_at=row("a", updated=6).updated_at))
    assert not board.get("a").pending


def test_what_came_of_a_replay_before_it_was_noted_counts(board):
    board.see(row("a", service="store", outcome="failed", updated=3))
    before = board.change
    board.see(row("a", service="store", outcome="stored", updated=6))
    board.sent_back(["a"], since=before)
    assert not board.get("a").pending


def test_the_oldest_are_forgotten(board):
    for number in range(5):
        board.see(row(f"i{number}", dropped=number))
    assert names(board.newest_first()) == ["i4", "i3", "i2"]
    assert board.get("i0") is None
    assert not board.see(row("older", dropped=0))
    board.expect(row("older", dropped=0))
    assert board.get("older") is None


def test_a_row_that_has_not_changed_need_not_be_read(board):
    mark = ("2026-01-01T00:00:01.000Z", "x", "resize", None)
    assert not board.knows("a", mark)
    board.see(row("a", dropped=1))
    assert board.knows("a", mark)
    assert not board.knows("a", (*mark[:3], "stored"))
    for number in (7, 8, 9):
        board.see(row(f"i{number}", dropped=number))
    assert board.knows("too old to be shown", mark)


def test_images_are_counted_by_their_outcome(board):
    board.see(row("a"))
    board.see(row("b", outcome="stored"))
    board.see(row("c", outcome="failed"))
    assert board.counts() == {"pending": 1, "stored": 1, "failed": 1}
    board.sent_back(["c"], since=board.change)
    assert board.counts() == {"pending": 2, "stored": 1}
    assert names(board.pending(1)) == ["c"]
