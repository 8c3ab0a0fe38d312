"""The roots of terraform/, in the order that they are applied; each service has a state of its own."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.packaging import package
from ops.settings import ROOT

BOOTSTRAP: Final = "bootstrap"
PLATFORM: Final = "platform"

# What is deployed: what the services stand on, then each service after the one that reads its messages: a release reads
# what the one before wrote, and not what the next one writes.
DEPLOYED: Final = (PLATFORM, *reversed(SERVICES))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where Terraform's files are.

    Args:
        terraform: the folder of the roots and modules.
        settings: pipeline.yaml.
        zips: the folder of the services' zips.
        work: for saved plans, and for what Terraform downloads.
        states: of each root, where `state` of pipeline.yaml is `local`: never cleaned.
    """

    terraform: Path = ROOT / "terraform"
    settings: Path = ROOT / "pipeline.yaml"
    zips: Path = ROOT / "build" / "lambda"
    work: Path = ROOT / "build" / "terraform"
    states: Path = ROOT / "terraform" / "state"

    def folder(self, root: str) -> Path:
        """Where a root's configuration is."""
        return self.terraform / ("services" if root in SERVICES else root)

    def variables(self, root: str) -> list[str]:
        """What Terraform is given for a root.

        Paths are relative: one that names a person's folder would be a change of the function on every other machine.
        """
        arguments = [f"-var=settings_file={self._relative(self.settings, root)}"]
        if root in SERVICES:
            path = self.zips / f"{root}.zip"
            arguments += [f"-var=service={root}", f"-var=zip={self._relative(path, root)}"]
            release = package.release_of(path)
            arguments += [f"-var=release={release}"] if release else []
        return arguments

    def _relative(self, path: Path, root: str) -> str:
        return os.path.relpath(path, self.folder(root))

    def plan(self, root: str) -> Path:
        """Where a root's saved plan lies; the same for people is beside it, as .txt."""
        return self.work / f"{root}.tfplan"


def chosen(names: str, among: tuple[str, ...] = DEPLOYED) -> tuple[str, ...]:
    """The roots that a person names, in the order that they are applied; none named is all.

    Args:
        names: with commas or spaces between.
        among: what may be named.

    Raises:
        CommandError: one that is none.
    """
    named = names.replace(",", " ").split()
    unknown = [name for name in named if name not in among]
    if unknown:
        raise CommandError(f"SERVICE is {', '.join(unknown)}; allowed: {', '.join(among)}", Exit.USAGE)
    return tuple(root for root in among if root in named) if named else among
