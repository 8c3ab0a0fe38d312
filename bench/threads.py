"""What two threads make of two cores, in one process: the bound of what two function workers can."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from bench.chain import Chain
from bench.figures import Spread, ratios, spread
from bench.inputs import Input
from ops import settings
from ops.show import note

# Images a round: enough that the second thread's last one, alone on its core, weighs little.
IMAGES: Final = 12


@dataclass(frozen=True, kw_only=True)
class Threads:
    """Images a second of the three steps with the settings of pipeline.yaml.

    Args:
        one: of one thread.
        two: of two.
        gain: two to one, round by round.
        cores: of this machine.
    """

    one: Spread
    two: Spread
    gain: Spread
    cores: int


def measure(picture: Input, rounds: int) -> Threads:
    """One thread and two, in turn."""
    note(f"threads: {rounds} rounds of {IMAGES} times {picture.name}")
    chain, data = Chain(settings.load()), picture.path.read_bytes()
    chain.run(data, picture.path.name)
    pace: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds):
        for threads in (1, 2) if number % 2 else (2, 1):
            pace[threads].append(IMAGES / _seconds(chain, [data] * IMAGES, threads))
    return Threads(one=spread(pace[1]), two=spread(pace[2]), gain=ratios(pace[2], pace[1]), cores=os.cpu_count() or 1)


def _seconds(chain: Chain, images: Sequence[bytes], threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for _ in pool.map(lambda data: chain.run(data, "photo.jpg"), images):
            pass
        return time.perf_counter() - started
