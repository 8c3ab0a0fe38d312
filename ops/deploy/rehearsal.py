"""`make rehearsal`: deploys all of terraform/, unchanged, to an empty local AWS, uses it, and destroys it."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from ops.aws import leftovers
from ops.cli.options import command
from ops.cli.output import print_table
from ops.cli.run import run
from ops.deploy import bootstrap
from ops.deploy.account import Account, account_of
from ops.deploy.delivery import Delivery
from ops.deploy.prompt import Prompt
from ops.deploy.roots import BOOTSTRAP, DEPLOYED, PLATFORM, Layout
from ops.deploy.smoke import smoke
from ops.errors import Exit
from ops.local import emulator
from ops.local.emulator import Emulator
from ops.local.stack import build_zips
from ops.settings import ROOT
from ops.show import note

_NOT_CONFIGURATION: Final = shutil.ignore_patterns(".terraform", "*.tfstate*", "state", "backend_override.tf")


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A deployment to a local AWS.

    Args:
        process: The local AWS, which uses TLS as AWS does.
        delivery: The deployment of the pipeline there.
    """

    process: Emulator
    delivery: Delivery
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """The account that is deployed to."""
        return self.delivery.account

    def timed(self, step: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the step gives
        """Run a step, and record its duration."""
        started = time.monotonic()
        done = do()
        self.seconds[step] = time.monotonic() - started
        return done

    def make(self) -> None:
        """Deploy the states' bucket, the platform and the services, one after the other.

        Raises:
            CommandError: Terraform fails.
        """
        self.timed("bootstrap", lambda: bootstrap.bootstrap(self.delivery))
        for root in DEPLOYED:
            self.timed(f"deploy {root}", lambda root=root: self.delivery.deploy([root]))  # type: ignore[misc]

    def changes(self) -> Mapping[str, bool]:
        """Whether a second plan of each root would change anything."""
        planned: Mapping[str, bool] = self.timed("second plan", lambda: self.delivery.plan((BOOTSTRAP, *DEPLOYED)))
        return planned

    def take_away(self) -> list[str]:
        """Destroy everything, with all objects; returns what is left.

        Raises:
            CommandError: Terraform fails.
        """
        self.timed("destroy services", lambda: self.delivery.destroy(DEPLOYED[1:]))
        self.timed("destroy platform", lambda: self.delivery.destroy([PLATFORM], empty=True))
        self.timed("destroy bootstrap", lambda: bootstrap.take_away(self.delivery))
        return leftovers.everything(self.account)


@contextmanager
def rehearsing(
    *,
    settings: Mapping[str, Any] | None = None,
    zips: Path | None = None,
    variables: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Rehearsal]:
    """Start an empty local AWS with all that a deployment needs; nothing is left when the context ends.

    Args:
        settings: Content of pipeline.yaml; None for the repository's, with the states on S3.
        zips: Folder of the services' zips; None to build them for this machine, where the functions run.
        variables: Environment variables for Terraform.
        log: File that Terraform's output is appended to; None for stderr.

    Raises:
        CommandError: the local AWS does not come up, or a zip cannot be built.
    """
    if settings is None:
        settings = {**yaml.safe_load((ROOT / "pipeline.yaml").read_text(encoding="utf-8")), "state": "s3"}
    if zips is None:
        zips = next(iter(build_zips().values())).parent
    with tempfile.TemporaryDirectory(prefix="image-pipeline-rehearsal-") as name:
        folder = Path(name)
        # Of a copy, so that no state and no choice of where it lies gets among the real ones.
        shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=_NOT_CONFIGURATION)
        shutil.copy(ROOT / "pipeline.schema.json", folder)
        layout = Layout(
            terraform=folder / "terraform",
            settings=folder / "pipeline.yaml",
            zips=zips,
            work=folder / "work",
            states=folder / "states",
        )
        layout.settings.write_text(yaml.safe_dump(dict(settings), allow_unicode=True), encoding="utf-8")
        process = emulator.start(tls=True)
        try:
            account = account_of(layout.settings, process.environment() | dict(variables or {}))
            delivery = Delivery(account=account, prompt=Prompt(yes=True), layout=layout, packages=False, log=log)
            yield Rehearsal(process=process, delivery=delivery)
        finally:
            process.end()


@command("python -m ops.deploy.rehearsal")
def rehearse() -> Exit:
    """Deploy to an empty local AWS, use it, and destroy it again; print the duration of each step."""
    with rehearsing() as rehearsal:
        rehearsal.make()
        rehearsal.timed("an image, uploaded and stored", lambda: smoke(rehearsal.account))
        changes = rehearsal.changes()
        left = rehearsal.take_away()
    print_table(("STEP", "SECONDS"), [(step, f"{seconds:.1f}") for step, seconds in rehearsal.seconds.items()])
    changed = [root for root, differs in changes.items() if differs]
    note(f"second plan: {', '.join(changed) + ' would change' if changed else 'no changes'}")
    note(f"after destroy: {', '.join(left) or 'nothing'} left")
    return Exit.PARTIAL if changed or left else Exit.DONE


if __name__ == "__main__":
    sys.exit(run(rehearse, program="python -m ops.deploy.rehearsal"))
