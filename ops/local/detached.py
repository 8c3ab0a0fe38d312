"""Processes that outlive the command that started them, known by a lock: a process id may be another's by then."""

import fcntl
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any


def start(
    command: Sequence[str], *, lock: Path, log: IO[bytes], env: Mapping[str, str], cwd: Path | None = None
) -> "subprocess.Popen[Any]":
    """Start a process in a session of its own, which has a lock for as long as it lives.

    It has no other environment variables than these.
    """
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # The lock belongs to the open file, which the process inherits. What it starts itself does not.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            cwd=cwd,
            start_new_session=True,
            pass_fds=(file.fileno(),),
        )


def is_running(lock: Path) -> bool:
    """Whether the process that was started with a lock is still running."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
