"""What two threads gain on two cores in one process, which bounds what two function workers can gain."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chain import Chain
from bench.figures import Spread, ratios, spread
from bench.inputs import Input
from ops import settings
from ops.settings import ALLOCATOR, ROOT
from ops.show import note

# Images per round: enough that the second thread's last one, alone on its core, hardly counts.
IMAGES: Final = 12


@dataclass(frozen=True, kw_only=True)
class Threads:
    """Images per second of the three steps with the settings of pipeline.yaml.

    Args:
        one: images per second of one thread.
        two: images per second of two threads.
        gain: ratio of two threads to one, round by round.
        cores: cores of this machine.
    """

    one: Spread
    two: Spread
    gain: Spread
    cores: int


def measure(picture: Input, rounds: int) -> Threads:
    """Measure one thread and two, in turn, in a process with the functions' allocator."""
    note(f"threads: {rounds} rounds of {IMAGES} times {picture.name}")
    command = [sys.executable, "-m", "bench.threads", str(picture.path), str(rounds)]
    result = subprocess.run(command, cwd=ROOT, env=os.environ | ALLOCATOR, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"the threads ended with {result.returncode}:\n{result.stderr.strip()}")
    one, two = json.loads(result.stdout)
    return Threads(one=spread(one), two=spread(two), gain=ratios(two, one), cores=os.cpu_count() or 1)


def pace(path: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Images per second of one thread, and of two, in each round."""
    chain, data = Chain(settings.load()), path.read_bytes()
    chain.run(data, path.name)
    found: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds):
        for threads in (1, 2) if number % 2 else (2, 1):
            found[threads].append(IMAGES / _seconds(chain, [data] * IMAGES, threads))
    return found[1], found[2]


def _seconds(chain: Chain, images: Sequence[bytes], threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for _ in pool.map(lambda data: chain.run(data, "photo.jpg"), images):
            pass
        return time.perf_counter() - started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(pace(Path(sys.argv[1]), int(sys.argv[2]))))
