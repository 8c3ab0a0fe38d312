"""The demo's folder: the file of each key, and the removal of an earlier demo's files."""

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ops.errors import CommandError, Exit
from ops.settings import ROOT

OUT: Final = ROOT / "out"

# The folder of the demo's own images, which stay there for the commands that follow it.
SAMPLES: Final = "samples"

# A folder with this file in it is the demo's own: what is in it may go.
_MARK: Final = ".image-pipeline-demo"
_MADE: Final = re.compile(r"samples|renditions|notices|results\.json|contact-sheet(-\d+)?\.png")

_FOREIGN: Final = frozenset('\\:*?"<>|')
_MAX_NAME_BYTES: Final = 200
_KEPT_BYTES: Final = 120
_KEPT_SUFFIX: Final = 10


def path_of(key: str, folder: Path) -> Path:
    """Path of the file for a key, always within the folder.

    It is the key itself if that is safe on every file system; else a similar name with a hash, so that no two keys
    share a file.
    """
    return folder.joinpath(*map(_part, key.split("/")))


def write(key: str, body: bytes, folder: Path) -> Path:
    """Write the file of a key; if a folder already has its name, use a name with a hash."""
    path = path_of(key, folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        path = folder / _hashed(key.replace("/", "_"), key)
        path.write_bytes(body)
    return path


def prepare(folder: Path, images: Iterable[Path]) -> None:
    """Create the folder that the demo writes to, and remove an earlier demo's files from it, but its samples.

    Raises:
        CommandError: a file to remove is not the demo's, or is one of the images to be uploaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = sorted(path for path in folder.iterdir() if _MADE.fullmatch(path.name))
    mark = folder / _MARK
    if old and not mark.exists() and folder.resolve() != OUT.resolve():
        raise CommandError(f"{old[0]} is there, and no demo wrote it: --out names another folder", Exit.USAGE)
    old = [path for path in old if path.name != SAMPLES]
    going = [path.resolve() for path in old]
    for image in images:
        # A link in there goes as its target does.
        for spelled in (image.resolve(), image.parent.resolve() / image.name):
            if any(spelled.is_relative_to(path) for path in going):
                raise CommandError(
                    f"{image} is what an earlier demo wrote, and would go: --out names another folder", Exit.USAGE
                )
    mark.touch()
    for path in old:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _part(part: str) -> str:
    safe = "".join(
        char if char.isprintable() and char not in _FOREIGN else quote(char, errors="backslashreplace") for char in part
    )
    if safe in {"", ".", ".."}:
        safe = "_" + safe.replace(".", "%2E")
    return safe if safe == part and len(safe.encode()) <= _MAX_NAME_BYTES else _hashed(safe, part)


def _hashed(safe: str, whole: str) -> str:
    number = hashlib.sha256(whole.encode(errors="backslashreplace")).hexdigest()[:12]
    name = Path(safe)
    return f"{name.stem.encode()[:_KEPT_BYTES].decode(errors='ignore')}~{number}{name.suffix[:_KEPT_SUFFIX]}"
