"""Runs `pipeline preview` on one file after another, each in a process of its own, and says what each one took.

Arguments of `pipeline` come in, a JSON list a line; a result a line goes out, as `preview` gives it and with "seconds",
"peak_mb" and "started". The processes are forked from one that has everything imported, so a file costs no start-up.
Linux alone: the peak is read from /proc.
"""

import contextlib
import importlib
import io
import json
import os
import re
import sys
import time
from pathlib import Path

from ops.cli.main import main
from ops.preview import isolation

# Imported before the fork, so that no file pays for it.
for plugin in ("AvifImagePlugin", "TiffImagePlugin", "WebPImagePlugin"):
    importlib.import_module(f"PIL.{plugin}")

# Each file has a process of its own here already: in another one nothing would be seen of it.
isolation.in_child = lambda work, _: dict(work())

# What would show that something was started, or talked to, outside the process.
# https://docs.python.org/3/library/audit_events.html
STARTS = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "pty.spawn",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.sendto",
        "subprocess.Popen",
    }
)


def peak_mb():
    """The most memory that this process has held, in MB. ru_maxrss would report the parent's, too."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return round(int(kilobytes) / 1024, 1)


def children():
    """Processes that were started and not waited for, by whatever in this one: an audit hook sees no C code."""
    lists = [task / "children" for task in Path("/proc/self/task").iterdir()]
    return [f"process {number}" for each in lists if each.exists() for number in each.read_text().split()]


def watched(argv):
    """One command, watched."""
    started = []
    sys.addaudithook(lambda event, args: started.append(f"{event}{args!r:.200}") if event in STARTS else None)
    reported = io.StringIO()
    begun = time.monotonic()
    with contextlib.redirect_stdout(reported):
        main(argv)
    seconds = round(time.monotonic() - begun, 3)
    return json.loads(reported.getvalue()) | {"seconds": seconds, "peak_mb": peak_mb(), "started": started + children()}


def apart(argv):
    """The result of a command that runs in a process of its own, as a line of JSON."""
    reader, writer = os.pipe()
    number = os.fork()
    if number == 0:
        os.close(reader)
        try:
            line = json.dumps(watched(argv))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            line = json.dumps({"crashed": f"{type(error).__name__}: {error}"})
        with os.fdopen(writer, "w") as pipe:
            pipe.write(line)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        line = pipe.read()
    _, status = os.waitpid(number, 0)
    return line or json.dumps({"crashed": f"the process ended with {os.waitstatus_to_exitcode(status)}"})


if __name__ == "__main__":
    for each in sys.stdin:
        print(apart(json.loads(each)), flush=True)
