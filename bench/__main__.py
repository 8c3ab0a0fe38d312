"""`make bench`: measures side by side, and writes bench/RESULTS.md."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import batches, contestants, costs, memory, quality, report, rounds, starts, threads, throughput
from bench.environments import BUILD, HERE, CannotInstall
from bench.inputs import JPEG_12, inputs, logo
from bench.results import Results
from bench.worker import able
from ops import settings
from ops.errors import CommandError, Exit
from ops.show import note
from shared.errors import BadSetting

RESULTS: Final = HERE / "RESULTS.md"
LEAST_ROUNDS: Final = 15

# Each with the parts that it builds on.
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


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help=f"that count (default {LEAST_ROUNDS})")
    parser.add_argument("--only", metavar="NAME,…", help=f"of {', '.join(PARTS)}, with what each needs (default all)")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="default bench/RESULTS.md")
    args = parser.parse_args(argv)
    try:
        parts = chosen(args.only)
        check(args.rounds, parts, args.out)
        started = time.monotonic()
        results = measure(parts, args.rounds)
        report.write(results, args.out, rounds=args.rounds, seconds=time.monotonic() - started)
    except (CommandError, CannotInstall, BadSetting) as error:
        note(f"bench: {error}")
        return error.code if isinstance(error, CommandError) else Exit.PARTIAL
    note(f"written: {args.out}")
    return Exit.DONE


def chosen(only: str | None) -> set[str]:
    """The parts that are asked for, with those that they build on.

    Raises:
        CommandError: there is no such part.
    """
    if only is None:
        return set(PARTS)
    named = set(only.split(","))
    unknown = sorted(named - PARTS.keys())
    if unknown:
        raise CommandError(f"{', '.join(unknown)}: no such part; there are {', '.join(PARTS)}", Exit.USAGE)
    return named | {need for name in named for need in PARTS[name]}


def check(rounds_that_count: int, parts: set[str], out: Path) -> None:
    """Keep bench/RESULTS.md to whole runs.

    Raises:
        CommandError: too few rounds or parts for it, or too few to measure anything.
    """
    if rounds_that_count < 1:
        raise CommandError(f"--rounds is {rounds_that_count}; it must be 1 or more", Exit.USAGE)
    if out.resolve() != RESULTS:
        return
    if rounds_that_count < LEAST_ROUNDS:
        raise CommandError(
            f"bench/RESULTS.md takes {LEAST_ROUNDS} rounds or more; --out FILE writes another file", Exit.USAGE
        )
    if parts != set(PARTS):
        raise CommandError("bench/RESULTS.md takes all parts; --out FILE writes another file", Exit.USAGE)


def measure(parts: set[str], count: int) -> Results:
    """Measure the parts, the quick ones of one process first: nothing else runs beside them."""
    if parts == {"starts"}:  # which need neither pictures nor contestants
        nobody = contestants.Field(contestants=(), missing={})
        return Results(field=nobody, pictures=(), unfit={}, starts=starts.measure(count))
    pictures, mark = inputs(), logo()
    (photo,) = (each for each in pictures if each.name == JPEG_12)
    field = able(contestants.install())
    results = Results(field=field, pictures=pictures, unfit={})
    if "speed" in parts:
        results.rounds = rounds.measure(field.contestants, pictures, mark, count, BUILD / "out")
    if "quality" in parts and results.rounds is not None:
        results.quality = quality.measure(field.contestants, pictures, results.rounds, mark)
        results.unfit = results.quality.unfit()
        results.rounds = results.rounds.without(tuple(results.unfit))
    if "memory" in parts:
        results.memory = memory.measure(field.contestants, pictures, mark)
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
