"""A contestant's process: warm, pinned to one core, with requests as lines of JSON."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contestants import NO_LOGO, Contestant, Field
from bench.environments import WORKERS
from bench.line_process import LineProcess, line_process
from ops.show import note

# Libraries that start threads: one thread, since everything is pinned to one core.
_ONE_THREAD: Final = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The cost of one image.

    Args:
        cpu_seconds: CPU of all threads of the process.
        wall_seconds: wall-clock time.
        size_bytes: size of the resulting file.
        peak_bytes: peak memory of the process so far.
    """

    cpu_seconds: float
    wall_seconds: float
    size_bytes: int
    peak_bytes: int


class Worker:
    """A process that makes pictures for one contestant.

    Args:
        process: the worker.
        contestant: contestant that it runs.
    """

    def __init__(self, process: LineProcess, contestant: Contestant) -> None:
        self._process = process
        self._contestant = contestant
        self.version = process.version

    def run(self, path: Path, kind: str, *, logo: Path, out: Path | None = None) -> Answer:
        """Process one image.

        Args:
            path: path of the image.
            kind: kind of the picture, as in bench.inputs.
            logo: path of the logo, unless the contestant has none.
            out: path for the result; None to discard it.
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
    """A contestant's worker for the duration of the context."""
    paths = {"PYTHONPATH": f"{WORKERS}{os.pathsep}{contestant.root}"}
    environment = {**os.environ, **_ONE_THREAD, **paths, **contestant.environment}
    command = [*pinned(), *contestant.command]
    name = f"the worker of {contestant.name}"
    with line_process(command, name, environment=environment, folder=contestant.root) as process:
        yield Worker(process, contestant)


def able(field: Field) -> Field:
    """The contestants without those whose worker does not start: installed, but not for this machine."""
    contestants, missing = [], dict(field.missing)
    for contestant in field.contestants:
        try:
            with working(contestant):
                contestants.append(contestant)
        except RuntimeError as error:
            note(f"{contestant.name} is skipped: {error}")
            missing[contestant.name] = str(error)
    return Field(contestants=tuple(contestants), missing=missing)


def pinned() -> list[str]:
    """The prefix of a command that pins it to one core: the last one, where interrupts are fewest."""
    taskset = shutil.which("taskset")
    return [taskset, "--cpu-list", str((os.cpu_count() or 1) - 1)] if taskset else []
