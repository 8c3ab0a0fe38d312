"""Bookmarks of backfills."""

import pytest

from ops.backfill.bookmark import Bookmark
from ops.errors import CommandError


def bookmark(folder, prefix="a/"):
    return Bookmark(bucket="b", prefix=prefix, folder=folder / "marks")


def test_the_last_key_is_kept_until_it_is_removed(tmp_path):
    assert bookmark(tmp_path).last_key() is None
    bookmark(tmp_path).put("a/ü 1.jpg")
    bookmark(tmp_path).put("a/ü 2.jpg")
    assert bookmark(tmp_path).last_key() == "a/ü 2.jpg"
    bookmark(tmp_path).remove()
    bookmark(tmp_path).remove()
    assert bookmark(tmp_path).last_key() is None


def test_prefixes_that_look_alike_have_bookmarks_of_their_own(tmp_path):
    names = {bookmark(tmp_path, prefix).path.name for prefix in ("a/b", "a-b", "a b", "a/b/", "", "x" * 900)}
    assert len(names) == 6
    assert all(len(name) < 200 for name in names)


def test_one_that_was_cut_while_it_was_written_leaves_the_old_one(tmp_path, monkeypatch):
    bookmark(tmp_path).put("a/1.jpg")

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", cut)
        with pytest.raises(KeyboardInterrupt):
            bookmark(tmp_path).put("a/2.jpg")
    assert bookmark(tmp_path).last_key() == "a/1.jpg"


@pytest.mark.parametrize("text", ["", "[]", '{"last": 1}', "{"])
def test_what_is_no_bookmark_is_named(tmp_path, text):
    path = bookmark(tmp_path).path
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CommandError, match="no bookmark"):
        bookmark(tmp_path).last_key()
