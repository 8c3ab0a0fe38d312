"""What two builds do as wholes, in turn in one run: threads, the local pipeline, starts and the bill."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.environments import ROOT, WORKERS, allocator_of
from bench.figures import Spread, ratios
from bench.inputs import Input
from ops.settings import ALLOCATOR
from ops.show import note

# Each takes up to a minute of either build, and varies little: a start is of its CPU, and 200 images go through the
# local pipeline.
SLOW_ROUNDS: Final = 5
COST_ROUNDS: Final = 3


@dataclass(frozen=True, kw_only=True)
class PairedBuilds:
    """Ratios of this build to the other one, round by round; None where a part was not requested.

    Args:
        threads: of images per second of two threads in one process.
        throughput: of images per second of the whole local pipeline.
        starts: of the CPU of a start, by service.
        cost: of the modelled bill of a million images.
    """

    threads: Spread | None = None
    throughput: Spread | None = None
    starts: Mapping[str, Spread] | None = None
    cost: Spread | None = None


@dataclass(frozen=True, kw_only=True)
class _Build:
    """One of the two builds.

    Args:
        root: folder of the build.
        python: interpreter of its environment.
        allocator: environment variables of its functions that set glibc's allocator.
    """

    root: Path
    python: Path
    allocator: Mapping[str, str]


def measure(picture: Input, rounds: int, root: Path, parts: set[str]) -> PairedBuilds:
    """Measure both builds in turn, each by its own code in its own environment.

    Args:
        picture: the image that every part uses.
        rounds: number of rounds of the quick parts.
        root: checkout of the other build, with its own .venv.
        parts: names of the benchmark's parts.

    Raises:
        RuntimeError: a build's program ends with an error.
        CannotInstall: the other build has no allocator settings.
    """
    builds = (
        _Build(root=ROOT, python=Path(sys.executable), allocator=ALLOCATOR),
        _Build(root=root.resolve(), python=root.resolve() / ".venv" / "bin" / "python", allocator=allocator_of(root)),
    )

    def paired(name: str, count: int) -> dict[str, Spread]:
        note(f"both builds: {count} rounds of {name}")
        found: tuple[list[Mapping[str, float]], list[Mapping[str, float]]] = ([], [])
        for number in range(count):
            for which in (0, 1) if number % 2 else (1, 0):
                found[which].append(_figures(name, picture.path, builds[which]))
        ours, theirs = found
        return {each: ratios([one[each] for one in ours], [one[each] for one in theirs]) for each in ours[0]}

    return PairedBuilds(
        threads=paired("threads", rounds)["all"] if "threads" in parts else None,
        throughput=paired("throughput", SLOW_ROUNDS)["all"] if "throughput" in parts else None,
        starts=paired("starts", min(rounds, SLOW_ROUNDS)) if "starts" in parts else None,
        cost=paired("cost", COST_ROUNDS)["all"] if "costs" in parts else None,
    )


def _figures(name: str, picture: Path, build: _Build) -> dict[str, float]:
    """What the program of one build prints."""
    root = build.root
    command = [str(build.python), str(WORKERS / "whole.py"), name, str(picture.resolve())]
    environment = {**os.environ, **build.allocator, "PYTHONPATH": str(root)}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{name} of {root.name} ended with {result.returncode}:\n{result.stderr.strip()}")
    printed: dict[str, float] = json.loads(result.stdout)
    return printed
