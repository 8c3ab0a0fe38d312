"""What a cold start costs: the CPU of a fresh interpreter that imports one function from its zip."""

import compileall
import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.environments import BUILD
from bench.figures import Spread, ratios, spread
from bench.worker import pinned
from ops import settings
from ops.local.stack import build_zips
from ops.names import SERVICES
from ops.settings import ALLOCATOR
from ops.show import note

# Packages of Lambda's Python runtime.
_SDK: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_PACKAGES: Final = ("aws_lambda_powertools", "typing_extensions", "PIL", "pi_heif")
_WHEELS: Final = {"PIL": "pillow"}

# Lambda's environment of every function: without credentials the SDK would ask the machine for some, once per client.
_LAMBDA: Final[dict[str, str]] = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench",
    **ALLOCATOR,
}

# For a fair comparison, what imports everything also creates the clients that a function uses.
_READY: Final = "from services.{service} import handler; handler._runner()"
_IMPORT: Final = "import services.{service}.handler"
_CLIENT: Final = 'import boto3; boto3.client("s3")'
# A function that imports without care: Powertools with every utility that needs no further package, and Pillow with
# every format that it supports.
_EVERYTHING: Final = """
import boto3
for service in ("s3", "sqs", "sns", "dynamodb"):
    boto3.client(service)
from aws_lambda_powertools import Logger, Metrics, Tracer, event_handler
from aws_lambda_powertools.utilities import (
    batch, data_classes, feature_flags, idempotency, kafka, parameters, streaming, typing
)
from PIL import Image, ImageCms, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps, ImageSequence
import pi_heif
Image.init()
"""

BARE_PYTHON: Final = "Python alone"
BARE_CLIENT: Final = '`boto3.client("s3")` alone'
EVERYTHING: Final = "everything imported, without .pyc"
EVERYTHING_COMPILED: Final = "everything imported, with .pyc"


@dataclass(frozen=True, kw_only=True)
class Start:
    """The start of one function, in CPU seconds.

    Args:
        imported: CPU of `import services.X.handler`.
        ready: the import, and what the first invocation does before its first message: settings are read, and the
            clients that every image needs are created.
        share: ratio of ready to everything, round by round.
    """

    imported: Spread
    ready: Spread
    share: Spread


@dataclass(frozen=True, kw_only=True)
class Starts:
    """All starts.

    Args:
        functions: starts by service.
        others: CPU seconds of the comparisons, by their description.
    """

    functions: Mapping[str, Start]
    others: Mapping[str, Spread]


def measure(rounds: int) -> Starts:
    """Start each function many times, with the contents of its zip and with everything."""
    note(f"starts: {rounds} rounds")
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="starts-", dir=BUILD) as name:
        probes = _probes(Path(name))
        # The first round reads the files from the disk.
        runs = [{name: _cpu_seconds(*probe) for name, probe in probes.items()} for _ in range(rounds + 1)][1:]
    cpu = {name: [run[name] for run in runs] for name in probes}
    return Starts(
        functions={
            service: Start(
                imported=spread(cpu[f"{service} imported"]),
                ready=spread(cpu[f"{service} ready"]),
                share=ratios(cpu[f"{service} ready"], cpu[EVERYTHING]),
            )
            for service in SERVICES
        },
        others={name: spread(cpu[name]) for name in (BARE_PYTHON, BARE_CLIENT, EVERYTHING_COMPILED, EVERYTHING)},
    )


def _probes(folder: Path) -> dict[str, tuple[str, Sequence[Path], Mapping[str, str]]]:
    """The probes: code, folders of its modules, and its environment, by name."""
    sdk = _copied(_SDK, folder / "sdk", compiled=True)
    whole = _copied((*_SDK, *_PACKAGES), folder / "whole", compiled=False)
    whole_compiled = _copied((*_SDK, *_PACKAGES), folder / "whole-compiled", compiled=True)
    probes: dict[str, tuple[str, Sequence[Path], Mapping[str, str]]] = {
        BARE_PYTHON: ("pass", [], {}),
        BARE_CLIENT: (_CLIENT, [sdk], _LAMBDA),
        EVERYTHING_COMPILED: (_EVERYTHING, [whole_compiled], _LAMBDA),
        EVERYTHING: (_EVERYTHING, [whole], _LAMBDA),
    }
    for service, path in build_zips().items():
        task = folder / service
        with zipfile.ZipFile(path) as archive:
            archive.extractall(task)
        environment = settings.placeholders(settings.load(), service) | _LAMBDA
        probes[f"{service} imported"] = (_IMPORT.format(service=service), [task, sdk], environment)
        probes[f"{service} ready"] = (_READY.format(service=service), [task, sdk], environment)
    return probes


def _copied(packages: Sequence[str], folder: Path, *, compiled: bool) -> Path:
    """Packages of this environment alone, with or without their .pyc files."""
    folder.mkdir()
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise RuntimeError(f"{name} is not installed")
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            # Libraries of a wheel are beside its package.
            for beside in origin.parent.parent.glob(f"{_WHEELS.get(name, name)}.libs"):
                shutil.copytree(beside, folder / beside.name)
        else:
            shutil.copy(origin, folder / origin.name)
    if compiled:
        compileall.compile_dir(folder, quiet=2)
    return folder


def _cpu_seconds(code: str, path: Sequence[Path], environment: Mapping[str, str]) -> float:
    """CPU seconds of a fresh interpreter that has only these folders on its path."""
    reported = f"import sys; sys.path[:0] = {[str(each) for each in path]!r}\n{code}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # -B: /var/task is read-only on Lambda, so nothing compiled is kept there.
    command = [*pinned(), sys.executable, "-I", "-S", "-B", "-c", reported]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"a start ended with {result.returncode}:\n{result.stderr.strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
