"""Commands of `pipeline` at several sizes: each in a process of its own, its cost, and how that grows."""

import contextlib
import io
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.cli.options import command, option
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.show import note


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Measurements of one command.

    Args:
        command: command as people type it.
        size: messages, images or rows that there are.
        requests: requests to AWS.
        wall_seconds: time from start to end, including the simulation's own work.
        cpu_seconds: CPU time of the process, likewise.
        peak_mib: peak memory above that before the command began.
        code: its exit code.
        last_line: the last of what it wrote to standard error.
    """

    command: str
    size: int
    requests: int
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    code: int
    last_line: str


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A program that measures commands at several sizes.

    Args:
        module: its module, such as "bench.dlq_scale".
        meaning: its docstring.
        pairs: (command, size) of everything to measure, for the sizes that are asked for.
        sizes: the default sizes.
        measured: measures a command at a size, in this process.
        page: makes the table.
        out: the file of the table.
    """

    module: str
    meaning: str | None
    pairs: Callable[[Sequence[int]], Iterable[tuple[str, int]]]
    sizes: Sequence[int]
    measured: Callable[[str, int], Measured]
    page: Callable[[Sequence[Measured]], str]
    out: Path

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Measure each command at each size, and write the table; returns the exit code."""
        program = f"python -m {self.module}"

        @command(f"{program} --sizes {self.sizes[0]}")
        @option("--one", type=(str, int), metavar="COMMAND SIZE", help="Write one measurement as JSON to stdout.")
        @option("--sizes", metavar="SIZE,…", help=f"Measure these (default: {','.join(map(str, self.sizes))}).")
        def scale(one: tuple[str, int] | None, sizes: str | None) -> Exit:
            if one:
                sys.stdout.write(json.dumps(asdict(self.measured(*one))))
            else:
                self._written(self.sizes if sizes is None else _numbers(sizes))
            return Exit.DONE

        scale.help = self.meaning
        return run(scale, argv, program=program)

    def _written(self, sizes: Sequence[int]) -> None:
        """Measure at these sizes, and write the table."""
        found = []
        for name, size in self.pairs(sizes):
            found.append(self._in_a_process(name, size))
            note(str(found[-1]))
        self.out.write_text(self.page(found))

    def _in_a_process(self, command: str, size: int) -> Measured:
        argv = [sys.executable, "-m", self.module, "--one", command, str(size)]
        result = subprocess.run(argv, env=os.environ, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{command} of {size:,} ended with {result.returncode}:\n{result.stderr.strip()}")
        return Measured(**json.loads(result.stdout))


def _numbers(text: str) -> list[int]:
    """The numbers of a list that is separated by commas."""
    words = text.split(",")
    if any(not word.isdecimal() for word in words):
        raise CommandError(f"{text}: not numbers separated by commas", Exit.USAGE)
    return [int(word) for word in words]


def measure(command: str, size: int, words: Sequence[str], requests: Callable[[], int]) -> Measured:
    """Run a command of `pipeline` in this process, in a folder of its own.

    Args:
        command: command as people type it.
        size: size that it is measured at.
        words: its arguments.
        requests: returns the number of requests to AWS so far.
    """
    from ops.cli.main import main as run  # noqa: PLC0415 - a process of its own

    out, err = io.StringIO(), io.StringIO()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.monotonic(), time.process_time()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run([*words])
    lines = [line for line in err.getvalue().splitlines() if not line.startswith("archived")]
    return Measured(
        command=command,
        size=size,
        requests=requests(),
        wall_seconds=time.monotonic() - wall,
        cpu_seconds=time.process_time() - cpu,
        peak_mib=max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        code=code,
        last_line=lines[-1][:300] if lines else "",
    )


def exponent(before: Measured | None, after: Measured, name: str) -> str:
    """The power of the size with which a measurement grew since the size above; empty for the first size."""
    if before is None:
        return ""
    growth = math.log(getattr(after, name) / getattr(before, name)) / math.log(after.size / before.size)
    return f"{growth:.2f}"
