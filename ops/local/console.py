"""The console of a local AWS that stays up: its own process on a free port."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ops.local import detached, emulator
from ops.places import ROOT, settings_file

_COMMAND: Final = (sys.executable, "-m", "ops.console")


def start(endpoint: str, folder: Path, settings_path: Path | None = None) -> Mapping[str, Any]:
    """Start a console for a local AWS; it outlives this process. Its process id and the URL of its page.

    Args:
        endpoint: URL of the local AWS.
        folder: Folder for its log.
        settings_path: Path of pipeline.yaml; None for the one that ops/places.py finds.
    """
    port = emulator.free_port()
    settings = ["--settings", str((settings_path or settings_file()).resolve())]
    with (folder / "console.log").open("wb") as log:
        process = detached.start(
            [*_COMMAND, "--port", str(port), *settings],
            lock=_lock(folder),
            log=log,
            env=emulator.passed_on("TZ") | emulator.environment(endpoint),
            cwd=ROOT,
        )
    return {"pid": process.pid, "address": f"http://127.0.0.1:{port}/"}


def wait(console: Mapping[str, Any] | None, folder: Path) -> Mapping[str, Any] | None:
    """Wait until a console answers; if it does not, or there is none, end it and return None."""
    if console is None or not detached.is_running(_lock(folder)):
        return None
    if emulator.comes_up(console["pid"], lambda: answers(console)):
        return console
    end(console, folder)
    return None


def answers(console: Mapping[str, Any]) -> bool:
    """Whether this console answers, and not another program on its port."""
    health = emulator.health_of(f"{console['address']}health")
    return health is not None and bool(health.get("pid") == console["pid"])


def end(console: Mapping[str, Any] | None, folder: Path) -> None:
    """End a console, if it is still running; wait has the arguments."""
    if console is not None and detached.is_running(_lock(folder)):
        emulator.end_processes(console["pid"])


def _lock(folder: Path) -> Path:
    return folder / "console.lock"
