"""What is expected of a user's own images."""

import os

import pytest

from ops.cli.run import run
from ops.demo.__main__ import demo
from ops.demo.manifest import read
from ops.errors import CommandError, Exit

HEADER = "file\tsource\tlicence\tcategory\texpected\tnotes\n"


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def row(file, expected, notes=""):
    return f"{file}\tx\tx\tx\t{expected}\t{notes}\n"


def expected(folder):
    return {upload.key: set(outcomes) for upload, outcomes in read(folder)}


def test_every_file_is_taken_in_order_but_for_hidden_ones(tmp_path):
    put(tmp_path, "b/2.jpg", "b/1.jpg", "a.jpg", ".hidden.jpg", ".git/x.jpg", "b/.x/y.jpg")
    assert [upload.key for upload, _ in read(tmp_path)] == ["a.jpg", "b/1.jpg", "b/2.jpg"]


def test_without_a_manifest_every_image_is_expected_to_be_stored(tmp_path):
    put(tmp_path, "a.jpg")
    assert expected(tmp_path) == {"a.jpg": {"stored"}}


def test_an_image_that_is_read_by_now_is_expected_to_be_stored(tmp_path):
    put(tmp_path, "not_allowed_format/a.jp2", "not_allowed_format/a.fits")
    refused = "".join(row(f"not_allowed_format/a.{suffix}", "permanent-error") for suffix in ("jp2", "fits"))
    (tmp_path / "MANIFEST.tsv").write_text(HEADER + refused)
    assert expected(tmp_path) == {"not_allowed_format/a.jp2": {"stored"}, "not_allowed_format/a.fits": {"failed"}}


@pytest.mark.parametrize(
    ("says", "notes", "outcomes"),
    [
        ("ok", "", {"stored"}),
        ("permanent-error", "", {"failed"}),
        ("ok-or-permanent-error", "", {"stored", "failed"}),
        ("permanent-error", "AVIF; ok if AVIF is allowed", {"stored"}),
        ("permanent-error", "ok if TIFF is allowed", {"stored"}),
        ("permanent-error", "ok if EPS is allowed", {"failed"}),
        ("ok-or-permanent-error", "ok if AVIF is allowed", {"stored", "failed"}),
    ],
)
def test_a_manifest_is_believed(tmp_path, says, notes, outcomes):
    put(tmp_path, "a.jpg")
    (tmp_path / "MANIFEST.tsv").write_text(HEADER + row("a.jpg", says, notes))
    assert expected(tmp_path) == {"a.jpg": outcomes}


def test_a_manifest_further_up_counts_and_is_no_image(tmp_path):
    put(tmp_path, "sub/a.jpg", "sub/b.jpg")
    (tmp_path / "MANIFEST.tsv").write_text(HEADER + row("sub/a.jpg", "permanent-error"))
    assert expected(tmp_path / "sub") == {"a.jpg": {"failed"}, "b.jpg": {"stored"}}
    assert "MANIFEST.tsv" not in expected(tmp_path)


def test_links_to_files_and_folders_are_followed_and_circles_end(tmp_path):
    put(tmp_path, "real/a.jpg", "images/b.jpg")
    (tmp_path / "images" / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "images" / "c.jpg").symlink_to(tmp_path / "real" / "a.jpg")
    (tmp_path / "images" / "circle").symlink_to(tmp_path / "images")
    (tmp_path / "real" / "back").symlink_to(tmp_path / "images")
    assert sorted(expected(tmp_path / "images")) == ["b.jpg", "c.jpg", "linked/a.jpg"]


def test_a_manifest_counts_whichever_way_a_link_leads(tmp_path):
    put(tmp_path, "corpus/a.jpg")
    (tmp_path / "corpus" / "MANIFEST.tsv").write_text(HEADER + row("a.jpg", "permanent-error"))
    (tmp_path / "link").symlink_to(tmp_path / "corpus")
    some = tmp_path / "some"
    some.mkdir()
    (some / "a.jpg").symlink_to(tmp_path / "corpus" / "a.jpg")
    (some / "MANIFEST.tsv").symlink_to(tmp_path / "corpus" / "MANIFEST.tsv")
    (tmp_path / "linked-some").symlink_to(some)
    for folder in ("link", "some", "linked-some"):
        assert expected(tmp_path / folder) == {"a.jpg": {"failed"}}


@pytest.mark.parametrize("name", ["missing", "empty", "only-hidden", "file"])
def test_a_folder_without_images_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    put(tmp_path, "only-hidden/.x.jpg", "only-hidden/MANIFEST.tsv", "file")
    with pytest.raises(CommandError, match=name) as raised:
        read(tmp_path / name)
    assert raised.value.code == 4


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (HEADER + row("a.jpg", "permanant-error"), r"MANIFEST\.tsv:2: expected is 'permanant-error'; allowed: ok, "),
        (HEADER + "a.jpg\tx\n", r"MANIFEST\.tsv:2: expected is None"),
        ("name,expected\n", "names no columns file and expected"),
        ("", "names no columns file and expected"),
        ("file\texpected\n\udcff\tok\n", "UTF-8"),
    ],
)
def test_a_wrong_manifest_is_reported_and_not_guessed_at(tmp_path, text, reported):
    put(tmp_path, "a.jpg")
    (tmp_path / "MANIFEST.tsv").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CommandError, match=reported):
        read(tmp_path)


def test_a_name_that_is_no_utf8_is_reported(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"a\xff.jpg")).touch()
    except OSError:
        pytest.skip("this file system takes no such names")
    with pytest.raises(CommandError, match="UTF-8"):
        read(tmp_path)


def test_a_name_that_is_longer_than_a_key_is_reported(tmp_path):
    deep = "/".join(["d" * 200] * 6)
    put(tmp_path, f"{deep}/a.jpg")
    with pytest.raises(CommandError, match="1,211 bytes"):
        read(tmp_path)


def test_a_tilde_that_the_shell_left_is_the_home_folder(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (
        run(demo, ["--images", "~/none", "--out", str(tmp_path / "out")], program="python -m ops.demo")
        == Exit.NOT_FOUND
    )
    assert f"{tmp_path / 'none'}" in capsys.readouterr().err
