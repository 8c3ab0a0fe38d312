"""What a load test uploads."""

import io
from itertools import pairwise

import pytest
from PIL import Image

from ops.errors import CommandError
from ops.load import mix
from ops.load.mix import SIZES, varied
from ops.preview.result import Preview
from ops.settings import load


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def hostile():
    return mix.hostile("small")


def test_photos_have_the_sizes_that_they_say_and_no_two_are_the_same_bytes():
    photos = mix.photos("small")
    items = [photos.item(number, "p/") for number in range(2 * len(SIZES["small"]))]
    bodies = [each.body() for each in items]
    assert [opened(each).size for each in bodies] == 2 * list(SIZES["small"])
    assert len(set(bodies)) == len(bodies)
    assert [each.kind for each in items[:2]] == ["640x480", "1200x900"]
    assert len({each.key for each in items}) == len(items)
    assert all(each.key.startswith("p/0") for each in items)


def test_the_same_again_is_the_same():
    first, second = (mix.photos("small").item(3, "p/") for _ in range(2))
    assert first.key == second.key
    assert first.body() == second.body()


def test_twelve_megapixels_are_about_twelve():
    assert all(11.9e6 < width * height < 12.1e6 for width, height in SIZES["12mp"])
    assert all(width * height == 24e6 for width, height in SIZES["24mp"])


def test_a_comment_changes_the_bytes_and_no_pixel():
    data = mix.photos("small").kinds[-1].make()
    one, other = opened(varied(data, "one")), opened(varied(data, "another"))
    assert one.info["comment"] == b"one"
    assert varied(data, "one")[2:4] == data[2:4] == b"\xff\xe0"  # JFIF comes first
    assert one.tobytes() == other.tobytes() == opened(data).tobytes()


def test_what_is_no_jpeg_stays_as_it_is():
    assert varied(b"text", "x") == b"text"
    assert varied(b"", "x") == b""


def test_hostile_files_come_to_what_is_expected_of_them(hostile, tmp_path):
    preview = Preview(load())
    found = {}
    for number in range(len(hostile.kinds)):
        item = hostile.item(number, "")
        path = tmp_path / f"{number}"
        path.write_bytes(item.body())
        found[item.kind, item.expected] = preview.image(path, item.key, tmp_path / "out")["outcome"]
    assert {key: outcome for key, outcome in found.items() if outcome not in key[1]} == {}
    assert {outcome for _, expected in found for outcome in expected} == {"stored", "failed", "superseded"}


def test_what_is_uploaded_twice_has_the_key_of_the_one_before(hostile):
    items = [hostile.item(number, "p/") for number in range(2 * len(hostile.kinds))]
    pairs = [(one, two) for one, two in pairwise(items) if one.key == two.key]
    assert len(pairs) == 2
    assert {each.kind for pair in pairs for each in pair} == {"uploaded twice"}
    assert len({each.key for each in items}) == len(items) - 2


def test_keys_that_are_hard_to_carry_lie_in_the_test_s_own_folder(hostile):
    keys = [hostile.item(number, "p/").key for number in range(len(hostile.kinds))]
    assert all(key.count("/") == 1 for key in keys)
    assert any("<img" in key for key in keys)
    assert any("日本" in key for key in keys)


def test_a_folder_s_files_come_in_turn(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.JPG").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"22")
    (tmp_path / ".hidden").write_bytes(b"")
    files = mix.folder(tmp_path)
    items = [files.item(number, "p/") for number in range(3)]
    assert [each.key for each in items] == ["p/00000-one.JPG", "p/00001-two", "p/00002-one.JPG"]
    assert [each.body() for each in items] == [b"1", b"22", b"1"]
    assert [each.kind for each in items] == [".jpg", "no suffix", ".jpg"]
    assert {each.expected for each in items} == {frozenset()}


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.jpg").write_bytes(b"b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.jpg").write_bytes(b"a")
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "elsewhere")
    mix.folder(tmp_path / "folder")
    assert f"not followed: {tmp_path / 'folder' / 'link'} links to a folder." in capsys.readouterr().err


def test_a_folder_without_files_is_a_mistake(tmp_path):
    with pytest.raises(CommandError, match="no files in there"):
        mix.folder(tmp_path)


def test_a_file_s_name_becomes_a_key_that_s3_takes(tmp_path):
    (tmp_path / ("ü" * 120 + ".jpg")).write_bytes(b"1")
    key = mix.folder(tmp_path).item(0, "p/").key
    assert len(key.encode()) < 220
    assert key.endswith("ü.jpg")
