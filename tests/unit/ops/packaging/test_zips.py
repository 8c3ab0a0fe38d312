"""Zips that depend on nothing but what is in them."""

import hashlib
import os
import zipfile

from ops.packaging import zips


def test_the_order_of_the_files_does_not_matter(tmp_path):
    files = {"b.py": b"1", "a/c.py": b"2", "a.py": b"3"}
    zips.append(tmp_path / "one.zip", files, 6)
    zips.append(tmp_path / "two.zip", dict(reversed(files.items())), 6)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()


def test_time_and_umask_do_not_matter(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    zips.append(tmp_path / "one.zip", {"a.py": b"1"}, 6)
    before = os.umask(0o077)
    try:
        zips.append(tmp_path / "two.zip", {"a.py": b"1"}, 6)
    finally:
        os.umask(before)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        (entry,) = archive.infolist()
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert oct(entry.external_attr >> 16) == "0o100644"


def test_what_is_appended_comes_after_what_is_there(tmp_path):
    path = tmp_path / "a.zip"
    zips.append(path, {"z.py": b"1"}, 1)
    zips.append(path, {"b.py": b"2", "a.py": b"3"}, 1)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["z.py", "a.py", "b.py"]
        assert archive.testzip() is None
