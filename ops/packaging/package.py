"""Each service as a zip for Lambda, the same bytes for the same commit."""

import hashlib
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops import places
from ops import settings as pipeline_settings
from ops.packaging import vendor, zips
from ops.packaging.bytecode import host_compiler, lambda_compiler
from ops.packaging.sources import files_of
from ops.packaging.vendor import LEVELS, Target
from ops.settings import ROOT, PipelineSettings
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings as WatermarkSettings
from shared import release

_RELEASE: Final = f"shared/{release.PACKED}"


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
        target: lambda for the Python and the processor that pipeline.yaml says; host for this machine and this Python,
            which the local AWS runs.
        out_dir: where <service>.zip goes.
        settings: pipeline.yaml; None for the repository's.
        root: the repository's top.

    Raises:
        BadSetting: pipeline.yaml has a wrong setting, or a watermark that cannot be drawn.
        CommandError: a package cannot be installed, or the watermark's image is not there.
    """
    settings = settings or pipeline_settings.load(None if root == ROOT else root / "pipeline.yaml")
    of_service = settings.services[service]
    platform = vendor.Platform(of_service.architecture, of_service.runtime)
    compiler = host_compiler() if target == "host" else lambda_compiler(platform.runtime)
    images = places.watermarks(root)
    ours = {
        file.as_posix(): root / file if (root / file).is_file() else images / file
        for file in files_of(service, settings, root)
    }
    if service == "watermark":
        # Here rather than at the function's first batch, where it would fail every image.
        DrawnWatermarks(WatermarkSettings.from_env(pipeline_settings.placeholders(settings, service)), images).check()
    compiled = compiler.compiled(ours) if compiler else {}
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / f"{service}.zip"
    with tempfile.TemporaryDirectory(prefix=f".{service}-", dir=out_dir) as folder:
        fresh = Path(folder) / path.name
        locks = vendor.locks_of(service, settings.extras)
        shutil.copyfile(vendor.archive(service, target, compiler, root, platform, locks=locks), fresh)
        stated = {_RELEASE: f"{_version(root)}\n".encode()}
        zips.append(fresh, {name: file.read_bytes() for name, file in ours.items()} | compiled | stated, LEVELS[target])
        fresh.replace(path)
    data = path.read_bytes()
    return Packaged(
        path=path, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), compiled=compiler is not None
    )


def _version(root: Path) -> str:
    """The version of a repository, or of an installation, which has no pyproject.toml."""
    return release.VERSION if root == ROOT else release.version_of(root / "pyproject.toml")


def release_of(path: Path) -> str | None:
    """The version that a zip was built from; None where there is no zip, or it states none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(_RELEASE).decode("ascii").strip()
    except (FileNotFoundError, KeyError):
        return None
