"""Runs a program while standard input is open, so that the program ends with its parent, even if that is killed.

It is a script that uses only the standard library: `python guard.py FOLDER COMMAND…`.
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
    """Run the command in its own process group; when it or stdin ends, end the group and remove the folder."""
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
