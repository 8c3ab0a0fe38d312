"""`make package`: the zips of services."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ops.cli.options import FILE, SERVICE, command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.names import SERVICES
from ops.packaging.package import build
from ops.packaging.vendor import Target
from ops.settings import ROOT


@command("python -m ops.packaging resize --target host")
@click.argument("services", nargs=-1, metavar="[SERVICE]...", type=SERVICE)
@option(
    "--target",
    type=click.Choice(("lambda", "host")),
    default="lambda",
    help="Build for Lambda, or for this machine as the local AWS runs them (default: lambda).",
)
@option("--out", type=FILE, metavar="DIR", help="Write the zips to this folder (default: build/<target>).")
def package(services: Sequence[str], target: Target, out: Path | None) -> None:
    """Build the zips of services, or of all three."""
    out_dir = out or ROOT / "build" / target
    built = [build(service, target=target, out_dir=out_dir) for service in services or SERVICES]
    rows = [(os.path.relpath(each.path), f"{each.size_bytes:,}", each.sha256) for each in built]
    print_table(("ZIP", "BYTES", "SHA-256"), rows)


if __name__ == "__main__":
    sys.exit(run(package, program="python -m ops.packaging"))
