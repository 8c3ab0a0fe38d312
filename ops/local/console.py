"""The console of a local AWS that stays up: its own process on a free port."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypedDict

from ops.local import emulator
from ops.places import ROOT, settings_file

_COMMAND: Final = (sys.executable, "-m", "ops.console")


class Console(TypedDict):
    """A console that was started.

    Attributes:
        pid: Process id.
        address: URL of its page.
    """

    pid: int
    address: str


def start(endpoint: str, folder: Path, settings_path: Path | None = None) -> Console:
    """Start a console for a local AWS; it outlives this process.

    Args:
        endpoint: URL of the local AWS.
        folder: Folder for its log.
        settings_path: Path of pipeline.yaml; None for the one that ops/places.py finds.
    """
    port = emulator.free_port()
    settings = ["--settings", str((settings_path or settings_file()).resolve())]
    with (folder / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [*_COMMAND, "--port", str(port), *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=emulator.passed_on("TZ") | emulator.environment(endpoint),
            cwd=ROOT,
            start_new_session=True,
        )
    return Console(pid=process.pid, address=f"http://127.0.0.1:{port}/")


def wait(console: Console) -> Console | None:
    """Wait until a console answers; if it does not, end it and return None."""
    if emulator.comes_up(console["pid"], lambda: answers(console)):
        return console
    end(console)
    return None


def answers(console: Mapping[str, Any] | None) -> bool:
    """Whether this console answers, and not another program on its port."""
    if console is None:
        return False
    health = emulator.health_of(f"{console['address']}health")
    return health is not None and bool(health.get("pid") == console["pid"])


def end(console: Mapping[str, Any] | None) -> None:
    """End a console."""
    if console is not None:
        emulator.end_processes(console["pid"])
