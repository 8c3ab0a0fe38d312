"""Commands of `pipeline` at several sizes: each in a process of its own, its cost, and how that grows."""

import argparse
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
        said: the last of what it wrote to standard error.
    """

    command: str
    size: int
    requests: int
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    code: int
    said: str


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
        """Measure each command at each size, and write the table."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.module}", description=self.meaning)
        parser.add_argument("--one", nargs=2, metavar=("COMMAND", "SIZE"), help="one measurement, as JSON on stdout")
        parser.add_argument(
            "--sizes", type=int, nargs="+", default=self.sizes, metavar="SIZE", help=f"default {self.sizes}"
        )
        args = parser.parse_args(argv)
        if args.one:
            sys.stdout.write(json.dumps(asdict(self.measured(args.one[0], int(args.one[1])))))
            return 0
        found = []
        for command, size in self.pairs(args.sizes):
            found.append(self._in_a_process(command, size))
            sys.stderr.write(f"{found[-1]}\n")
        self.out.write_text(self.page(found))
        return 0

    def _in_a_process(self, command: str, size: int) -> Measured:
        argv = [sys.executable, "-m", self.module, "--one", command, str(size)]
        result = subprocess.run(argv, env=os.environ, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{command} of {size:,} ended with {result.returncode}:\n{result.stderr.strip()}")
        return Measured(**json.loads(result.stdout))


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
        said=lines[-1][:300] if lines else "",
    )


def exponent(before: Measured | None, after: Measured, name: str) -> str:
    """The power of the size with which a measurement grew since the size above; empty for the first size."""
    if before is None:
        return ""
    growth = math.log(getattr(after, name) / getattr(before, name)) / math.log(after.size / before.size)
    return f"{growth:.2f}"
