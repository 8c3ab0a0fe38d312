"""Files that are put into a bucket, in parts where they are large."""

import os
import socket
import tracemalloc

import boto3
import pytest
from moto import mock_aws

from ops.aws.objects import MAX_KEY_BYTES, PART_BYTES, UnreadableFile, put_file

MEBIBYTE = 2**20


@pytest.fixture
def s3(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="input")
        client.put_bucket_versioning(Bucket="input", VersioningConfiguration={"Status": "Enabled"})
        yield client


def put(s3, path, key="a.jpg"):
    return put_file(s3, path, bucket="input", key=key, metadata={"who": "Ada"})


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 2 * PART_BYTES + 5])
def test_an_object_is_the_file_whatever_its_size(s3, tmp_path, size):
    data = os.urandom(min(size, 1000)) * (size // 1000 + 1)
    (tmp_path / "a").write_bytes(data[:size])
    there = put(s3, tmp_path / "a")
    found = s3.get_object(Bucket="input", Key="a.jpg", VersionId=there.version_id)
    assert found["Body"].read() == data[:size]
    assert (there.size_bytes, found["ContentType"], found["Metadata"]) == (size, "image/jpeg", {"who": "Ada"})
    assert s3.list_multipart_uploads(Bucket="input").get("Uploads", []) == []


class Recorder:
    """S3's answers without S3: what it is sent is forgotten, but for its length."""

    def __init__(self, refuse=None):
        self.calls, self.refuse = [], refuse

    def __getattr__(self, name):
        def call(**given):
            body = given.get("Body", b"")
            self.calls.append((name, given.get("PartNumber"), len(body)))
            if name == self.refuse:
                raise KeyboardInterrupt
            return {"UploadId": "u", "ETag": "e", "VersionId": "v"}

        return call


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(100 * MEBIBYTE)
    s3 = Recorder()
    tracemalloc.start()
    there = put(s3, tmp_path / "a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert there.size_bytes == sum(length for _, _, length in s3.calls) == 100 * MEBIBYTE
    assert {length for name, _, length in s3.calls if name == "upload_part"} == {PART_BYTES, 4 * MEBIBYTE}
    assert peak < 4 * PART_BYTES


def test_a_huge_file_has_no_more_parts_than_s3_takes(tmp_path, monkeypatch):
    monkeypatch.setattr("ops.aws.objects.PART_BYTES", 10)
    monkeypatch.setattr("ops.aws.objects.MAX_PARTS", 4)
    (tmp_path / "a").write_bytes(bytes(101))
    s3 = Recorder()
    put(s3, tmp_path / "a")
    assert [length for name, _, length in s3.calls if name == "upload_part"] == [26, 26, 26, 23]


def test_parts_that_were_broken_off_are_aborted(tmp_path):
    (tmp_path / "a").write_bytes(bytes(PART_BYTES + 1))
    s3 = Recorder(refuse="upload_part")
    with pytest.raises(KeyboardInterrupt):
        put(s3, tmp_path / "a")
    assert [name for name, _, _ in s3.calls] == ["create_multipart_upload", "upload_part", "abort_multipart_upload"]


def _pipe(path):
    os.mkfifo(path)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(path))


def _dead_link(path):
    path.symlink_to("gone")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_pipe, "a pipe; only regular files are uploaded"),
        (_socket, "a socket; only regular files are uploaded"),
        (lambda path: path.mkdir(), "a folder; only regular files are uploaded"),
        (_dead_link, "No such file or directory"),
        (lambda path: path.symlink_to("/dev/zero"), "a device; only regular files are uploaded"),
    ],
    ids=["pipe", "socket", "folder", "dead link", "device"],
)
def test_what_is_not_a_file_is_named_and_not_waited_for(tmp_path, monkeypatch, make, why):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    make(tmp_path / "a")
    with pytest.raises(UnreadableFile) as refused:
        put(Recorder(), tmp_path / "a")
    assert str(refused.value) == f"{tmp_path / 'a'}: {why}"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("é" * (MAX_KEY_BYTES // 2 + 1), "the key has 1,026 bytes; S3 takes at most 1,024"),
        ("caf\udce9.jpg", "the name is not UTF-8, and S3's keys are"),
    ],
)
def test_a_key_that_s3_does_not_take_is_named(tmp_path, key, why):
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(UnreadableFile, match=why):
        put(Recorder(), tmp_path / "a", key)
