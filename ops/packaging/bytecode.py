"""The .pyc beside every module of a zip, so that a cold start compiles nothing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from ops.errors import CommandError, Exit
from ops.settings import Runtime
from ops.show import note, quote

# Where Lambda unpacks a zip: what tracebacks show, and the same wherever the zip was built.
TASK_ROOT: Final = "/var/task"

# Compiles every (source, .pyc, path to show) that it reads from stdin. Unchecked: nothing is compared at start.
# Since Python 3.11 sets are marshalled in order, so the bytes do not depend on the hash seed.
_COMPILE: Final = """
import json, py_compile, sys
for source, compiled, shown in json.load(sys.stdin):
    py_compile.compile(source, cfile=compiled, dfile=shown, doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """A Python that makes .pyc files.

    Args:
        python: the interpreter.
        version: such as "3.13.0": another patch release may write other bytes.
        tag: such as "cpython-313".
    """

    python: str
    version: str
    tag: str

    def compiled(self, files: Mapping[str, Path]) -> dict[str, bytes]:
        """The .pyc files of the modules among some files, by their names in the zip.

        Args:
            files: where each lies, by its name in the zip.

        Raises:
            CommandError: a module does not compile.
        """
        with tempfile.TemporaryDirectory(prefix="bytecode-") as folder:
            modules = sorted(name for name, path in files.items() if path.suffix == ".py")
            work = {self.name(name): Path(folder, str(number)) for number, name in enumerate(modules)}
            job = [
                (str(files[name]), str(target), f"{TASK_ROOT}/{name}")
                for name, target in zip(modules, work.values(), strict=True)
            ]
            command = [self.python, "-I", "-S", "-B", "-c", _COMPILE]
            result = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
            if result.returncode != 0:
                quote(result.stderr)
                raise CommandError("a module does not compile", Exit.PARTIAL)
            return {name: target.read_bytes() for name, target in work.items()}

    def name(self, module: str) -> str:
        """Where a module's .pyc is looked for."""
        path = PurePosixPath(module)
        return str(path.parent / "__pycache__" / f"{path.stem}.{self.tag}.pyc")


def host_compiler() -> Compiler:
    """This very Python."""
    return Compiler(
        python=sys.executable,
        version=".".join(map(str, sys.version_info[:3])),
        tag=sys.implementation.cache_tag,
    )


def version_of(runtime: Runtime) -> str:
    """The version of Python that a runtime of Lambda has, such as "3.13".

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    return runtime.removeprefix("python")


@cache
def lambda_compiler(runtime: Runtime = "python3.13") -> Compiler | None:
    """A Python of a runtime's version, if one is at hand: this one, one on PATH, or one that pyenv or uv manages."""
    version = version_of(runtime)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    managed = Path.home() / ".local" / "share" / "uv" / "python"
    candidates = [
        os.environ.get("LAMBDA_PYTHON"),
        sys.executable,
        shutil.which(f"python{version}"),
        *map(str, sorted(pyenv.glob(f"{version}*/bin/python{version}"))),
        *map(str, sorted(managed.glob(f"cpython-{version}*/bin/python{version}"))),
    ]
    for python in filter(None, candidates):
        found = _version(python)
        if found is not None and ".".join(map(str, found[:2])) == version:
            return Compiler(python=python, version=".".join(map(str, found)), tag=f"cpython-{version.replace('.', '')}")
    note(f"no python{version} here: the zips hold no .pyc, and start more slowly on Lambda")
    return None


def _version(python: str) -> tuple[int, ...] | None:
    """Asked, since a name on PATH may be a version manager's shim that leads nowhere."""
    question = "import sys; print(sys.implementation.name == 'cpython', *sys.version_info[:3])"
    try:
        answer = subprocess.run([python, "-I", "-S", "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return None
    right, *version = answer.stdout.split() or ["False"]
    return tuple(map(int, version)) if right == "True" else None
