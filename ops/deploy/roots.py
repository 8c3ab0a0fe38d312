"""The roots of terraform/ in the order that they are applied in; each service has its own state."""

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
    """Paths of Terraform's files.

    Args:
        terraform: Folder of the roots and modules.
        settings: Path of pipeline.yaml.
        zips: Folder of the services' zips.
        work: Folder of saved plans and of Terraform's downloads.
        states: Folder of the states, if `state` in pipeline.yaml is `local`; never cleaned.
    """

    terraform: Path = ROOT / "terraform"
    settings: Path = ROOT / "pipeline.yaml"
    zips: Path = ROOT / "build" / "lambda"
    work: Path = ROOT / "build" / "terraform"
    states: Path = ROOT / "terraform" / "state"

    def folder(self, root: str) -> Path:
        """Folder of a root's configuration."""
        return self.terraform / ("services" if root in SERVICES else root)

    def variables(self, root: str) -> list[str]:
        """The variables that Terraform gets for a root, as arguments.

        Paths are relative: an absolute one would change the function when somebody deploys from another folder.
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
        """Path of a root's saved plan; its text is in the file with the suffix .txt."""
        return self.work / f"{root}.tfplan"


def chosen(names: str, among: tuple[str, ...] = DEPLOYED) -> tuple[str, ...]:
    """The roots that an operator names, in the order that they are applied in; all if none is named.

    Args:
        names: Names, separated by commas or spaces.
        among: The names that are allowed.

    Raises:
        CommandError: a name is not allowed.
    """
    named = names.replace(",", " ").split()
    unknown = [name for name in named if name not in among]
    if unknown:
        raise CommandError(f"SERVICE is {', '.join(unknown)}; allowed: {', '.join(among)}", Exit.USAGE)
    return tuple(root for root in among if root in named) if named else among
