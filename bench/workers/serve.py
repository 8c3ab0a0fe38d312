"""The worker's side of the benchmark: answers jobs, given as lines of JSON, with their cost.

Runs in environments without this project, so it imports nothing of it.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# From an image's bytes, its kind (as in bench.inputs), and the logo's path or None, to the finished file's bytes.
Job = Callable[[bytes, str, str | None], bytes]


# The kind "widths": one file after the other, the largest first, which is the one that is looked at.
WIDTHS_PX = (2560, 1920, 1600, 1280, 960, 640, 480, 320)


def serve(version: str, job: Job) -> None:
    """Answer jobs until the input ends.

    Args:
        version: version of the measured program.
        job: whole chain of one image.
    """
    print(json.dumps({"version": version}), flush=True)
    read: dict[str, bytes] = {}
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), job, read)), flush=True)


def _answer(request: Mapping[str, str | None], job: Job, read: dict[str, bytes]) -> dict[str, float]:
    path, kind, logo = str(request["path"]), str(request["kind"]), request["logo"]
    if path not in read:
        read[path] = Path(path).read_bytes()
    data = read[path]
    cpu, wall = time.process_time(), time.perf_counter()
    result = job(data, kind, logo)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if out := request["out"]:
        Path(out).write_bytes(result)
    return {"cpu": cpu, "wall": wall, "bytes": len(result), "peak": peak_bytes()}


def peak_bytes() -> int:
    """The peak memory of this process, in bytes.

    Linux's VmHWM is that of the running program; getrusage's figure is inherited from the parent process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
