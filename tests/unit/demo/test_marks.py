"""`make marks`."""

import pytest
from PIL import Image

from ops.demo import marks
from ops.errors import Exit


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Landscapes take seconds to draw."""
    monkeypatch.setattr(marks, "_view", lambda size=(400, 300), light="noon", seed=1: Image.new("RGB", size, "navy"))


def test_the_sheet_is_written_where_it_is_asked_for(tmp_path, capsys):
    out = tmp_path / "new" / "marks.png"
    assert marks.main([str(out)]) == Exit.DONE
    assert capsys.readouterr().out == f"{out}\n"
    with Image.open(out) as sheet:
        assert sheet.width == 1760


def test_every_picture_but_the_one_that_is_too_small_is_marked(tmp_path, monkeypatch):
    unmarked = []
    real = marks.marked

    def marked(frames, mark):
        before = frames[0].tobytes()
        after = real(frames, mark)
        if after[0].tobytes() == before:
            unmarked.append(frames[0].size)
        return after

    monkeypatch.setattr(marks, "marked", marked)
    marks.sheet()
    assert unmarked == [(200, 199)]


def test_a_place_that_cannot_be_written_to_is_reported(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert marks.main([str(tmp_path / "file" / "marks.png")]) == Exit.USAGE
    assert capsys.readouterr().err.startswith("marks: ")
