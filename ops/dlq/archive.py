"""Messages kept in a file, one JSON object a line, on the disk before anything is deleted."""

import base64
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ops.dlq.received_messages import ReceivedMessage
from ops.files import sync_folder
from shared.dlq_messages import iso


def record(entry: ReceivedMessage) -> dict[str, Any]:
    """A message whole: what sends it back, in SQS's own form, and what finds it again."""
    return {
        "service": entry.service,
        "message_id": entry.message_id,
        "sent_at": iso(entry.sent_at),
        "error": entry.error,
        "reason": entry.reason,
        "key": entry.key,
        "version_id": entry.version_id,
        "image_id": entry.image_id,
        "attempts": entry.attempts,
        "first_failure": entry.first_failure,
        "replays": entry.replays,
        "batch": entry.batch,
        "body": entry.body,
        "attributes": {name: dict(map(_text, value.items())) for name, value in entry.attributes.items()},
    }


def line(value: Mapping[str, Any]) -> str:
    """One line of a file; ASCII, since keys may hold halves of characters that no file takes."""
    return json.dumps(value) + "\n"


class Archive:
    """Files of messages, made when the first message comes.

    Args:
        path_of: the file of a service's messages; what is in it stays.
    """

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of
        self._open: dict[Path, IO[str]] = {}
        self._stack = ExitStack()

    @property
    def paths(self) -> list[Path]:
        """The files that were written."""
        return list(self._open)

    def write(self, entries: Iterable[tuple[ReceivedMessage, str]], at: datetime) -> None:
        """Write messages, each with what is about to be done with it, and return when they are on the disk."""
        written = set()
        for entry, did in entries:
            path = self._path_of(entry.service)
            file = self._file(path)
            file.write(line({**record(entry), "did": did, "at": iso(at)}))
            written.add(path)
        for path in written:
            self._open[path].flush()
            os.fsync(self._open[path].fileno())

    def close(self) -> None:
        """Close the files."""
        self._stack.close()

    def _file(self, path: Path) -> IO[str]:
        if path not in self._open:
            path.parent.mkdir(parents=True, exist_ok=True)
            torn = _torn(path)
            self._open[path] = self._stack.enter_context(path.open("a", encoding="ascii"))
            if torn:
                self._open[path].write("\n")
            sync_folder(path.parent)
        return self._open[path]


def _torn(path: Path) -> bool:
    """Whether a file ends within a line: its writer was killed."""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def _text(item: tuple[str, Any]) -> tuple[str, Any]:
    """A part of an attribute; bytes in base64, as the AWS CLI takes them."""
    name, value = item
    return name, base64.b64encode(value).decode() if isinstance(value, bytes) else value
