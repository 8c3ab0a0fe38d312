"""`make bench`: measures all contestants side by side, and writes bench/RESULTS.md."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from bench import (
    batches,
    contestants,
    costs,
    memory,
    paired_builds,
    quality,
    report,
    rounds,
    starts,
    targets,
    threads,
    throughput,
)
from bench.environments import BUILD, HERE, CannotInstall
from bench.inputs import JPEG_12, Input, inputs, logo, names
from bench.results import Results
from bench.worker import able
from ops import settings
from ops.cli.options import FILE, command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.show import note

RESULTS: Final = HERE / "RESULTS.md"
MIN_ROUNDS: Final = 15

# Each part with the parts that it builds on.
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "speed": (),
    "quality": ("speed",),
    "memory": (),
    "threads": (),
    "batches": (),
    "throughput": ("threads",),
    "starts": (),
    "costs": ("speed", "batches"),
}


@command("python -m bench --only speed --pictures 'JPEG 12 MP' --rounds 3 --out build/try.md")
@option("--rounds", type=click.IntRange(min=1), metavar="N", help=f"Rounds that count (default: {MIN_ROUNDS}).")
@option("--only", metavar="NAME,…", help=f"Measure these parts, and what they need: {', '.join(PARTS)} (default: all).")
@option("--pictures", metavar="NAME,…", help="Measure these pictures only, by their names (default: all).")
@option("--against", type=FILE, metavar="DIR", help="Measure another build too: its checkout, with a .venv.")
@option("--out", type=FILE, metavar="FILE", help="Write the results to this file (default: bench/RESULTS.md).")
def bench(rounds: int | None, only: str | None, pictures: str | None, against: Path | None, out: Path | None) -> Exit:
    """Measure all contestants side by side, and write the results."""
    count, parts, written = rounds or MIN_ROUNDS, chosen(only), out or RESULTS
    check(count, parts, written, pictures=pictures)
    started = time.monotonic()
    try:
        paired = None
        if against is not None:
            # First, since the other build may be one that cannot run here: that would cost all that was measured.
            (photo,) = inputs({JPEG_12})
            paired = paired_builds.measure(photo, count, against, parts)
        results = measure(parts, count, pictures=pictures, against=against)
        results.paired = paired
    except CannotInstall as error:
        raise CommandError(str(error), Exit.PARTIAL) from error
    report.write(results, written, rounds=count, seconds=time.monotonic() - started)
    print_table(("TARGET", "BOUND", "MEASURED", ""), [each.row for each in targets.verdicts(results)])
    note(f"written: {written}")
    return Exit.DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark with these arguments; returns the exit code."""
    return run(bench, argv, program="python -m bench")


def chosen(only: str | None) -> set[str]:
    """The requested parts, with those that they build on.

    Raises:
        CommandError: there is no such part.
    """
    if only is None:
        return set(PARTS)
    named = set(only.split(","))
    unknown = sorted(named - PARTS.keys())
    if unknown:
        raise CommandError(f"{', '.join(unknown)}: no such part; allowed: {', '.join(PARTS)}", Exit.USAGE)
    return named | {need for name in named for need in PARTS[name]}


def check(rounds_that_count: int, parts: set[str], out: Path, *, pictures: str | None = None) -> None:
    """Accept only whole runs for bench/RESULTS.md.

    Raises:
        CommandError: too few rounds, parts or pictures for it.
    """
    if out.resolve() != RESULTS:
        return
    if rounds_that_count < MIN_ROUNDS:
        raise CommandError(
            f"bench/RESULTS.md needs {MIN_ROUNDS} rounds or more; write another file with --out FILE", Exit.USAGE
        )
    if parts != set(PARTS) or pictures is not None:
        raise CommandError(
            "bench/RESULTS.md needs all parts and pictures; write another file with --out FILE", Exit.USAGE
        )


def measured_pictures(only: str | None) -> list[Input]:
    """The requested pictures, drawn if they do not exist.

    Raises:
        CommandError: there is no such picture.
    """
    if only is None:
        return inputs()
    named = set(only.split(","))
    unknown = sorted(named - set(names()))
    if unknown:
        raise CommandError(f"{', '.join(unknown)}: no such picture; allowed: {', '.join(names())}", Exit.USAGE)
    return inputs(named)


def measure(parts: set[str], count: int, *, pictures: str | None = None, against: Path | None = None) -> Results:
    """Measure the parts, the quick single-process ones first, with nothing else running.

    Args:
        parts: names of PARTS.
        count: number of rounds.
        pictures: names of pictures, with commas between them; None for all.
        against: folder of another build; None for none.
    """
    if parts == {"starts"}:  # which need neither pictures nor contestants
        nobody = contestants.Field(contestants=(), missing={})
        return Results(field=nobody, pictures=(), unfit={}, starts=starts.measure(count))
    drawn, mark = measured_pictures(pictures), logo()
    (photo,) = inputs({JPEG_12})
    field = able(contestants.install(against))
    results = Results(field=field, pictures=drawn, unfit={})
    if "speed" in parts:
        results.rounds = rounds.measure(field.contestants, drawn, mark, count, BUILD / "out")
    if "quality" in parts and results.rounds is not None:
        results.quality = quality.measure(field.contestants, drawn, results.rounds, mark)
        results.unfit = results.quality.unfit()
        results.rounds = results.rounds.without(tuple(results.unfit))
    if "memory" in parts:
        results.memory = memory.measure(field.contestants, drawn, mark)
    if "threads" in parts:
        results.threads = threads.measure(photo, count)
    if "batches" in parts:
        results.batches = batches.measure(photo, count)
    if "throughput" in parts:
        results.throughput = throughput.measure(photo)
    if "starts" in parts:
        results.starts = starts.measure(count)
    if "costs" in parts and results.rounds is not None and results.batches is not None:
        results.costs = _costs(results, photo.path)
    return results


def _costs(results: Results, photo: Path) -> costs.Costs | None:
    if results.rounds is None or results.batches is None:
        return None
    cpu = results.rounds.cpu(JPEG_12, contestants.NAIVE)
    size_bytes = results.rounds.size_bytes(JPEG_12, contestants.NAIVE)
    if cpu is None or size_bytes is None:
        return None
    return costs.compare(
        results.batches,
        settings.load(),
        naive_cpu_seconds=cpu.middle,
        source_bytes=photo.stat().st_size,
        output_bytes=size_bytes,
        renditions=results.batches["store"].batch_requests["PUT"] // batches.IMAGES,
    )


if __name__ == "__main__":
    sys.exit(main())
