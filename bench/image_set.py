"""CPU of a responsive set, eight widths of a photograph in three formats, beside sharp: bench/IMAGE_SET.md.

`python -m bench.image_set PHOTOGRAPH`: a JPEG at least 2,560 px wide.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from PIL import Image

from bench.environments import HERE, ROOT, WORKERS, python_of, sharp_command
from bench.figures import Spread, ratios
from bench.inputs import logo
from bench.line_process import LineProcess, line_process
from bench.rounds import turns
from bench.worker import pinned
from ops.settings import ALLOCATOR
from ops.show import note

WIDTHS_PX: Final = (2560, 1920, 1600, 1280, 960, 640, 480, 320)
_QUALITY: Final = 82
_BOUND: Final = 0.6
_JUDGED_PX: Final = 960
_FORMATS: Final = ("avif", "webp", "jpg")
_OURS: Final = "this pipeline"
_EACH: Final = "sharp, each file"
_SHARED: Final = "sharp, each width"

# Of sharp, with the SSIMULACRA2 of ours, as the table shows. Effort 1 of AVIF is libaom's speed 8.
_FORMATS_OF_SHARP: Final = {
    "avif": ("avif", {"quality": 68, "effort": 1, "chromaSubsampling": "4:2:0"}),
    "webp": ("webp", {"quality": 84, "effort": 2}),
    "jpg": ("jpeg", {"quality": 82}),
}
_CONTESTANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    _OURS: {"quality": _QUALITY, "formats": ("avif", "webp", "jpeg")},
    _EACH: {"formats": _FORMATS_OF_SHARP, "shared": False},
    _SHARED: {"formats": _FORMATS_OF_SHARP, "shared": True},
}

_HEAD: Final = """# CPU of a responsive set

Written by `python -m bench.image_set PHOTOGRAPH`. A photograph of {size} px becomes {count} files, as AVIF, WebP
and JPEG. They are {widths} px wide, with a logo on a quarter of that.
This pipeline is all three services with their messages and intermediate objects, at `quality: {quality}`.
The others are {sharp}, with one thread and its logo cached:

- **{each}**: a pipeline for each file, from the source, as its documents have it.
- **{shared}**: each width is decoded, scaled and watermarked once, as in this pipeline.

Their encoders have our efforts: libaom's speed 8, WebP's method 2. By sharp's default effort an AVIF of 960 px took 5 s
of CPU instead of 0.3, so that is not measured here.

CPU is user and system time of the process, pinned to one core, in {rounds} rounds, in turn. Ratios are made round by
round: minimum, median, maximum. Scores are SSIMULACRA2 at {judged} px, beside a PNG of the same contestant.
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One contestant.

    Args:
        cpu_seconds: CPU of each round.
        size_bytes: bytes of all files, by format.
        scores: SSIMULACRA2 of one width, by format.
    """

    cpu_seconds: Sequence[float]
    size_bytes: Mapping[str, int]
    scores: Mapping[str, float]


def page(found: Mapping[str, Measured], facts: Mapping[str, object]) -> str:
    """The page.

    Args:
        found: what was measured, by contestant.
        facts: what the head of the page states.
    """
    lines = [
        _HEAD.format(each=_EACH, shared=_SHARED, quality=_QUALITY, **facts),
        "| | CPU in s | this pipeline's CPU to it | MB | SSIMULACRA2 of avif, webp, jpeg |",
        "|---|---:|---:|---:|---:|",
    ]
    ours = found[_OURS].cpu_seconds
    for name, each in found.items():
        against = "" if name == _OURS else _cell(ratios(ours, each.cpu_seconds))
        scores = ", ".join(f"{each.scores[form]:.1f}" for form in _FORMATS)
        total = sum(each.size_bytes.values()) / 1e6
        lines.append(f"| {name} | {statistics.median(each.cpu_seconds):.2f} | {against} | {total:.2f} | {scores} |")
    aim = ratios(ours, found[_EACH].cpu_seconds)
    verdict = "reached" if aim.high <= _BOUND else "not reached"
    lines += ["", f"The aim is at most {_BOUND} of {_EACH}: {verdict}."]
    return "\n".join(lines) + "\n"


def _cell(spread: Spread) -> str:
    return f"{spread.low:.2f}, {spread.middle:.2f}, {spread.high:.2f}"


def _measured(photograph: Path, rounds: int, folder: Path) -> tuple[dict[str, Measured], str]:
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_worker(name)) for name in _CONTESTANTS}
        job = {"path": str(photograph), "widths": WIDTHS_PX, "logo": str(logo())}
        cpu: dict[str, list[float]] = {name: [] for name in workers}
        sizes: dict[str, Mapping[str, int]] = {}
        for number, order in enumerate(turns(list(workers), 1 + rounds)):
            note(f"round {number} of {rounds}")
            for name in order:
                out = folder / name
                out.mkdir(exist_ok=True)
                # The files are written in a warm-up, so that no round has to.
                answer = workers[name].ask({**job, **_CONTESTANTS[name], "out": str(out) if number == 0 else None})
                if number:
                    cpu[name].append(answer["cpu"])
                sizes[name] = answer["bytes"]
        version, scores = workers[_EACH].version, _scores(workers, job, folder)
    return {
        name: Measured(cpu_seconds=cpu[name], size_bytes=_by_format(sizes[name]), scores=scores[name])
        for name in workers
    }, version


def _worker(name: str) -> Any:  # noqa: ANN401 - a context of a LineProcess
    script = (
        (sys.executable, str(WORKERS / "ours_set.py")) if name == _OURS else sharp_command(HERE / "sharp" / "set.mjs")
    )
    paths = {"PYTHONPATH": f"{WORKERS}{os.pathsep}{ROOT}", "VIPS_CONCURRENCY": "1"}
    return line_process([*pinned(), *script], name, environment={**os.environ, **paths, **ALLOCATOR})


def _by_format(sizes: Mapping[str, int]) -> dict[str, int]:
    forms = {key.rpartition(".")[2] for key in sizes}
    return {form: sum(size for key, size in sizes.items() if key.endswith(f".{form}")) for form in forms}


def _scores(workers: Mapping[str, LineProcess], job: Mapping[str, Any], folder: Path) -> dict[str, dict[str, float]]:
    """SSIMULACRA2 of each contestant's files of one width, beside its own pixels as PNG."""
    scores: dict[str, dict[str, float]] = {}
    with line_process([str(python_of("judge")), str(WORKERS / "score.py")], "score") as judge:
        for name, worker in workers.items():
            png = ("png",) if name == _OURS else {"png": ("png", {})}
            out = folder / name
            worker.ask({**job, **_CONTESTANTS[name], "widths": (_JUDGED_PX,), "formats": png, "out": str(out)})
            reference = str(out / f"{_JUDGED_PX}.png")
            files = {form: str(out / f"{_JUDGED_PX}.{form}") for form in _FORMATS}
            asked = {form: judge.ask({"reference": reference, "file": file}) for form, file in files.items()}
            scores[name] = {form: float(answer["ssimulacra2"]) for form, answer in asked.items()}
    return scores


@click.command()
@click.argument("photograph", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rounds", default=5, show_default=True, help="Measure this many rounds.")
@click.option("--out", type=click.Path(path_type=Path), default=HERE / "IMAGE_SET.md", help="Write this file.")
def main(photograph: Path, rounds: int, out: Path) -> None:
    """Measure the CPU of a responsive set of PHOTOGRAPH beside sharp."""
    with Image.open(photograph) as image:
        size = f"{image.width} x {image.height}"
    with tempfile.TemporaryDirectory(prefix="image-set-") as folder:
        found, version = _measured(photograph, rounds, Path(folder))
    facts = {"size": size, "count": len(WIDTHS_PX) * len(_FORMATS), "rounds": rounds, "judged": _JUDGED_PX}
    written = page(found, {**facts, "sharp": version, "widths": ", ".join(map(str, WIDTHS_PX))})
    out.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
