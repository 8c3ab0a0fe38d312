"""Compares the animations that the pipeline makes with their sources and with sharp's: bytes, PSNR and CPU."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

import click
from PIL import Image

from bench.animations.fidelity import psnr_db
from bench.environments import ROOT, CannotInstall, sharp_command
from bench.line_process import LineProcess, line_process
from bench.worker import pinned
from ops.cli.options import FILE, command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.settings import ALLOCATOR
from ops.show import note

OURS: Final = "ours"
SHARP: Final = "sharp"
WHOLE: Final = "whole"
ENCODER: Final = "encoder"
ROUNDS: Final = 2
MAX_FRAME_PIXELS: Final = 16_000_000
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "GIF": ("gif", "webp", "png"),
    "PNG": ("png", "webp"),
    "WEBP": ("webp", "png"),
}
HEADER: Final = (
    *("FROM", "TO", "FILES", "BYTES/INPUT", "BYTES/SHARP", "PSNR MIN", "MEDIAN", "TO SHARP MIN", "MEDIAN", "WORSE"),
    *("CPU", "SHARP", "RATIO", "ENCODER", "SHARP", "RATIO"),
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """The result of one encoder for one animation.

    Args:
        size_bytes: size of the file.
        psnr: PSNR against the source, in dB, at most 60; None where the sizes differ.
        cpu: CPU seconds from file to file, the minimum of all rounds.
        encoder_cpu: CPU seconds of the encoder alone, the minimum of all rounds; None where it is not measured.
    """

    size_bytes: int
    psnr: float | None
    cpu: float
    encoder_cpu: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One animation in one format.

    Args:
        name: name of the file.
        source: format of the source.
        form: format that it was encoded to.
        size_bytes: size of the source.
        ours: result of this pipeline.
        sharp: result of sharp; None where it does not read or write the format.
    """

    name: str
    source: str
    form: str
    size_bytes: int
    ours: Made
    sharp: Made | None


@command("python -m bench.animations animations --only gif:gif,gif:webp --rounds 5")
@click.argument("folder", type=FILE)
@option("--only", metavar="FROM:TO,…", help="Pairs of formats, such as gif:gif,gif:webp (default: all).")
@option(
    "--rounds",
    type=click.IntRange(min=1),
    default=ROUNDS,
    metavar="N",
    help=f"Rounds, of which the least CPU counts (default: {ROUNDS}).",
)
@option(
    "--side", type=click.IntRange(min=0), default=0, metavar="PX", help="Resize to fit, in pixels (default: keep it)."
)
@option("--names", metavar="PART", default="", help="Measure only files whose name contains this.")
@option("--out", type=FILE, metavar="FILE", help="Write the figures of every file as JSON.")
def animated(  # noqa: PLR0917 - one parameter an option
    folder: Path, only: str | None, rounds: int, side: int, names: str, out: Path | None
) -> Exit:
    """Compare the animations in FOLDER: GIF, APNG and WebP, made by the pipeline and by sharp."""
    pairs = _pairs(folder, only, names)
    with programs() as running:
        note(", ".join(f"{name}: {program.version}" for name, program in running.items()))
        rows = [row for pair in pairs if (row := measured(*pair, running, rounds=rounds, side=side))]
    if out:
        out.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    print_table(HEADER, table(rows))
    return Exit.DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison with these arguments; returns the exit code."""
    return run(animated, argv, program="python -m bench.animations")


def _pairs(folder: Path, only: str | None, part: str) -> list[tuple[Path, str, str]]:
    """Each animation with its format and each format to encode it to."""
    chosen = only.lower().split(",") if only else None
    pairs = [
        (path, source, form)
        for path, source in animations(folder, part)
        for form in _FORMS[source]
        if chosen is None or f"{source}:{form}".lower() in chosen
    ]
    if not pairs:
        raise CommandError(f"{folder}: no animation to measure", Exit.NOT_FOUND)
    return pairs


def animations(folder: Path, part: str = "") -> Iterator[tuple[Path, str]]:
    """The animations of a folder and their formats, in the order of their names.

    Args:
        folder: folder of the files.
        part: part of their names.

    Raises:
        CommandError: the folder does not exist.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder}: not a folder", Exit.NOT_FOUND)
    for path in sorted(folder.iterdir()):
        if not path.is_file() or part not in path.name:
            continue
        try:
            with Image.open(path, formats=tuple(_FORMS)) as image:
                frames, form = getattr(image, "n_frames", 1), image.format or ""
                pixels = frames * image.width * image.height
        except (OSError, SyntaxError, ValueError):
            continue
        if frames > 1 and pixels <= MAX_FRAME_PIXELS:
            yield path, form


@contextmanager
def programs() -> Iterator[dict[str, LineProcess]]:
    """The two programs, each in its own process on one core; only this pipeline if sharp is not available."""
    with ExitStack() as stack:
        ours = (*pinned(), sys.executable, "-m", "bench.animations.ours")
        environment = {"PYTHONPATH": str(ROOT), **ALLOCATOR}
        running = {OURS: stack.enter_context(line_process(ours, OURS, environment=environment, folder=ROOT))}
        try:
            sharp = sharp_command(Path(__file__).with_name("sharp_animations.mjs"))
            running[SHARP] = stack.enter_context(line_process((*pinned(), *sharp), SHARP))
        except CannotInstall as error:
            note(f"sharp is skipped: {error}")
        yield running


def measured(
    path: Path, source: str, form: str, running: Mapping[str, LineProcess], *, rounds: int, side: int
) -> Row | None:
    """The result of one animation; None where this pipeline does not make it.

    Args:
        path: path of the animation.
        source: format of the source.
        form: format to encode to.
        running: see programs.
        rounds: rounds, of which the least CPU counts.
        side: maximum side of the result, in pixels; 0 for the size of the source.
    """
    if form == "png" or source == "PNG":  # sharp reads and writes only the first frame of an APNG
        running = {OURS: running[OURS]}
    data = path.read_bytes()
    made: dict[str, Made] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        request = {"path": str(path.resolve()), "form": form, "keep": form == source.lower(), "side": side}
        cpu: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for name, program in running.items():
                for part in (WHOLE,) if side else (WHOLE, ENCODER):
                    kept = str(out) + name if part == WHOLE else None
                    answer = program.ask({**request, "part": part, "out": kept})
                    if "error" in answer:
                        note(f"{path.name} to {form}: {name}: {answer['error']}")
                        break
                    cpu.setdefault((name, part), []).append(answer["cpu"])
        for name in running:
            if (name, WHOLE) in cpu:
                file = Path(str(out) + name).read_bytes()
                psnr = psnr_db(data, file) if not side else None
                alone = min(cpu[name, ENCODER]) if (name, ENCODER) in cpu else None
                made[name] = Made(size_bytes=len(file), psnr=psnr, cpu=min(cpu[name, WHOLE]), encoder_cpu=alone)
    if OURS not in made:
        return None
    return Row(name=path.name, source=source, form=form, size_bytes=len(data), ours=made[OURS], sharp=made.get(SHARP))


def table(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """A line of figures for each pair of formats; WORSE counts files that are over 1 dB below sharp's."""
    for pair in dict.fromkeys((row.source, row.form) for row in rows):
        of_pair = [row for row in rows if (row.source, row.form) == pair]
        both = [(row.ours, row.sharp) for row in of_pair if row.sharp is not None]
        psnr = [row.ours.psnr for row in of_pair if row.ours.psnr is not None]
        apart = [a.psnr - b.psnr for a, b in both if a.psnr is not None and b.psnr is not None]
        yield (
            *(pair[0].lower(), pair[1], str(len(of_pair))),
            _ratio([(row.ours.size_bytes, row.size_bytes) for row in of_pair]),
            _ratio([(a.size_bytes, b.size_bytes) for a, b in both]),
            *_least_and_middle(psnr),
            *_least_and_middle(apart),
            str(sum(each < -1 for each in apart)) if apart else "",
            *_sums([(a.cpu, b.cpu) for a, b in both] or [(row.ours.cpu, None) for row in of_pair]),
            *_sums([(a.encoder_cpu, b.encoder_cpu) for a, b in both if a.encoder_cpu and b.encoder_cpu]),
        )


def _ratio(pairs: Sequence[tuple[float, float]]) -> str:
    return f"{sum(a for a, _ in pairs) / sum(b for _, b in pairs):.3f}" if pairs else ""


def _least_and_middle(values: Sequence[float]) -> tuple[str, str]:
    return (f"{min(values):.1f}", f"{median(values):.1f}") if values else ("", "")


def _sums(pairs: Sequence[tuple[float, float | None]]) -> tuple[str, str, str]:
    ours, theirs = sum(a for a, _ in pairs), sum(b or 0 for _, b in pairs)
    if not pairs:
        return "", "", ""
    return f"{ours:.2f} s", f"{theirs:.2f} s" if theirs else "", f"{ours / theirs:.2f}" if theirs else ""


if __name__ == "__main__":
    sys.exit(main())
