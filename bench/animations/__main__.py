"""Compare the animations that the pipeline makes with their sources and with sharp's: bytes, PSNR and CPU."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from PIL import Image

from bench.animations.fidelity import psnr_db
from bench.environments import ROOT, CannotInstall, sharp_command
from bench.line_process import LineProcess, line_process
from bench.worker import pinned
from ops.cli.output import print_table
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
    """What one encoder made of one animation.

    Args:
        size_bytes: of the file.
        psnr: to the source, in dB, 60 at most; None where the sizes differ.
        cpu: seconds from file to file, the least of all rounds.
        encoder_cpu: seconds of the encoder alone, the least of all rounds; None where it is not measured.
    """

    size_bytes: int
    psnr: float | None
    cpu: float
    encoder_cpu: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One animation in one format.

    Args:
        name: of the file.
        source: its format.
        form: that it was made into.
        size_bytes: of the source.
        ours: what this pipeline made.
        sharp: what sharp made; None where it does not read or write the format.
    """

    name: str
    source: str
    form: str
    size_bytes: int
    ours: Made
    sharp: Made | None


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.animations", description=__doc__)
    parser.add_argument("folder", type=Path, help="of GIF, APNG and WebP; other files and stills are left out")
    parser.add_argument("--only", metavar="FROM:TO,…", help="such as gif:gif,gif:webp (default: all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of which the least CPU counts (default {ROUNDS})")
    parser.add_argument("--side", type=int, default=0, metavar="PX", help="resize to fit (default: keep the size)")
    parser.add_argument("--names", metavar="PART", default="", help="measure files whose name contains this alone")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures of every file as JSON")
    args = parser.parse_args(argv)
    try:
        pairs = _pairs(args.folder, args.only, args.names)
    except CommandError as error:
        note(f"animations: {error}")
        return error.code
    with programs() as running:
        note(", ".join(f"{name}: {program.version}" for name, program in running.items()))
        rows = [row for pair in pairs if (row := measured(*pair, running, rounds=args.rounds, side=args.side))]
    if args.out:
        args.out.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    print_table(HEADER, table(rows))
    return Exit.DONE


def _pairs(folder: Path, only: str | None, part: str) -> list[tuple[Path, str, str]]:
    """Each animation with its format and one that it is made into."""
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
        folder: of the files.
        part: that their names contain.

    Raises:
        CommandError: there is no such folder.
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
    """The two that are compared, each in a process of its own on one core; ours alone where sharp is not there."""
    with ExitStack() as stack:
        ours = (*pinned(), sys.executable, "-m", "bench.animations.ours")
        environment = {"PYTHONPATH": str(ROOT), **ALLOCATOR}
        running = {OURS: stack.enter_context(line_process(ours, OURS, environment=environment, folder=ROOT))}
        try:
            sharp = sharp_command(Path(__file__).with_name("sharp_animations.mjs"))
            running[SHARP] = stack.enter_context(line_process((*pinned(), *sharp), SHARP))
        except CannotInstall as error:
            note(f"sharp is left out: {error}")
        yield running


def measured(
    path: Path, source: str, form: str, running: Mapping[str, LineProcess], *, rounds: int, side: int
) -> Row | None:
    """What comes of one animation; None where ours does not make it.

    Args:
        path: of it.
        source: its format.
        form: to make.
        running: see programs.
        rounds: of which the least CPU counts.
        side: in pixels, that the result has at most; 0 for the size of the source.
    """
    if form == "png" or source == "PNG":  # sharp reads and writes the first frame of an APNG alone
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
