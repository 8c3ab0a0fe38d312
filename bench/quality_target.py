"""How near `quality_target` comes to its score, beside one quality for all pictures: bench/QUALITY_TARGET.md.

`python -m bench.quality_target PHOTOGRAPHS FLAT`: two folders of pictures.
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from PIL import Image

from bench.environments import ROOT, WORKERS, python_of
from bench.formats import Score, resized
from bench.line_process import line_process
from ops.show import note
from services.watermark.encoding.files import encode
from services.watermark.encoding.quality import encoder_quality
from services.watermark.encoding.similarity import Reference
from services.watermark.encoding.target import reached, typical_quality

_FORMATS: Final = ("jpeg", "webp", "avif")
_CLOSE: Final = 2

_HEAD: Final = """# A score in place of a quality

Written by `python -m bench.quality_target PHOTOGRAPHS FLAT`. Each picture is resized to {side} x {side} px as resize
does, on white, and encoded by watermark's encoders. `target` is `quality_target: {target}`. `fixed` is the quality that
has this score in the median of pictures ([ADR 51](../docs/adr/0051-a-score-in-place-of-a-quality.md)).

Scores are SSIMULACRA2, by the Python package of this name, less the target: minimum, median, maximum, and the root of
mean squares. `off` counts pictures that miss by more than {close}. CPU is that of the search, in the median. The last
column is the error of the estimate that the search uses: minimum, median, maximum.
"""
_TABLE: Final = (
    "| | | score - target | r.m.s. | off | bytes | encodings | CPU in ms | estimate - score |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|",
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One picture in one format.

    Args:
        name: name of its file.
        form: the format.
        target: score of the file that the search chose.
        fixed: score of the file of the fixed quality.
        estimate: score of the former as the search estimates it.
        quality: quality that it chose.
        target_bytes: size of the former file.
        fixed_bytes: size of the latter file.
        encodings: how often the search encoded.
        cpu_ms: CPU of the search, in milliseconds.
    """

    name: str
    form: str
    target: float
    fixed: float
    estimate: float
    quality: int
    target_bytes: int
    fixed_bytes: int
    encodings: int
    cpu_ms: float


def measured(path: Path, side: int, target: int, score: Score) -> Iterator[Found]:
    """Encode one picture in each format, by its score and by the fixed quality.

    Args:
        path: path of the picture.
        side: side of the box that it is resized to, in pixels.
        target: the score.
        score: judges the files.
    """
    image, _ = resized(path, side)
    with tempfile.TemporaryDirectory(prefix="target-") as folder:
        reference, made = Path(folder) / "reference.png", Path(folder) / "made"
        image.save(reference, compress_level=1)

        def judged(data: bytes) -> float:
            made.write_bytes(data)
            return score(reference, made)

        for form in _FORMATS:
            yield _found(path.name, image, form, target, judged)


def _found(name: str, image: Image.Image, form: str, target: int, judged: Callable[[bytes], float]) -> Found:
    count = 0

    def encoded(some: Image.Image, quality: int) -> bytes:
        nonlocal count
        count += 1
        return encode([some], form, quality=quality, format_quality={form: quality}, animation=None).data

    begun = time.process_time()
    result = reached(image, form, target, encoded)
    cpu_ms, encodings = (time.process_time() - begun) * 1000, count
    by_score = encoded(image, result.quality)
    fixed = encoded(image, encoder_quality(form, typical_quality(target)))
    with Image.open(io.BytesIO(by_score)) as shown:
        estimate = Reference(image).score(shown.convert("RGB"))
    return Found(
        name=name,
        form=form,
        target=judged(by_score),
        fixed=judged(fixed),
        estimate=estimate,
        quality=result.quality,
        target_bytes=len(by_score),
        fixed_bytes=len(fixed),
        encodings=encodings,
        cpu_ms=cpu_ms,
    )


def table(found: Sequence[Found], target: int) -> str:
    """The table of one kind of pictures."""
    lines = list(_TABLE)
    for form in _FORMATS:
        some = [each for each in found if each.form == form]
        total = sum(each.fixed_bytes for each in some)
        share = sum(each.target_bytes for each in some) / total
        work = f"{statistics.mean(each.encodings for each in some):.1f} | {_median_ms(some):.0f}"
        error = _spread([each.estimate - each.target for each in some])
        lines.append(f"| {form} | target | {_cells([each.target - target for each in some])} | {share:.2f} | {work} |")
        lines[-1] += f" {error} |"
        lines.append(f"| {form} | fixed | {_cells([each.fixed - target for each in some])} | 1.00 | 1 | | |")
    return "\n".join(lines) + "\n"


def _median_ms(found: Sequence[Found]) -> float:
    return statistics.median(each.cpu_ms for each in found)


def _cells(misses: Sequence[float]) -> str:
    rms = (sum(each**2 for each in misses) / len(misses)) ** 0.5
    return f"{_spread(misses)} | {rms:.1f} | {sum(abs(each) > _CLOSE for each in misses)}"


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):+.1f}, {statistics.median(values):+.1f}, {max(values):+.1f}"


def _pictures(found: Sequence[Found]) -> str:
    lines = ["| picture | format | quality | score | fixed |", "|---|---|---:|---:|---:|"]
    lines += [f"| {e.name} | {e.form} | {e.quality} | {e.target:.1f} | {e.fixed:.1f} |" for e in found]
    return "\n".join(lines) + "\n"


def _rows(folder: Path, side: int, target: int, score: Score) -> Iterator[Found]:
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        note(path.name)
        yield from measured(path, side, target, score)


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("flat", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--side", default=640, show_default=True, help="Resize to a box of this side, in pixels.")
@click.option("--target", default=79, show_default=True, help="The score.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=ROOT / "bench" / "QUALITY_TARGET.md", help="Write this file."
)
def main(photographs: Path, flat: Path, side: int, target: int, out: Path) -> None:
    """Measure a score as the setting on two folders of pictures: PHOTOGRAPHS, and FLAT (screenshots, drawings)."""
    Image.init()  # so that no encoding pays for the import of its plug-in
    parts = [_HEAD.format(side=side, target=target, close=_CLOSE)]
    with line_process([str(python_of("judge")), str(WORKERS / "score.py")], "score") as judge:

        def score(reference: Path, file: Path) -> float:
            return float(judge.ask({"reference": str(reference), "file": str(file)})["ssimulacra2"])

        for kind, folder in (("photographs", photographs), ("flat pictures", flat)):
            found = list(_rows(folder, side, target, score))
            heading = f"{len(found) // len(_FORMATS)} {kind}"
            parts.append(f"## {heading}\n\n{table(found, target)}\n{_pictures(found)}")
    out.write_text("\n".join(parts), encoding="utf-8")
    sys.stdout.write("\n".join(parts))


if __name__ == "__main__":
    main()
