"""Files that are whole at every moment."""

import pytest

from ops.files import write_whole, written_whole


def test_a_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, "old")
    write_whole(path, "ü\n")
    assert path.read_text(encoding="utf-8") == "ü\n"
    assert list(tmp_path.iterdir()) == [path]


def break_off(path):
    with written_whole(path) as file:
        file.write(b"ne")
        raise KeyboardInterrupt


def test_one_that_is_broken_off_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        break_off(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_sees_it_before_it_is_whole(tmp_path):
    path = tmp_path / "a.json"
    with written_whole(path) as file:
        file.write(b"x" * 100_000)
        assert not path.exists()
    assert path.stat().st_size == 100_000
