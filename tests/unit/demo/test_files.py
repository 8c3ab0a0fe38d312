"""Keys as files, and what the demo may remove."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.demo.files import path_of, prepare, write
from ops.errors import CommandError


@pytest.mark.parametrize("key", ["a.jpg", "holiday photos/a b+c (1).jpg", "ünïcödé/日本語 🌄.jpg", "100%25 x%2Fy.jpg"])
def test_a_harmless_key_is_its_own_name(tmp_path, key):
    assert path_of(key, tmp_path) == tmp_path / key


@given(st.text(max_size=400))
def test_no_key_leaves_the_folder_or_is_too_long_for_it(tmp_path_factory, key):
    folder = tmp_path_factory.getbasetemp()
    path = path_of(key, folder)
    assert path.resolve().is_relative_to(folder.resolve())
    assert path != folder
    assert all(len(part.encode()) <= 255 and part.isprintable() for part in path.relative_to(folder).parts)


@pytest.mark.parametrize(
    "keys",
    [
        ("a:b.jpg", "a%3Ab.jpg"),
        ("a//b.jpg", "a/_/b.jpg"),
        ("..", "_%2E%2E"),
        ("x" * 300 + "1.jpg", "x" * 300 + "2.jpg"),
        ("a\nb", "a%0Ab"),
    ],
)
def test_no_two_keys_share_a_file(tmp_path, keys):
    assert len({path_of(key, tmp_path) for key in keys}) == 2


def test_what_is_changed_can_still_be_recognised(tmp_path):
    assert path_of("../etc/pass\x00wd.png", tmp_path).name.startswith("pass%00wd~")
    assert path_of("é" * 200 + ".avif", tmp_path).name.startswith("éééé")
    assert path_of("é" * 200 + ".avif", tmp_path).suffix == ".avif"


@pytest.mark.parametrize("keys", [("a", "a/b.jpg"), ("a/b.jpg", "a")], ids=["file first", "folder first"])
def test_a_file_and_a_folder_of_one_name_are_both_written(tmp_path, keys):
    written = {write(key, key.encode(), tmp_path).read_text() for key in keys}
    assert written == set(keys)


def test_what_an_earlier_demo_wrote_goes_and_all_else_stays(tmp_path):
    prepare(tmp_path, [])
    for name in ("samples", "renditions", "notices"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch()
    for name in ("results.json", "contact-sheet.png", "contact-sheet-2.png", "contact-sheet-wedding.png", "mine"):
        (tmp_path / name).touch()
    prepare(tmp_path, [])
    left = {path.name for path in tmp_path.iterdir() if path.name[0] != "."}
    assert left == {"contact-sheet-wedding.png", "mine", "samples"}


@pytest.mark.parametrize("name", ["samples", "renditions", "notices", "results.json"])
def test_nothing_that_no_demo_wrote_goes(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(CommandError, match=name):
        prepare(tmp_path, [])
    assert (tmp_path / name).exists()


def test_the_images_to_be_uploaded_never_go(tmp_path):
    prepare(tmp_path, [])
    prepare(tmp_path, [write("photo.jpg", b"a sample", tmp_path / "samples")])
    assert (tmp_path / "samples" / "photo.jpg").exists()
    image = write("a.jpg", b"mine", tmp_path / "renditions")
    with pytest.raises(CommandError, match=r"a\.jpg"):
        prepare(tmp_path, [image])
    assert image.read_bytes() == b"mine"


def test_the_images_to_be_uploaded_never_go_where_links_lead_to_them(tmp_path):
    out = tmp_path / "out"
    prepare(out, [])
    write("a.jpg", b"mine", out / "renditions")
    (tmp_path / "images").symlink_to(out / "renditions")
    with pytest.raises(CommandError):
        prepare(out, [tmp_path / "images" / "a.jpg"])


def test_of_a_link_only_the_link_goes(tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    prepare(out, [])
    elsewhere.mkdir()
    (elsewhere / "mine").touch()
    (out / "renditions").symlink_to(elsewhere)
    prepare(out, [])
    assert (elsewhere / "mine").exists()
    assert not (out / "renditions").exists()
