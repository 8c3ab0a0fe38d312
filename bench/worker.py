"""A contestant's process: warm, pinned to one core, asked by lines of JSON."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contestants import NO_LOGO, Contestant, Field
from bench.environments import ROOT, WORKERS
from bench.line_process import LineProcess, line_process
from ops.show import note

# What libraries may start by themselves: one thread, since everything is pinned to one core.
_ONE_THREAD: Final = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one image took.

    Args:
        cpu_seconds: of all threads of the process.
        wall_seconds: as a clock on the wall has it.
        size_bytes: of the file that came out.
        peak_bytes: the most memory that the process has held so far.
    """

    cpu_seconds: float
    wall_seconds: float
    size_bytes: int
    peak_bytes: int


class Worker:
    """A process that makes pictures.

    Args:
        process: the worker.
        contestant: whose.
    """

    def __init__(self, process: LineProcess, contestant: Contestant) -> None:
        self._process = process
        self._contestant = contestant
        self.version = process.version

    def run(self, path: Path, kind: str, *, logo: Path, out: Path | None = None) -> Answer:
        """One image through the whole chain.

        Args:
            path: of the image.
            kind: jpeg, png, gif or webp.
            logo: that goes onto it, unless the contestant has none.
            out: where the result goes; None for nowhere.
        """
        marks = self._contestant.logo
        request = {
            "path": str(path),
            "kind": kind,
            "logo": None if marks == NO_LOGO else str(logo),
            "mark": marks,
            "out": None if out is None else str(out),
        }
        answer = self._process.ask(request)
        return Answer(
            cpu_seconds=answer["cpu"],
            wall_seconds=answer["wall"],
            size_bytes=answer["bytes"],
            peak_bytes=answer["peak"],
        )


@contextmanager
def working(contestant: Contestant) -> Iterator[Worker]:
    """A contestant's worker for as long as the context lasts."""
    paths = {"PYTHONPATH": f"{WORKERS}{os.pathsep}{ROOT}"}
    environment = {**os.environ, **_ONE_THREAD, **paths, **contestant.environment}
    command = [*pinned(), *contestant.command]
    name = f"the worker of {contestant.name}"
    with line_process(command, name, environment=environment, folder=ROOT) as process:
        yield Worker(process, contestant)


def able(field: Field) -> Field:
    """The field without those whose worker does not come up: installed, but not for this machine."""
    contestants, missing = [], dict(field.missing)
    for contestant in field.contestants:
        try:
            with working(contestant):
                contestants.append(contestant)
        except RuntimeError as error:
            note(f"{contestant.name} is left out: {error}")
            missing[contestant.name] = str(error)
    return Field(contestants=tuple(contestants), missing=missing)


def pinned() -> list[str]:
    """What to put before a command so that it stays on one core: the last, where interrupts are fewest."""
    taskset = shutil.which("taskset")
    return [taskset, "--cpu-list", str((os.cpu_count() or 1) - 1)] if taskset else []
