"""Runs `pipeline preview` on one file after another, each in a process of its own, and says what each one took.

A file a line comes in, as JSON: {"file", "out"}; a result a line goes out: {"code", "outcome", "error", "reason",
"outputs", "seconds", "peak_mb", "started"}. The processes are forked from one that has everything imported, so a file
costs no start-up; Linux alone, since the peak is read from /proc.
"""

import contextlib
import io
import json
import os
import re
import sys
import time
from pathlib import Path

from ops.cli import main
from services.resize import decoding, step  # noqa: F401 - imported before the fork, so that no file pays for it

# What would show that something was started, or talked to, outside the process. https://docs.python.org/3/library/audit_events.html
STARTS = (
    "ctypes.dlopen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
)


def peak_mb():
    """The most memory that this process has held, in MB. ru_maxrss would tell the parent's, too."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return round(int(kilobytes) / 1024, 1)


def children():
    """Processes that this one has started and not waited for, whoever in it did: no audit hook sees C code."""
    return [tid for task in Path("/proc/self/task").iterdir() for tid in (task / "children").read_text().split()]


def preview(file, out):
    """One file through the command line, watched."""
    started = []
    sys.addaudithook(lambda event, args: started.append(f"{event}{args!r:.200}") if event in STARTS else None)
    told = io.StringIO()
    begun = time.monotonic()
    with contextlib.redirect_stdout(told):
        code = main(["preview", file, "--out", out, "--output", "json"])
    seconds = time.monotonic() - begun
    result = json.loads(told.getvalue()) | {"code": int(code), "seconds": round(seconds, 3), "peak_mb": peak_mb()}
    return result | {"started": started + children()}


def forked(job):
    """The result of a job that is done in a process of its own, as a line of JSON."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            line = json.dumps(preview(**job))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            line = json.dumps({"crashed": f"{type(error).__name__}: {error}"})
        with os.fdopen(writer, "w") as pipe:
            pipe.write(line)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        line = pipe.read()
    _, status = os.waitpid(pid, 0)
    return line or json.dumps({"crashed": f"the process ended with {os.waitstatus_to_exitcode(status)}"})


if __name__ == "__main__":
    for each in sys.stdin:
        print(forked(json.loads(each)), flush=True)
