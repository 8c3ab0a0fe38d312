"""Messages kept in a file."""

import json
import os
from datetime import UTC, datetime

import pytest
from kit.dlq_messages import entry, message, source

from ops.dlq.archive import Archive
from ops.dlq.received_messages import message_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_message_is_kept_whole(tmp_path):
    archive = Archive(lambda service: tmp_path / "new" / f"{service}.jsonl")
    archive.write(
        [(entry(key="ü\n\u202e.jpg", error="E", more={"b": {"DataType": "Binary", "BinaryValue": b"\0"}}), "x")], AT
    )
    (kept,) = lines(tmp_path / "new" / "resize.jsonl")
    assert (kept["body"], kept["key"], kept["did"]) == (entry(key="ü\n\u202e.jpg").body, "ü\n\u202e.jpg", "x")
    assert kept["attributes"] == {
        "error": {"DataType": "String", "StringValue": "E"},
        "b": {"DataType": "Binary", "BinaryValue": "AA=="},
    }


def test_half_a_character_in_a_key_is_kept(tmp_path):
    body = json.dumps({"type": "image-resized", "schema": 1, "source": {}})
    archive = Archive(lambda _: tmp_path / "a.jsonl")
    archive.write([(message_of("watermark", message(body, key="\ud800"), max_receives=6), "x")], AT)
    assert lines(tmp_path / "a.jsonl")[0]["key"] == "\ud800"


def test_it_is_on_the_disk_when_write_returns(tmp_path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_size), real(handle)))
    archive = Archive(lambda _: tmp_path / "a.jsonl")
    archive.write([(entry(), "x")], AT)
    assert synced[-1] == (tmp_path / "a.jsonl").stat().st_size > 0


def test_what_a_killed_writer_left_spoils_no_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"whole": 1}\n{"tor')
    archive = Archive(lambda _: path)
    archive.write([(entry(), "x")], AT)
    archive.close()
    whole, torn, new = path.read_text().splitlines()
    assert (json.loads(whole), torn) == ({"whole": 1}, '{"tor')
    assert json.loads(new)["key"] == source().key


def test_no_message_makes_no_file(tmp_path):
    Archive(lambda _: tmp_path / "a.jsonl").write([], AT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Archive(lambda _: tmp_path / "file" / "a.jsonl").write([(entry(), "x")], AT)
