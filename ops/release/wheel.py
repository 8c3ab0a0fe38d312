"""The wheel of a release: the same bytes for the same commit."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from ops.errors import CommandError, Exit
from ops.packaging import zips
from ops.show import quote

_LEVEL: Final = 6


def build(out: Path, root: Path) -> Path:
    """Build the wheel of a checkout.

    It is built from a copy of the files that git knows: a checkout's build/ may have modules that are no more. Then it
    is written again with the date and the permissions of zips, since setuptools takes those of the files.

    Args:
        out: The folder that it is written into.
        root: The repository's top.

    Raises:
        CommandError: git does not know the files, or they cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="wheel-") as folder:
        copy, dist = Path(folder) / "copy", Path(folder) / "dist"
        listed = _run(["git", "-C", str(root), "ls-files", "-z"])
        for name in filter(None, listed.split("\0")):
            if (root / name).exists():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, copy / name, follow_symlinks=False)
        options = ["--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(dist)]
        _run([sys.executable, "-m", "uv", "build", *options, str(copy)])
        (made,) = dist.glob("*.whl")
        with zipfile.ZipFile(made) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        fresh = out / made.name
        zips.append(fresh, files, _LEVEL)
    return fresh


def _run(command: list[str]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        quote(ran.stderr)
        raise CommandError("the wheel cannot be built", Exit.FAILURE)
    return ran.stdout
