"""The third-party packages of a service, installed once for each lock file, without what no service reaches."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from packaging.markers import Marker

from ops.errors import CommandError, Exit
from ops.packaging import zips
from ops.packaging.bytecode import Compiler, version_of
from ops.places import written
from ops.settings import Architecture, Runtime
from ops.show import note, quote

Target = Literal["lambda", "host"]

# Deflate: for Lambda as small as pays; for this machine as fast as goes.
LEVELS: Final[dict[Target, int]] = {"lambda": 6, "host": 1}

# Lambda's names for processors, and those of wheels.
_MACHINES: Final[dict[Architecture, str]] = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda's python3.13 and python3.14 are Amazon Linux 2023, whose glibc is 2.34.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_LIBRARIES: Final = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")

# What installers leave that differs from run to run, and what no function reads. METADATA and licences stay.
_RECORDS: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "WHEEL"})
_DEAD_SUFFIXES: Final = frozenset({".pyi", ".pyc", ".pyx", ".c", ".h"})
_DEAD_FOLDERS: Final = frozenset({"__pycache__", "tests"})

# Formats that services open or write; Pillow asks for PPM at its start. The other plug-ins are doors for hostile files:
# EPS would start Ghostscript.
PLUGINS: Final = ("Avif", "Bmp", "Gif", "Jpeg", "Jpeg2K", "Mpo", "Png", "Ppm", "Tiff", "WebP")

# What no service reaches; tests/packages/test_zips.py follows every import to prove it.
UNUSED: Final = (
    # Powertools: what needs Pydantic, which no zip holds, is for other kinds of functions, or costs more at start than
    # it spares: batch loads asyncio and every event that there is, for an answer of one line (shared/runner/event.py).
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/metrics/provider/datadog",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/batch",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_classes",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/parser",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    # isal: its command line and its gzip files; of the library's own files the licence stays.
    "isal/igzip.py",
    "isal/igzip_threaded.py",
    "isal/isa-l/*.md",
    "isal/isa-l/*.txt",
    # Pillow: screens, printers and window systems.
    "PIL/ImageGrab.py",
    "PIL/ImageMorph.py",
    "PIL/ImageQt.py",
    "PIL/ImageShow.py",
    "PIL/ImageTk.py",
    "PIL/PSDraw.py",
    "PIL/PdfParser.py",
    "PIL/_imagingmorph.*.so",
    "PIL/_imagingtk.*.so",
    "PIL/_tkinter_finder.py",
)


@dataclass(frozen=True)
class Platform:
    """What a function runs on.

    Args:
        architecture: Lambda's processor.
        runtime: Lambda's Python.
    """

    architecture: Architecture = "arm64"
    runtime: Runtime = "python3.13"


# What pipeline.yaml has where it does not differ.
DEFAULT: Final = Platform()


_LOCK: Final = "requirements.txt"
# The services whose zips have more packages by choice alone. The lock file of each extra has all that requirements.txt
# has, in the versions of dev.txt, so that two are installed together.
_WITH_EXTRAS: Final = frozenset({"resize", "watermark"})
# Pure Python that is published without a wheel. It is built with what is installed here, which make setup has checked;
# without pkgconfig it compiles nothing.
_WITHOUT_WHEEL: Final = "pyvips"


def locks_of(service: str, extras: Sequence[str]) -> tuple[str, ...]:
    """The names of the lock files that a service's zip is built from, with codecs that are in it by choice alone."""
    chosen = tuple(f"requirements-{extra}.txt" for extra in sorted(extras)) if service in _WITH_EXTRAS else ()
    return chosen or (_LOCK,)


def archive(
    service: str,
    target: Target,
    compiler: Compiler | None,
    root: Path,
    platform: Platform = DEFAULT,
    *,
    locks: Sequence[str] = (_LOCK,),
) -> Path:
    """The zip of a service's third-party packages; it is kept, so only a changed lock file installs again.

    Args:
        service: resize, watermark or store.
        target: lambda or host.
        compiler: that makes the .pyc files; None for none.
        root: the repository's top.
        platform: what the function runs on; of no account for host.
        locks: names of the lock files in the service's folder.

    Raises:
        CommandError: a package cannot be installed.
    """
    requirements = [root / "services" / service / lock for lock in locks]
    cache = written(root) / "build" / ".cache"
    kind = "-".join(
        [service, *(Path(lock).stem.removeprefix("requirements-") for lock in locks if lock != _LOCK), target]
    )
    if target == "lambda":
        kind += f"-{platform.architecture}-{platform.runtime}"
    cached = cache / f"{kind}-{_fingerprint(requirements, target, compiler, platform)}.zip"
    if not cached.is_file():
        note(f"installing the packages of {service} for {target}")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{service}-", dir=cache) as folder:
            packages = Path(folder) / "packages"
            _install(requirements, packages, target, platform)
            strip(packages)
            files = {path.relative_to(packages).as_posix(): path for path in packages.rglob("*") if path.is_file()}
            compiled = compiler.compiled(files) if compiler else {}
            fresh = Path(folder) / cached.name
            zips.append(fresh, {name: path.read_bytes() for name, path in files.items()} | compiled, LEVELS[target])
            fresh.replace(cached)
        for old in cache.glob(f"{kind}-*.zip"):
            if old != cached:
                old.unlink(missing_ok=True)
    return cached


def _fingerprint(requirements: Sequence[Path], target: Target, compiler: Compiler | None, platform: Platform) -> str:
    """Of everything that the packages' zip depends on."""
    rules = (_DEAD_SUFFIXES, _DEAD_FOLDERS, _RECORDS)
    inputs = (
        [path.read_bytes() for path in requirements],
        target,
        platform.architecture if target == "lambda" else None,
        LEVELS[target],
        sys.version_info[:2] if target == "host" else platform.runtime,
        compiler and compiler.version,
        [sorted(rule) for rule in rules],
        PLUGINS,
        UNUSED,
    )
    return hashlib.sha256(repr(inputs).encode()).hexdigest()[:16]


def _install(requirements: Sequence[Path], folder: Path, target: Target, platform: Platform) -> None:
    uv = _uv()
    python, machine = version_of(platform.runtime), _MACHINES[platform.architecture]
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable]
        foreign = ["--python-platform", f"{machine}-{_LIBRARIES[0]}", "--python-version", python]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        platforms = [word for library in _LIBRARIES for word in ("--platform", f"{library}_{machine}")]
        foreign = [*platforms, "--python-version", python, "--implementation", "cp"]
    command += ["--target", str(folder), "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--no-binary", _WITHOUT_WHEEL, "--no-build-isolation"]
    for number, lock in enumerate(requirements):
        applying = lock
        if target == "lambda" and uv is None:
            # pip takes a requirement's conditions for those of this machine.
            applying = folder.with_name(f"applying-{number}.txt")
            applying.write_text(_applying(lock.read_text(encoding="utf-8"), machine, python), encoding="utf-8")
        command += ["-r", str(applying)]
    if target == "lambda":
        command += foreign
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        quote(result.stderr)
        names = " and ".join(map(str, requirements))
        raise CommandError(f"{names} cannot be installed for {target}", Exit.PARTIAL)


def _applying(locked: str, machine: str, python: str) -> str:
    """The requirements of a lock file that apply on Lambda."""
    environment = {
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    kept = []
    # A requirement begins a line; its hashes and where it comes from are indented below.
    for requirement in re.split(r"\n(?=\S)", locked):
        _, semicolon, condition = requirement.partition("\n")[0].removesuffix("\\").partition(";")
        if not semicolon or Marker(condition.strip()).evaluate(environment):
            kept.append(requirement)
    return "\n".join(kept)


def _uv() -> str | None:
    """Beside this Python, else on PATH; USE_PIP leaves it aside, as it does in the Makefile."""
    if os.environ.get("USE_PIP"):
        return None
    return shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def strip(folder: Path) -> None:
    """Take out of installed packages what differs from run to run, and what no service reaches. Licences stay."""
    for path in unused(folder):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        record = path.parent.suffix == ".dist-info" and path.name in _RECORDS
        if path.is_file() and (record or path.suffix in _DEAD_SUFFIXES or path.name == ".lock"):
            path.unlink()
        elif path.is_dir() and (path.name in _DEAD_FOLDERS or not any(path.iterdir())):
            shutil.rmtree(path)


def unused(folder: Path) -> Iterator[Path]:
    """What of installed packages no service reaches."""
    for pattern in UNUSED:
        yield from list(folder.glob(pattern))
    kept = {f"{plugin}ImagePlugin.py" for plugin in PLUGINS}
    yield from (path for path in list(folder.glob("PIL/*ImagePlugin.py")) if path.name not in kept)
