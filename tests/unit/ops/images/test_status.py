"""What `pipeline status` shows of an image."""

from kit.ledger_rows import row

from ops.images.status import as_json, as_row


def test_a_warning_stands_beside_the_outputs():
    stored = row(outcome="stored", outputs=("a.jpg",), warnings=("page 1 of 3",))
    assert as_row(stored)[-1] == "a.jpg (note: page 1 of 3)"
    assert as_json(stored)["warnings"] == ["page 1 of 3"]


def test_what_has_no_warning_shows_its_outputs_alone():
    assert as_row(row(outcome="stored", outputs=("a.jpg", "b.jpg")))[-1] == "a.jpg b.jpg"
