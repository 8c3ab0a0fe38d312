"""Who is measured: each is installed into a folder of its own, and answers as a worker."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
HERE: Final = ROOT / "bench"
BUILD: Final = ROOT / "build" / "bench"
LOCKS: Final = ROOT / "requirements" / "bench"

# What an interpreter's libraries may start: one thread, since everything is pinned to one core.
_ONE_THREAD: Final = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "UV_THREADPOOL_SIZE": "4"}


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One chain of image processing.

    Args:
        name: in the results.
        command: of its worker.
        formats: that it can do.
    """

    name: str
    command: tuple[str, ...]
    kinds: tuple[str, ...] = ("jpeg", "png", "gif", "webp")


class Worker:
    """A contestant's process, warm, pinned to one core.

    Args:
        contestant: which.
        core: that it may run on; None for any.
    """

    def __init__(self, contestant: Contestant, core: int | None = 0) -> None:
        self.contestant = contestant
        pin = ["taskset", "--cpu-list", str(core)] if core is not None and shutil.which("taskset") else []
        environment = os.environ | _ONE_THREAD | {"PYTHONPATH": f"{HERE / 'workers'}{os.pathsep}{ROOT}"}
        self._process = subprocess.Popen(
            [*pin, *contestant.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self.version: str = self._read()["version"]

    def run(self, path: Path, kind: str, *, logo: Path | None, out: Path | None = None) -> Mapping[str, float]:
        """One image through the chain.

        Returns:
            {"cpu": seconds, "wall": seconds, "bytes": of the result, "rss": most bytes held so far}
        """
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - for the type checker: it was asked for
        request = {
            "path": str(path),
            "kind": kind,
            "logo": None if logo is None else str(logo),
            "out": None if out is None else str(out),
        }
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return self._read()

    def end(self) -> None:
        """Let the process end."""
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - as above
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"the worker of {self.contestant.name} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def install() -> list[Contestant]:
    """Install everyone who is not there yet; who cannot be installed is left out, and that is said."""
    ours = Contestant(name="this pipeline", command=(sys.executable, str(HERE / "workers" / "ours.py")))
    others = [
        _python("naive Pillow", "naive", "naive.py"),
        _sharp(),
        _python("pyvips", "pyvips", "pyvips_chain.py"),
        _python("thumbor", "thumbor", "thumbor_chain.py"),
        _python("floor", "floor", "floor.py", kinds=("jpeg",)),
    ]
    return [ours, *filter(None, others)]


def python_of(lock: str) -> str:
    """The interpreter of a virtual environment with what a lock file holds, made where it is not there."""
    folder, wanted = BUILD / lock, LOCKS / f"{lock}.txt"
    python, mark = folder / "bin" / "python", folder / ".ready"
    if not mark.exists() or mark.read_text() != wanted.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        uv = Path(sys.executable).with_name("uv")
        install = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
        if not uv.exists():
            install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-user"]
        subprocess.run([*install, "--no-deps", "--require-hashes", "-r", str(wanted)], check=True)
        mark.write_text(wanted.read_text())
    return str(python)


def _python(name: str, lock: str, worker: str, **options: Any) -> Contestant | None:  # noqa: ANN401 - the class's own
    try:
        python = python_of(lock)
    except subprocess.CalledProcessError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    return Contestant(name=name, command=(python, str(HERE / "workers" / worker)), **options)


def _sharp() -> Contestant | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        print("sharp is left out: it needs node and npm", file=sys.stderr)
        return None
    folder, source = BUILD / "sharp", HERE / "sharp"
    if not (folder / "node_modules" / "sharp").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, folder / name)
        try:
            subprocess.run([npm, "ci", "--silent"], cwd=folder, check=True)
        except subprocess.CalledProcessError as error:
            print(f"sharp is left out: {error}", file=sys.stderr)
            return None
    # Node looks for packages beside the script, so the script lies beside them.
    shutil.copy(source / "worker.mjs", folder / "worker.mjs")
    return Contestant(name="sharp", command=(node, str(folder / "worker.mjs")))
