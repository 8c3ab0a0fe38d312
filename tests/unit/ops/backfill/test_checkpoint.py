"""Checkpoints of backfills."""

import pytest

from ops.backfill.checkpoint import Checkpoint
from ops.errors import CommandError


def checkpoint(folder, prefix="a/"):
    return Checkpoint(bucket="b", prefix=prefix, folder=folder / "marks")


def test_the_last_key_is_kept_until_it_is_removed(tmp_path):
    assert checkpoint(tmp_path).last_key() is None
    checkpoint(tmp_path).put("a/ü 1.jpg")
    checkpoint(tmp_path).put("a/ü 2.jpg")
    assert checkpoint(tmp_path).last_key() == "a/ü 2.jpg"
    checkpoint(tmp_path).remove()
    checkpoint(tmp_path).remove()
    assert checkpoint(tmp_path).last_key() is None


def test_prefixes_that_look_alike_have_checkpoints_of_their_own(tmp_path):
    names = {checkpoint(tmp_path, prefix).path.name for prefix in ("a/b", "a-b", "a b", "a/b/", "", "x" * 900)}
    assert len(names) == 6
    assert all(len(name) < 200 for name in names)


def test_one_that_was_cut_while_it_was_written_leaves_the_old_one(tmp_path, monkeypatch):
    checkpoint(tmp_path).put("a/1.jpg")

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", cut)
        with pytest.raises(KeyboardInterrupt):
            checkpoint(tmp_path).put("a/2.jpg")
    assert checkpoint(tmp_path).last_key() == "a/1.jpg"


@pytest.mark.parametrize("text", ["", "[]", '{"last": 1}', "{"])
def test_what_is_no_checkpoint_is_named(tmp_path, text):
    path = checkpoint(tmp_path).path
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CommandError, match="not a checkpoint"):
        checkpoint(tmp_path).last_key()
