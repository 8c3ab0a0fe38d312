"""`make package`: each service as a zip for Lambda, the same bytes for the same commit."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ops import settings as pipeline_settings
from ops.errors import CommandError, Exit
from ops.names import STAGES
from ops.settings import ROOT, PipelineSettings
from ops.show import note, print_table
from ops.sources import files_of
from shared.errors import BadSetting

Target = Literal["lambda", "host"]

# Lambda's python3.13 on arm64 is Amazon Linux 2023, whose glibc is 2.34.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
LAMBDA_PYTHON: Final = (3, 13)
_UV_PLATFORM: Final = "aarch64-manylinux_2_28"
_PIP_PLATFORMS: Final = ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")

# Where Lambda unpacks a zip: what tracebacks show, and the same wherever the zip was built.
_TASK_ROOT: Final = "/var/task"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644
# Deflate: for Lambda as small as pays; for this machine as fast as goes.
_LEVELS: Final[dict[Target, int]] = {"lambda": 6, "host": 1}

# What installers leave that differs from run to run, and what no function reads.
_RECORDS: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "WHEEL"})
_DEAD_SUFFIXES: Final = frozenset({".pyi", ".pyc", ".pyx", ".c", ".h"})
_DEAD_FOLDERS: Final = frozenset({"__pycache__", "bin", "tests"})

# Compiles every file that it is told of on stdin, as Lambda will find it. Unchecked: nothing is compared at start.
_COMPILER: Final = """
import json, py_compile, sys
for source, target, shown in json.load(sys.stdin):
    py_compile.compile(source, cfile=target, dfile=shown, doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """A zip that was built.

    Args:
        path: where it is.
        size_bytes: of the zip.
        sha256: of its bytes, hexadecimal.
        compiled: whether it holds .pyc files.
    """

    path: Path
    size_bytes: int
    sha256: str
    compiled: bool


def build(
    service: str, *, target: Target, out_dir: Path, settings: PipelineSettings | None = None, root: Path = ROOT
) -> Packaged:
    """Build the zip of a service.

    Args:
        service: resize, watermark or store.
        target: lambda for arm64 and python3.13; host for this machine and this Python, which the local AWS runs.
        out_dir: where <service>.zip goes.
        settings: pipeline.yaml; None for the repository's.
        root: the repository's top.

    Raises:
        CommandError: a package cannot be installed, or the watermark's image is not there.
    """
    settings = settings or pipeline_settings.load()
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        tree = Path(folder)
        packages = _packages(service, target, root)
        shutil.copytree(packages, tree, dirs_exist_ok=True)
        for file in files_of(service, settings, root):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, tree / file)
        compiled = _compile(tree, target)
        path = out_dir / f"{service}.zip"
        _zip(tree, path, _LEVELS[target])
    data = path.read_bytes()
    return Packaged(path=path, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), compiled=compiled)


def _packages(service: str, target: Target, root: Path) -> Path:
    """The third-party packages of a service, installed once for each lock file and target."""
    requirements = root / "services" / service / "requirements.txt"
    version = LAMBDA_PYTHON if target == "lambda" else sys.version_info[:2]
    said = requirements.read_bytes() + repr((target, version, sorted(_DEAD_SUFFIXES), sorted(_DEAD_FOLDERS))).encode()
    cached = root / "build" / ".cache" / f"{service}-{target}-{hashlib.sha256(said).hexdigest()[:16]}"
    if not cached.is_dir():
        note(f"installing the packages of {service} for {target}")
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{service}-", dir=cached.parent) as folder:
            fresh = Path(folder) / "packages"
            _install(requirements, fresh, target)
            _strip(fresh)
            try:
                fresh.rename(cached)
            except OSError:  # another build was faster
                if not cached.is_dir():
                    raise
    return cached


def _install(requirements: Path, folder: Path, target: Target) -> None:
    uv = _uv()
    python = ".".join(map(str, LAMBDA_PYTHON))
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--no-config", "--python", sys.executable]
        foreign = ["--python-platform", _UV_PLATFORM, "--python-version", python]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        platforms = [word for platform in _PIP_PLATFORMS for word in ("--platform", platform)]
        foreign = [*platforms, "--python-version", python, "--implementation", "cp"]
    command += ["--target", str(folder), "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["-r", str(requirements)]
    if target == "lambda":
        command += foreign
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CommandError(f"{requirements} cannot be installed for {target}:\n{result.stderr.strip()}", Exit.PARTIAL)


def _strip(folder: Path) -> None:
    """Take out what differs from run to run, and what no function reads. Licences stay."""
    for path in sorted(folder.rglob("*"), reverse=True):
        record = path.parent.suffix == ".dist-info" and path.name in _RECORDS
        if path.is_file() and (record or path.suffix in _DEAD_SUFFIXES or path.name == ".lock"):
            path.unlink()
        elif path.is_dir() and (path.name in _DEAD_FOLDERS or not any(path.iterdir())):
            shutil.rmtree(path)


def _compile(tree: Path, target: Target) -> bool:
    """Put a .pyc beside every module; False where no Python of the target's version is at hand."""
    python = sys.executable if target == "host" else _lambda_python()
    if python is None:
        note("no python3.13 here: the zips hold no .pyc, and start more slowly on Lambda")
        return False
    major, minor = sys.version_info[:2] if target == "host" else LAMBDA_PYTHON
    work = []
    for source in sorted(tree.rglob("*.py")):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-{major}{minor}.pyc"
        compiled.parent.mkdir(exist_ok=True)
        work.append((str(source), str(compiled), f"{_TASK_ROOT}/{source.relative_to(tree).as_posix()}"))
    # The same hash seed gives the same order of sets in the code, and so the same bytes.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [python, "-I", "-S", "-c", _COMPILER], input=json.dumps(work), text=True, check=True, env=environment
    )
    return True


def _lambda_python() -> str | None:
    """A Python of Lambda's version: LAMBDA_PYTHON, this one, one on PATH, or one that pyenv or uv manages."""
    version = ".".join(map(str, LAMBDA_PYTHON))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    managed = Path.home() / ".local" / "share" / "uv" / "python"
    candidates = [
        os.environ.get("LAMBDA_PYTHON"),
        sys.executable,
        shutil.which(f"python{version}"),
        *map(str, sorted(pyenv.glob(f"{version}*/bin/python{version}"))),
        *map(str, sorted(managed.glob(f"cpython-{version}*/bin/python{version}"))),
    ]
    return next((python for python in candidates if python and _is_lambda_s(python)), None)


def _is_lambda_s(python: str) -> bool:
    """Asked, since a name on PATH may be a version manager's shim that leads nowhere."""
    question = "import sys; print(*sys.version_info[:2])"
    asked = subprocess.run([python, "-I", "-c", question], capture_output=True, text=True, check=False)
    return asked.stdout.split() == [str(part) for part in LAMBDA_PYTHON]


def _uv() -> str | None:
    return shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def _zip(tree: Path, path: Path, level: int) -> None:
    """A zip of a folder that depends on nothing but what is in it: names in order, one time, one mode."""
    fresh = path.with_suffix(".zip.part")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for file in sorted(each for each in tree.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), _EPOCH)
            entry.external_attr = _FILE_MODE << 16
            entry.create_system = 3  # Unix, whatever this machine is
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, level)
    fresh.replace(path)


def main(argv: Sequence[str] | None = None) -> int:
    """Build the zips that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m ops.package", description="Build the services' zips.")
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="default: all three")
    parser.add_argument("--target", choices=("lambda", "host"), default="lambda")
    parser.add_argument("--out", type=Path, help="default: build/<target>")
    args = parser.parse_args(argv)
    unknown = set(args.services) - set(STAGES)
    if unknown:
        note(f"{', '.join(sorted(unknown))}: no such service; there are {', '.join(STAGES)}")
        return Exit.USAGE
    out_dir = args.out or ROOT / "build" / args.target
    try:
        built = [build(service, target=args.target, out_dir=out_dir) for service in args.services or STAGES]
    except (CommandError, BadSetting) as error:
        note(f"package: {error}")
        return error.code if isinstance(error, CommandError) else Exit.USAGE
    rows = [(os.path.relpath(each.path), f"{each.size_bytes:,}", each.sha256) for each in built]
    print_table(("ZIP", "BYTES", "SHA-256"), rows)
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
