"""Letters kept in a file, one JSON object a line, on the disk before anything is deleted."""

import base64
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ops.dlq.letters import Letter
from ops.files import sync_folder
from shared.dead_letters import iso


def record(letter: Letter) -> dict[str, Any]:
    """A letter whole: what sends it back, in SQS's own form, and what finds it again."""
    return {
        "service": letter.service,
        "message_id": letter.message_id,
        "sent_at": iso(letter.sent_at),
        "error": letter.error,
        "reason": letter.reason,
        "key": letter.key,
        "version_id": letter.version_id,
        "image_id": letter.image_id,
        "attempts": letter.attempts,
        "first_failure": letter.first_failure,
        "replays": letter.replays,
        "batch": letter.batch,
        "body": letter.body,
        "attributes": {name: dict(map(_text, value.items())) for name, value in letter.attributes.items()},
    }


def line(value: Mapping[str, Any]) -> str:
    """One line of a file; ASCII, since keys may hold halves of characters that no file takes."""
    return json.dumps(value) + "\n"


class Archive:
    """Files of letters, made when the first letter comes.

    Args:
        path_of: the file of a service's letters; what is in it stays.
    """

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of
        self._open: dict[Path, IO[str]] = {}
        self._stack = ExitStack()

    @property
    def paths(self) -> list[Path]:
        """The files that were written."""
        return list(self._open)

    def write(self, letters: Iterable[tuple[Letter, str]], at: datetime) -> None:
        """Write letters, and return when they are on the disk.

        Args:
            letters: each with what is about to be done with it.
            at: the time.
        """
        written = set()
        for letter, did in letters:
            path = self._path_of(letter.service)
            file = self._file(path)
            file.write(line({**record(letter), "did": did, "at": iso(at)}))
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
