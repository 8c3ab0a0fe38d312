"""Plans and applies: what `make plan`, `make deploy`, `make drift` and `make destroy` do, root by root."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops.aws.buckets import empty_bucket, holds_objects
from ops.aws.functions import live_version
from ops.deploy.account import Account
from ops.deploy.prompt import Prompt
from ops.deploy.roots import PLATFORM, Layout
from ops.deploy.terraform import Terraform
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.packaging import package
from ops.show import note


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Terraform's roots of one pipeline in one account.

    Args:
        account: The account that is deployed to.
        prompt: Asks for a confirmation before a change.
        layout: Paths of Terraform's files.
        packages: Whether to build the zips before a plan; if not, they must exist.
        log: File that the output of Terraform and its plans is appended to; None for stderr.
    """

    account: Account
    prompt: Prompt
    layout: Layout = field(default_factory=Layout)
    packages: bool = True
    log: Path | None = None

    def plan(self, roots: Sequence[str]) -> dict[str, bool]:
        """Save a plan of each root; returns whether each would change anything.

        Raises:
            CommandError: a zip cannot be built, or Terraform refuses.
        """
        self._package(roots)
        return {root: self._planned(root) for root in roots}

    def deploy(self, roots: Sequence[str], *, planned: bool = False) -> None:
        """Apply the roots one after the other: each service depends on the roots before it.

        Args:
            roots: Names of the roots, in the order to apply them.
            planned: Whether to apply the saved plans instead of new ones.

        Raises:
            CommandError: nobody says yes, or Terraform fails.
        """
        if not planned:
            self._package(roots)
        for root in roots:
            if planned:
                self.terraform(root).init()
            elif not self._planned(root):
                note(f"{root}: unchanged")
                continue
            self._apply(root)

    def destroy(self, roots: Sequence[str], *, empty: bool = False) -> None:
        """Destroy the roots, the last one first.

        Args:
            roots: Names of the roots, in the order that they were applied in.
            empty: Whether to delete all objects in the buckets; if not, a bucket with objects is refused.

        Raises:
            CommandError: a bucket holds objects, nobody says yes, or Terraform fails.
        """
        names = self.account.names
        buckets = names.own_buckets if PLATFORM in roots else ()
        s3 = self.account.s3
        for bucket in buckets if not empty else ():
            if holds_objects(s3, bucket):
                raise CommandError(
                    f"s3://{bucket} is not empty: EMPTY=1 deletes all that is in it, permanently", Exit.USAGE
                )
        self.prompt.confirm_by_name(names.name, f"destroy {', '.join(reversed(roots))} in account {self.place}")
        for root in reversed(roots):
            terraform = self.terraform(root)
            terraform.init()
            for bucket in buckets if root == PLATFORM and empty else ():
                empty_bucket(s3, bucket)
            terraform.destroy()
            note(f"{root}: destroyed")

    def terraform(self, root: str) -> Terraform:
        """Terraform for one root."""
        account = self.account
        return Terraform(
            root=root,
            layout=self.layout,
            settings=account.settings,
            names=account.names,
            variables=account.variables,
            log=self.log,
        )

    def show(self, root: str) -> None:
        """Print the saved plan of a root."""
        text = self.terraform(root).planned()
        if self.log is None:
            print(text, file=sys.stderr)
        else:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(text)

    @property
    def place(self) -> str:
        """Account and region, as messages name them."""
        return f"{self.account.names.account}, {self.account.names.region}"

    def _planned(self, root: str) -> bool:
        terraform = self.terraform(root)
        note(f"{root}: planning")
        terraform.init()
        return terraform.plan()

    def _apply(self, root: str) -> None:
        terraform = self.terraform(root)
        self.show(root)
        self.prompt.confirm(f"apply this to {root} in account {self.place}?")
        before = self._live(root)
        terraform.apply()
        after = self._live(root)
        note(f"{root}: applied" + (f"; live is version {after}, was {before or 'none'}" if after else ""))

    def _live(self, root: str) -> int | None:
        live = live_version(self.account, root) if root in SERVICES else None
        return live.version if live is not None else None

    def _package(self, roots: Sequence[str]) -> None:
        if not self.packages:
            return
        for service in (root for root in roots if root in SERVICES):
            built = package.build(service, target="lambda", out_dir=self.layout.zips, settings=self.account.settings)
            note(f"{service}: {built.size_bytes:,} bytes, SHA-256 {built.sha256}")
