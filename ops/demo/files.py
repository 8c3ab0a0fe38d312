"""Keys as names of files: an S3 key may hold "..", a leading slash, or more than a file system takes."""

import hashlib
import shutil
from pathlib import Path
from typing import Final
from urllib.parse import quote

# What the demo writes into its folder, and so may remove from it.
MADE: Final = ("renditions", "notices", "results.json")
_LONGEST_NAME_BYTES: Final = 200
_KEPT: Final = 120


def path_of(key: str, folder: Path) -> Path:
    """Where an output of this key goes: the key itself wherever that is harmless, else a name like it."""
    parts = [_part(part) for part in key.split("/")]
    return folder.joinpath(*parts)


def clear(folder: Path) -> None:
    """Remove what an earlier demo wrote, and nothing else."""
    for name in MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for page in folder.glob("contact-sheet*.png"):
        page.unlink()


def _part(part: str) -> str:
    safe = "".join(char if char.isprintable() and char not in '\\:*?"<>|' else quote(char) for char in part)
    if safe in {"", ".", ".."}:
        safe = "_" + safe.replace(".", "%2E")
    if len(safe.encode()) > _LONGEST_NAME_BYTES:
        number = hashlib.sha256(part.encode()).hexdigest()[:12]
        safe = f"{safe[:_KEPT].encode()[:_KEPT].decode(errors='ignore')}~{number}{Path(safe).suffix[:10]}"
    return safe
