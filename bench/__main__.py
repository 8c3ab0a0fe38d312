"""`make bench`: measures all contestants side by side, and writes bench/RESULTS.md."""

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark with these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=MIN_ROUNDS, help=f"rounds that count (default: {MIN_ROUNDS})")
    parser.add_argument(
        "--only",
        metavar="NAME,…",
        help=f"parts to measure, with what they need: {', '.join(PARTS)} (default: all)",
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="FILE", help="file to write (default: bench/RESULTS.md)"
    )
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


def check(rounds_that_count: int, parts: set[str], out: Path) -> None:
    """Accept only whole runs for bench/RESULTS.md.

    Raises:
        CommandError: too few rounds or parts for it, or no round at all.
    """
    if rounds_that_count < 1:
        raise CommandError(f"--rounds is {rounds_that_count}; it must be 1 or more", Exit.USAGE)
    if out.resolve() != RESULTS:
        return
    if rounds_that_count < MIN_ROUNDS:
        raise CommandError(
            f"bench/RESULTS.md needs {MIN_ROUNDS} rounds or more; write another file with --out FILE", Exit.USAGE
        )
    if parts != set(PARTS):
        raise CommandError("bench/RESULTS.md needs all parts; write another file with --out FILE", Exit.USAGE)


def measure(parts: set[str], count: int) -> Results:
    """Measure the parts, the quick single-process ones first, with nothing else running.

    Args:
        parts: names of PARTS.
        count: number of rounds.
    """
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
