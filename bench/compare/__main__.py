"""`make compare`: compares the pipeline's results for a folder of images with those of other software."""

import hashlib
import os
import queue
import random
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from bench.compare import ours, page, references
from bench.compare.formats import FORMATS, format_of
from bench.compare.page import Row
from bench.compare.worker import SECONDS_A_READER, Job, Keeper
from bench.environments import ROOT
from ops.cli.options import FILE, command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.show import note

OUT: Final = ROOT / "out" / "compare"
_NOTE_EVERY: Final = 100


@command("python -m bench.compare photos --formats jpeg,png --max 100")
@click.argument("folder", type=FILE)
@option("--out", type=FILE, default=OUT, metavar="DIR", help="Folder for the page (default: out/compare).")
@option("--formats", metavar="NAME,…", help=f"Formats to compare: {', '.join(FORMATS)} (default: all).")
@option("--max", "most", type=click.IntRange(min=1), metavar="N", help="Compare at most N files, chosen at random.")
@option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    metavar="N",
    help="Processes (default: one per CPU).",
)
@option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=SECONDS_A_READER,
    metavar="SECONDS",
    help=f"Time for one reader, in seconds (default: {SECONDS_A_READER}).",
)
def compare(  # noqa: PLR0917 - one parameter an option
    folder: Path, out: Path, formats: str | None, most: int | None, workers: int, seconds: float
) -> Exit:
    """Compare the pipeline's results for the images in FOLDER, and beneath it, with those of other software."""
    files, other = found(folder, formats, most)
    present, missing = references.present()
    for name, why in missing.items():
        note(f"{name} is skipped: {why}")
    versions = {each.name: each.version for each in present}
    job = Job(cache=out / "cache", versions={**versions, ours.NAME: code_digest()})
    rows = compared(files, folder, job, workers=workers, seconds=seconds)
    page.write(rows, out, versions=versions, missing=missing, other=other)
    print_table(*_split(page.lines(page.agreement(rows))))
    note(f"written: {out / page.PAGE}")
    return Exit.DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison with these arguments; returns the exit code."""
    return run(compare, argv, program="python -m bench.compare")


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
