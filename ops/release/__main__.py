"""`make release-files`: what a release attaches, the same bytes for the same commit."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ops import settings as pipeline_settings
from ops.cli.options import command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.packaging import package, vendor
from ops.packaging.bytecode import lambda_compiler
from ops.release import wheel
from ops.release.changelog import agree
from ops.release.sbom import sbom
from ops.settings import ROOT, Architecture, PipelineSettings
from shared.release import version_of

SUMS: Final = "SHA256SUMS"

# Processors that zips are built for, each with what it adds to their names.
_PROCESSORS: Final[dict[Architecture, str]] = {"arm64": "", "x86_64": "-x86_64"}


def write(out: Path, *, tag: str | None = None, root: Path = ROOT) -> list[Path]:
    """Write the zips, their SBOMs, the wheel and SHA256SUMS into a folder, and beside it the notes of the release.

    Each service has a zip for arm64 and one for x86_64, whatever pipeline.yaml has; both are for the
    default Python. The notes are <out>.md, since they are not attached.

    Args:
        out: the folder; what was in it is removed, so that a release attaches nothing else.
        tag: of the release, such as "v1.0.0"; None to try it without one.
        root: the repository's top.

    Returns:
        The files to attach, sorted.

    Raises:
        CommandError: tag, version and CHANGELOG.md differ, or a file cannot be made.
        BadSetting: pipeline.yaml has a wrong setting.
    """
    version = version_of(root / "pyproject.toml")
    section = agree(version, (root / "CHANGELOG.md").read_text(encoding="utf-8"), tag)
    compiler = lambda_compiler(vendor.DEFAULT.runtime)
    if compiler is None:
        raise CommandError(
            "a release's zips hold .pyc files; LAMBDA_PYTHON must name a Python of Lambda's version", Exit.FAILURE
        )
    # An interrupted build leaves a folder in it, too.
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for service in SERVICES:
        for path in _zips(service, out, root):
            text = sbom(path, service=service, version=version, bytecode=compiler.version)
            path.with_suffix(".cdx.json").write_text(text, encoding="utf-8")
    wheel.build(out, root)
    files = sorted(out.iterdir())
    # As `sha256sum --check` reads them.
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / SUMS).write_text(sums, encoding="ascii")
    out.with_name(f"{out.name}.md").write_text(section.text + "\n", encoding="utf-8")
    return sorted([*files, out / SUMS])


def published(settings: PipelineSettings) -> PipelineSettings:
    """The settings that zips for anybody are built from: without encoders that are a choice for their licence."""
    return replace(settings, sections={**settings.sections, "extras": []})


def _zips(service: str, out: Path, root: Path) -> Iterator[Path]:
    """The zips of a service, one for each processor."""
    settings = published(pipeline_settings.load(root / "pipeline.yaml"))
    for architecture, suffix in _PROCESSORS.items():
        function = replace(settings.services[service], architecture=architecture, runtime=vendor.DEFAULT.runtime)
        alone = replace(settings, services={**settings.services, service: function})
        with tempfile.TemporaryDirectory(prefix=f".{service}-", dir=out) as folder:
            built = package.build(service, target="lambda", out_dir=Path(folder), settings=alone, root=root)
            yield built.path.replace(out / f"{service}{suffix}.zip")


@command("python -m ops.release --tag v1.0.0")
@option("--tag", metavar="TAG", help="Check that version and changelog agree with this tag (default: no tag).")
def release(tag: str | None) -> None:
    """Write the files of a release to build/release, and list them with their sizes."""
    files = write(ROOT / "build" / "release", tag=tag)
    print_table(("FILE", "BYTES"), [(path.name, f"{path.stat().st_size:,}") for path in files])


if __name__ == "__main__":
    sys.exit(run(release, program="python -m ops.release"))
