"""The quality of each format with the score of a JPEG, its bytes and its CPU: tables of docs/adr/0045 and 0053.

`python -m bench.alike PHOTOGRAPHS`: a folder of pictures.
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
from PIL import Image

from bench.environments import WORKERS, python_of
from bench.formats import Score, resized
from bench.line_process import line_process
from ops.show import note
from services.watermark.encoding import jxl
from services.watermark.encoding.files import encode

JPEG: Final = "jpeg"
JPEG_QUALITIES: Final = (40, 55, 70, 82, 90, 95)
# In the numbers of each encoder, closer together where a step changes the score more.
QUALITIES: Final[Mapping[str, tuple[int, ...]]] = {
    "webp": (35, 46, 56, 66, 76, 84, 91, 98),
    "avif": (40, 47, 54, 62, 70, 80, 88, 94),
    "jxl": (28, 42, 55, 65, 75, 83, 89, 94),
}
EFFORTS: Final = (3, 4, 5, 7)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One file of a picture.

    Args:
        quality: in the numbers of its encoder.
        score: SSIMULACRA2.
        size_bytes: size of the file.
        cpu_ms: CPU time of the encoding, in milliseconds.
    """

    quality: float
    score: float
    size_bytes: float
    cpu_ms: float


# Encodes a picture at a quality of its encoder.
Encode = Callable[[Image.Image, int], bytes]


def at_score(points: Sequence[Point], score: float) -> Point | None:
    """The file that would have a score, between the two nearest files; None where that is beyond them.

    Args:
        points: files of one picture in one format, by rising quality.
        score: SSIMULACRA2.
    """
    for low, high in pairwise(points):
        if low.score <= score <= high.score and low.score < high.score:
            share = (score - low.score) / (high.score - low.score)
            between = partial(_between, share=share)
            return Point(
                quality=between(low.quality, high.quality),
                score=score,
                size_bytes=between(low.size_bytes, high.size_bytes),
                cpu_ms=between(low.cpu_ms, high.cpu_ms),
            )
    return None


def _between(low: float, high: float, *, share: float) -> float:
    return low + share * (high - low)


def contenders() -> dict[str, tuple[tuple[int, ...], Encode]]:
    """Each encoder with its qualities, by name: JPEG XL at each effort, and the others as watermark has them."""
    made: dict[str, tuple[tuple[int, ...], Encode]] = {JPEG: (JPEG_QUALITIES, partial(_as, JPEG))}
    made |= {form: (QUALITIES[form], partial(_as, form)) for form in ("webp", "avif")}
    return made | {f"jxl-{effort}": (QUALITIES["jxl"], partial(_jxl, effort)) for effort in EFFORTS}


def _chosen(names: Sequence[str]) -> dict[str, tuple[tuple[int, ...], Encode]]:
    return {name: each for name, each in contenders().items() if name == JPEG or name in names}


def _as(form: str, image: Image.Image, quality: int) -> bytes:
    return encode([image], form, quality=quality, format_quality={form: quality}, animation=None).data


def _jxl(effort: int, image: Image.Image, quality: int) -> bytes:
    return jxl.jxl(image, {}, quality=quality, lossless=False, effort=effort)


def measured(path: Path, side: int, score: Score, encoders: Sequence[str]) -> dict[str, list[Point]]:
    """Encode one picture by every encoder at each of its qualities.

    Args:
        path: path of the picture.
        side: side of the box that it is resized to, in pixels.
        score: judges the files.
        encoders: names of those that are measured; jpeg is anyway.
    """
    image, _ = resized(path, side)
    with tempfile.TemporaryDirectory(prefix="alike-") as folder:
        reference, shown = Path(folder) / "reference.png", Path(folder) / "shown.png"
        image.save(reference, compress_level=1)
        return {
            name: [_point(image, quality, encoding, partial(score, reference), shown) for quality in qualities]
            for name, (qualities, encoding) in _chosen(encoders).items()
        }


def _point(image: Image.Image, quality: int, encoding: Encode, score: Callable[[Path], float], shown: Path) -> Point:
    begun = time.process_time()
    data = encoding(image, quality)
    cpu_ms = (time.process_time() - begun) * 1000
    with Image.open(io.BytesIO(data)) as decoded:
        decoded.convert("RGB").save(shown, compress_level=1)
    return Point(quality=quality, score=score(shown), size_bytes=len(data), cpu_ms=cpu_ms)


def table(pictures: Sequence[Mapping[str, Sequence[Point]]]) -> str:
    """Quality, bytes as a ratio to the JPEG, and CPU at the scores of a JPEG: quartiles of the pictures."""
    lines = ["| JPEG | encoder | quality | its bytes | CPU in ms | pictures |", "|---:|---|---:|---:|---:|---:|"]
    for place, jpeg_quality in enumerate(JPEG_QUALITIES):
        for name in [each for each in pictures[0] if each != JPEG]:
            found = [(each[JPEG][place], at_score(each[name], each[JPEG][place].score)) for each in pictures]
            pairs = [(jpeg, other) for jpeg, other in found if other is not None]
            cells = (
                _quartiles([other.quality for _, other in pairs], ".0f"),
                _quartiles([other.size_bytes / jpeg.size_bytes for jpeg, other in pairs], ".2f"),
                _quartiles([other.cpu_ms for _, other in pairs], ".0f"),
            )
            lines.append(f"| {jpeg_quality} | {name} | {' | '.join(cells)} | {len(pairs)} |")
    return "\n".join(lines) + "\n"


def _quartiles(values: Sequence[float], form: str) -> str:
    if len(values) < 2:  # noqa: PLR2004 - no quartiles of one value
        return ", ".join(f"{value:{form}}" for value in values)
    return ", ".join(f"{value:{form}}" for value in statistics.quantiles(values, n=4, method="inclusive"))


def _pictures(folder: Path, side: int, score: Score, encoders: Sequence[str]) -> Iterator[dict[str, list[Point]]]:
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        note(path.name)
        yield measured(path, side, score, encoders)


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--side", default=640, show_default=True, help="Resize to a box of this side, in pixels.")
@click.option(
    "--encoder",
    "encoders",
    multiple=True,
    type=click.Choice([*contenders()]),
    help="Measure this one; repeat it for several (default: all).",
)
def main(photographs: Path, side: int, encoders: Sequence[str]) -> None:
    """Print which quality of each format has the score of a JPEG, for a folder of PHOTOGRAPHS."""
    Image.init()  # so that no encoding pays for the import of its plug-in
    jxl.plugin()
    with line_process([str(python_of("judge")), str(WORKERS / "score.py")], "score") as judge:

        def score(reference: Path, file: Path) -> float:
            return float(judge.ask({"reference": str(reference), "file": str(file)})["ssimulacra2"])

        sys.stdout.write(table(list(_pictures(photographs, side, score, encoders or [*contenders()]))))


if __name__ == "__main__":
    main()
