"""Environments of the contestants: a folder each under build/bench, made from locks with hashes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from ops.show import note

ROOT: Final = Path(__file__).resolve().parents[1]
HERE: Final = ROOT / "bench"
WORKERS: Final = HERE / "workers"
BUILD: Final = ROOT / "build" / "bench"
LOCKS: Final = ROOT / "requirements" / "bench"


class CannotInstall(Exception):
    """Raised if a contestant cannot be installed on this machine.

    Args:
        message: what is missing.
    """


def python_of(lock: str) -> Path:
    """The interpreter of a virtual environment with the packages of a lock file; made if it does not exist.

    Args:
        lock: name of a file in requirements/bench, without its suffix.

    Raises:
        CannotInstall: a package of the lock is not available.
    """
    folder, wanted = BUILD / lock, (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    python, ready = folder / "bin" / "python", folder / ".ready"
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return python
    note(f"installing {lock} into {folder.relative_to(ROOT)}")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    uv = Path(sys.executable).with_name("uv")
    install = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
    if not uv.exists():
        install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-user"]
    _run([*install, "--no-deps", "--require-hashes", "-r", str(LOCKS / f"{lock}.txt")])
    ready.write_text(wanted, encoding="utf-8")
    return python


def sharp_command(script: Path) -> tuple[str, str]:
    """The command that runs a script with sharp, which is installed from package-lock.json.

    Args:
        script: script for Node, with a unique name.

    Raises:
        CannotInstall: node or npm is missing, or the packages are not available.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise CannotInstall("node and npm are not installed")
    folder, source = BUILD / "sharp", HERE / "sharp"
    wanted, ready = (source / "package-lock.json").read_text(encoding="utf-8"), folder / ".ready"
    if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted:
        note(f"installing sharp into {folder.relative_to(ROOT)}")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, folder / name)
        _run([npm, "ci", "--silent"], cwd=folder)
        ready.write_text(wanted, encoding="utf-8")
    # Node looks for packages in the script's folder.
    shutil.copy(script, folder / script.name)
    return node, str(folder / script.name)


def _run(command: list[str], cwd: Path | None = None) -> None:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        last = (result.stderr or result.stdout).strip().splitlines()[-1:] or ["no reason is given"]
        raise CannotInstall(f"{Path(command[0]).name} failed: {last[0]}")


def allocator_of(root: Path) -> dict[str, str]:
    """The environment variables with which a build's functions set glibc's allocator.

    Args:
        root: folder of the build; it has a .venv.

    Raises:
        CannotInstall: the build does not say.
    """
    program = "import json; from ops.settings import ALLOCATOR; print(json.dumps(dict(ALLOCATOR)))"
    command = [str(root / ".venv" / "bin" / "python"), "-c", program]
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if made.returncode:
        reason = (made.stderr.strip() or "no output").splitlines()[-1]
        raise CannotInstall(f"{root.name} has no allocator settings: {reason}")
    settings: dict[str, str] = json.loads(made.stdout)
    return settings
