"""Runs Terraform in one root with the root's own state."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ops.deploy.roots import Layout
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.settings import PipelineSettings
from ops.show import quote

# An override file: its settings replace those in the root's own files.
# https://developer.hashicorp.com/terraform/language/files/override
_OVERRIDE: Final = "backend_override.tf"
_ON_S3: Final = 'terraform {\n  backend "s3" {}\n}\n'

# How long a state may be locked by somebody else before a command gives up.
_LOCK_TIMEOUT: Final = "-lock-timeout=120s"

# Of `plan -detailed-exitcode`.
_CHANGES: Final = 2

_NOT_INSTALLED: Final = (
    "Terraform is not installed; 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install"
)


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """Terraform for one root.

    Args:
        root: Name of the root: platform, a service, or bootstrap.
        layout: Paths of Terraform's files.
        settings: Settings from pipeline.yaml.
        names: Names of the resources in the account that is deployed to.
        variables: Environment variables in addition to those of this process.
        log: File that the output of apply and destroy is appended to; None for stderr.
    """

    root: str
    layout: Layout
    settings: PipelineSettings
    names: Names
    variables: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None

    @property
    def local_state(self) -> Path:
        """Path of the state if it is not on S3; each pipeline, account and region has its own folder."""
        place = f"{self.names.name}-{self.names.account}-{self.names.region}"
        return self.layout.states / place / f"{self.root}.tfstate"

    def init(self, *, on_s3: bool | None = None, migrate: bool = False) -> None:
        """Initialise the root: download the provider and select the state.

        Args:
            on_s3: Whether the state is on S3; None for the setting in pipeline.yaml.
            migrate: Whether to migrate the state from where it was.

        Raises:
            CommandError: Terraform is not installed, or fails.
        """
        on_s3 = self.settings.state == "s3" if on_s3 is None else on_s3
        override = self.layout.folder(self.root) / _OVERRIDE
        if on_s3:
            if not override.exists() or override.read_text(encoding="utf-8") != _ON_S3:
                override.write_text(_ON_S3, encoding="utf-8")
        else:
            override.unlink(missing_ok=True)
            self.local_state.parent.mkdir(parents=True, exist_ok=True)
        moved = ["-migrate-state", "-force-copy"] if migrate else ["-reconfigure"]
        self._run("init", "-input=false", *moved, *self._backend(on_s3=on_s3))

    def plan(self) -> bool:
        """Save a plan and its text; returns whether it would change anything.

        Raises:
            CommandError: Terraform fails.
        """
        out = self.layout.plan(self.root)
        out.parent.mkdir(parents=True, exist_ok=True)
        words = ["plan", "-input=false", "-detailed-exitcode", _LOCK_TIMEOUT, f"-out={out}"]
        ran = self._run(*words, *self.layout.variables(self.root), allowed=(0, _CHANGES))
        out.with_suffix(".txt").write_text(ran.stdout, encoding="utf-8")
        return ran.returncode == _CHANGES

    def planned(self) -> str:
        """Text of the saved plan.

        Raises:
            CommandError: there is no saved plan.
        """
        text = self.layout.plan(self.root).with_suffix(".txt")
        if not text.is_file():
            raise CommandError(f"{os.path.relpath(text)}: no such file; `make plan` writes it", Exit.NOT_FOUND)
        return text.read_text(encoding="utf-8")

    def apply(self) -> None:
        """Apply the saved plan, and delete it.

        Raises:
            CommandError: Terraform fails, or the state has changed since it was planned.
        """
        out = self.layout.plan(self.root)
        if not out.is_file():
            raise CommandError(f"{os.path.relpath(out)}: no such file; `make plan` writes it", Exit.NOT_FOUND)
        self._run("apply", "-input=false", "-auto-approve", _LOCK_TIMEOUT, str(out), shown=True)
        out.unlink()

    def destroy(self) -> None:
        """Destroy all resources in the state.

        Raises:
            CommandError: Terraform fails.
        """
        words = ["destroy", "-input=false", "-auto-approve", _LOCK_TIMEOUT]
        self._run(*words, *self.layout.variables(self.root), shown=True)

    def _backend(self, *, on_s3: bool) -> list[str]:
        if not on_s3:
            return [f"-backend-config=path={self.local_state}"]
        # A lock beside the state; no table is needed. https://developer.hashicorp.com/terraform/language/backend/s3
        values = {
            "bucket": self.names.state_bucket,
            "key": f"{self.root}.tfstate",
            "region": self.names.region,
            "encrypt": "true",
            "use_lockfile": "true",
        }
        return [f"-backend-config={name}={value}" for name, value in values.items()]

    def _run(
        self, *words: str, allowed: tuple[int, ...] = (0,), shown: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """Run Terraform; its output is captured, or shown while it runs."""
        program = shutil.which("terraform")
        if program is None:
            raise CommandError(_NOT_INSTALLED, Exit.FAILURE)
        command = [program, f"-chdir={self.layout.folder(self.root)}", words[0], "-no-color", *words[1:]]
        data = self.layout.work / "data" / self.root
        env = os.environ | {"TF_DATA_DIR": str(data), "TF_IN_AUTOMATION": "1", **self.variables}
        with self._shown_on() if shown else nullcontext(subprocess.PIPE) as out:
            ran = _ran(command, env, out)
        if ran.returncode not in allowed:
            if not shown:
                quote(f"{ran.stdout}\n{ran.stderr}")
            raise CommandError(f"terraform {words[0]} of {self.root} failed", Exit.PARTIAL)
        return ran

    def _shown_on(self) -> AbstractContextManager[Any]:
        if self.log is None:
            return nullcontext(sys.stderr)
        return self.log.open("a", encoding="utf-8")


def _ran(command: Sequence[str], env: Mapping[str, str], out: Any) -> "subprocess.CompletedProcess[str]":  # noqa: ANN401
    """Run a command to its end, after Ctrl-C too.

    A terminal sends Ctrl-C to Terraform as well, which then stops by itself, writes its state and releases its lock.
    subprocess.run would kill it after a quarter of a second, and leave a lock, and resources that no state knows.
    """
    with _interruptions() as noted:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, text=True)
        stdout, stderr = process.communicate()
    if noted:
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Note each Ctrl-C in place of raising it: raised as a process starts, it would leave that to itself.

    Where Ctrl-C is ignored, as by what a shell runs in the background, or in another thread, nothing changes.
    """
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield noted
        return
    signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
