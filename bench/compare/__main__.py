"""`make compare`: compares the pipeline's results for a folder of images with those of other software."""

import argparse
import hashlib
import os
import queue
import random
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.compare import ours, page, references
from bench.compare.formats import FORMATS, format_of
from bench.compare.page import Row
from bench.compare.worker import SECONDS_A_READER, Job, Keeper
from bench.environments import ROOT
from ops.cli.output import print_table
from ops.errors import CommandError, Exit
from ops.show import note

OUT: Final = ROOT / "out" / "compare"
_NOTE_EVERY: Final = 100


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison with these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the images, searched recursively")
    parser.add_argument(
        "--out", type=Path, default=OUT, metavar="DIR", help="folder for the page (default: out/compare)"
    )
    parser.add_argument("--formats", metavar="NAME,…", help=f"formats to compare: {', '.join(FORMATS)} (default: all)")
    parser.add_argument("--max", type=int, metavar="N", help="compare at most N files, chosen at random")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one per CPU)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS_A_READER, help=f"seconds for one reader (default: {SECONDS_A_READER})"
    )
    args = parser.parse_args(argv)
    try:
        files, other = found(args.folder, args.formats, args.max)
    except CommandError as error:
        note(f"compare: {error}")
        return error.code
    present, missing = references.present()
    for name, why in missing.items():
        note(f"{name} is skipped: {why}")
    versions = {each.name: each.version for each in present}
    job = Job(cache=args.out / "cache", versions={**versions, ours.NAME: code_digest()})
    rows = compared(files, args.folder, job, workers=args.workers, seconds=args.seconds)
    page.write(rows, args.out, versions=versions, missing=missing, other=other)
    print_table(*_split(page.lines(page.agreement(rows))))
    note(f"written: {args.out / page.PAGE}")
    return Exit.DONE


def found(folder: Path, formats: str | None, most: int | None) -> tuple[list[tuple[Path, str]], int]:
    """The files to compare with their formats, and the number of files in other formats.

    Args:
        folder: folder of the images.
        formats: names separated by commas; None for all.
        most: maximum number of files.

    Raises:
        CommandError: the folder or a format does not exist, or there are no files.
    """
    chosen = FORMATS if formats is None else tuple(formats.split(","))
    if unknown := sorted({*chosen} - {*FORMATS}):
        raise CommandError(f"{', '.join(unknown)}: not a format; allowed: {', '.join(FORMATS)}", Exit.USAGE)
    if not folder.is_dir():
        raise CommandError(f"{folder}: not a folder", Exit.NOT_FOUND)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    formed = [(path, format_of(path)) for path in paths]
    files = [(path, form) for path, form in formed if form in chosen and form is not None]
    if not files:
        raise CommandError(f"{folder}: no image of {', '.join(chosen)}", Exit.NOT_FOUND)
    # A fixed seed: a run that is ended early has seen some of everything, and the next one continues there.
    random.Random(0).shuffle(files)  # noqa: S311 - nothing secret
    return files[:most], sum(form is None for _, form in formed)


def compared(files: Sequence[tuple[Path, str]], folder: Path, job: Job, *, workers: int, seconds: float) -> list[Row]:
    """Compare all files, one at a time in each of several processes.

    Args:
        files: paths with their formats.
        folder: folder to which names are relative.
        job: see Job.
        workers: number of processes.
        seconds: seconds that one reader may take for one file.
    """
    waiting: queue.SimpleQueue[tuple[Path, str]] = queue.SimpleQueue()
    for each in files:
        waiting.put(each)
    rows: list[Row] = []

    def keep() -> None:
        with Keeper(job, seconds) as keeper:
            while True:
                try:
                    path, form = waiting.get_nowait()
                except queue.Empty:
                    return
                name = path.relative_to(folder).as_posix()
                try:
                    rows.append(Row(name=name, form=form, verdict=keeper.of(path)))
                except RuntimeError as error:
                    note(f"{name} is skipped: {error}")
                if len(rows) % _NOTE_EVERY == 0:
                    note(f"{len(rows):,} of {len(files):,}")

    threads = [threading.Thread(target=keep) for _ in range(min(workers, len(files)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rows


def code_digest() -> str:
    """A digest that changes with the product's code or libraries, so that only its own readings are made again."""
    digest = hashlib.sha256()
    for folder in ("services", "shared", "requirements"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".txt"}:
                digest.update(path.read_bytes())
    for path in (ROOT / "ops" / "preview" / "chain.py", ROOT / "bench" / "compare" / "ours.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _split(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    return rows[0], rows[1:]


if __name__ == "__main__":
    sys.exit(main())
