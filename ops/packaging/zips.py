"""Zips that depend on nothing but what is in them: names in order, one time, one mode."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644
_UNIX: Final = 3


def append(path: Path, files: Mapping[str, bytes], level: int) -> None:
    """Put files at the end of a zip, which is made where there is none.

    Args:
        path: of the zip.
        files: the bytes by their names in the zip.
        level: of deflate, 1 (fast) to 9 (small).
    """
    with zipfile.ZipFile(path, "a") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _FILE_MODE << 16
            entry.create_system = _UNIX  # whatever this machine is
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, level)
