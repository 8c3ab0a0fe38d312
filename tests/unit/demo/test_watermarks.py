"""`make watermarks`."""

import pytest
from PIL import Image

from ops.cli.run import run
from ops.demo import watermarks
from ops.errors import Exit


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Landscapes take seconds to draw."""
    monkeypatch.setattr(
        watermarks, "_view", lambda size=(400, 300), light="noon", seed=1: Image.new("RGB", size, "navy")
    )


def test_the_sheet_is_written_where_it_is_asked_for(tmp_path, capsys):
    out = tmp_path / "new" / "watermarks.png"
    assert run(watermarks.watermarks, [str(out)], program="python -m ops.demo.watermarks") == Exit.DONE
    assert capsys.readouterr().out == f"{out}\n"
    with Image.open(out) as sheet:
        assert sheet.width == 1760


def test_every_picture_but_the_one_that_is_too_small_is_marked(tmp_path, monkeypatch):
    unmarked = []
    real = watermarks.watermarked

    def watermarked(frames, watermark):
        before = frames[0].tobytes()
        after = real(frames, watermark)
        if after[0].tobytes() == before:
            unmarked.append(frames[0].size)
        return after

    monkeypatch.setattr(watermarks, "watermarked", watermarked)
    watermarks.sheet()
    assert unmarked == [(200, 199)]


def test_a_place_that_cannot_be_written_to_is_reported(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert (
        run(watermarks.watermarks, [str(tmp_path / "file" / "watermarks.png")], program="python -m ops.demo.watermarks")
        == Exit.FAILURE
    )
    assert capsys.readouterr().err.startswith("watermarks: ")
