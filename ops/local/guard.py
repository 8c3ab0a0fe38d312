"""Runs a program for as long as standard input is open: anyone who holds the other end may die in any way.

Started by itself, with nothing but the standard library: `python guard.py FOLDER COMMAND…`.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

_LOOK_SECONDS = 0.5


def main() -> int:
    """Run the command in a process group of its own; when it ends or stdin does, end the group and its folder."""
    folder, *command = sys.argv[1:]
    # A terminal's Ctrl-C reaches this process too: the one that started it decides, by closing stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while process.poll() is None:
            readable, _, _ = select.select([sys.stdin.buffer], [], [], _LOOK_SECONDS)
            if readable and not os.read(sys.stdin.fileno(), 1024):
                break
        return process.returncode or 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
