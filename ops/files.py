"""Files that are whole at every moment: written beside, put on the disk, and then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def written_whole(path: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A file to write to, which takes the place of the one at `path` when the context ends without an error.

    Whoever reads `path`, and a process that is killed at any moment, finds the old file or the new one, never a part.

    Args:
        path: of the file; its folder must exist.
        encoding: of the text.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_whole(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text, whole or not at all; its folder must exist."""
    with written_whole(path, encoding=encoding) as file:
        file.write(text)


def sync_folder(folder: Path) -> None:
    """Let a folder's new files outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
