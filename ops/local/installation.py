"""Installs the emulator where no `make setup` does: its locked packages, in a virtual environment of their own."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from ops.errors import CommandError, Exit
from ops.local.emulator import PYTHON
from ops.places import IN_CHECKOUT, shipped
from ops.show import note, quote

_LOCK: Final = "requirements/emulator.txt"


def prepare(python: Path = PYTHON, *, in_checkout: bool = IN_CHECKOUT) -> None:
    """Install the emulator unless it is there as this version has it; a checkout leaves that to `make setup`.

    Args:
        python: The interpreter of its virtual environment.
        in_checkout: Whether this is a checkout.

    Raises:
        CommandError: there is no uv, or a package cannot be installed.
    """
    if in_checkout:
        return
    lock, folder = shipped(_LOCK), python.parents[1]
    done = folder / ".ready"
    # Another Python of the user's has another folder of packages in it.
    state = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if done.is_file() and done.read_text(encoding="ascii") == state:
        return
    note("installing the local AWS, once")
    shutil.rmtree(folder, ignore_errors=True)
    _uv("venv", "--quiet", "--python", sys.executable, str(folder))
    # Every start of a function would compile the AWS SDK again: half of the CPU that it takes.
    options = ("--quiet", "--no-deps", "--require-hashes", "--compile-bytecode")
    _uv("pip", "install", *options, "--python", str(python), "--requirement", str(lock))
    done.write_text(state, encoding="ascii")


def _uv(*words: str) -> None:
    """Run uv, which the extra "local" installs beside this Python."""
    try:
        result = subprocess.run([sys.executable, "-m", "uv", *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise CommandError(f"uv does not run: {error}", Exit.FAILURE) from error
    if result.returncode != 0:
        quote(result.stderr)
        raise CommandError("the local AWS cannot be installed", Exit.FAILURE)
