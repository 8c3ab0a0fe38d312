"""Bytes, SSIMULACRA2 and CPU of each format at one quality, and of the smallest of them: bench/FORMATS.md.

`python -m bench.formats PHOTOGRAPHS FLAT`: two folders of pictures.
"""

import io
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
from PIL import Image

from bench.environments import ROOT, WORKERS, python_of
from bench.line_process import line_process
from ops.show import note
from services.resize.settings import Rendition, Settings
from services.resize.step import render
from services.watermark.encoding import jxl
from services.watermark.encoding.files import Encoded, encode
from shared.choices import CANDIDATES

SMALLEST: Final = "smallest"
CONTENDERS: Final = ("jpeg", "webp", "avif", "jxl", "png", SMALLEST)
# Score of a reference file and another, as SSIMULACRA2 gives it.
Score = Callable[[Path, Path], float]

_HEAD: Final = """# Formats at one quality

Written by `python -m bench.formats PHOTOGRAPHS FLAT`. Each picture is resized to {side} x {side} px as resize does,
without a watermark, on white. Watermark's encoders then make a file of each format at `quality: {quality}`, which is
that of a JPEG: the others get what looks like it ([ADR 45](../docs/adr/0045-formats-by-bytes.md)). Of a flat picture
WebP and JPEG XL may be lossless, as in the pipeline. `smallest` is `format: smallest` with the candidates that it has
where none are set: AVIF, WebP, JPEG and PNG.

Figures are lower quartile, median and upper quartile of the pictures. Bytes are a ratio to the JPEG of the same
picture. CPU is that of one encoding on one core. SSIMULACRA2 is up to 100, which is the same picture.
"""


@dataclass(frozen=True, kw_only=True)
class File:
    """One encoded picture.

    Args:
        form: the format that it has.
        size_bytes: size of the file.
        cpu_ms: CPU time of the encoding, in milliseconds.
        score: SSIMULACRA2.
    """

    form: str
    size_bytes: int
    cpu_ms: float
    score: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One picture.

    Args:
        name: name of its file.
        size: (width, height) in pixels.
        files: a file by contender.
    """

    name: str
    size: tuple[int, int]
    files: Mapping[str, File]


def resized(path: Path, side: int) -> tuple[Image.Image, bool]:
    """A picture as resize makes it, on white and without a watermark, and whether its file stores it losslessly.

    Args:
        path: path of the picture.
        side: side of the box that it is resized to, in pixels.
    """
    wanted = Rendition(name="x", width=side, height=side, background="#ffffff", watermark=False)
    picture = render(path.read_bytes(), Settings(work_bucket="", renditions=(wanted,)))
    return picture.renditions[0].frames[0].convert("RGB"), picture.lossless


def measured(path: Path, side: int, quality: int, score: Score) -> Row:
    """Encode one picture in every way.

    Args:
        path: path of the picture.
        side: side of the box that it is resized to, in pixels.
        quality: quality of a JPEG.
        score: judges the files.
    """
    image, lossless = resized(path, side)
    files = {}
    with tempfile.TemporaryDirectory(prefix="formats-") as folder:
        reference, made = Path(folder) / "reference.png", Path(folder) / "made"
        image.save(reference, compress_level=1)
        for name in CONTENDERS:
            candidates = CANDIDATES if name == SMALLEST else ()
            form = CANDIDATES[0] if name == SMALLEST else name
            encoding = partial(encode, quality=quality, animation=None, lossless=lossless)
            encoded, cpu_ms = _timed(partial(encoding, [image], form, candidates=candidates))
            made.write_bytes(encoded.data)
            if encoded.form == "jxl":  # which the environment of the judge does not open
                _decoded(encoded.data).save(made, "PNG", compress_level=1)
            value = score(reference, made) if name != "png" else 100.0
            files[name] = File(form=encoded.form, size_bytes=len(encoded.data), cpu_ms=cpu_ms, score=value)
    return Row(name=path.name, size=image.size, files=files)


def _decoded(data: bytes) -> Image.Image:
    jxl.plugin()
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def _timed(encoding: Callable[[], Encoded]) -> tuple[Encoded, float]:
    begun = time.process_time()
    encoded = encoding()
    return encoded, (time.process_time() - begun) * 1000


def summary(rows: Sequence[Row]) -> str:
    """The table of one kind of pictures, and how often each format was the smallest."""
    lines = ["| | bytes, of the JPEG | SSIMULACRA2 | CPU in ms |", "|---|---:|---:|---:|"]
    for name in CONTENDERS:
        files = [row.files[name] for row in rows]
        shares = [row.files[name].size_bytes / row.files["jpeg"].size_bytes for row in rows]
        cells = (_spread(shares, ".2f"), _spread([file.score for file in files], ".1f"))
        lines.append(f"| {name} | {' | '.join(cells)} | {_spread([file.cpu_ms for file in files], '.0f')} |")
    total = [sum(row.files[name].size_bytes for row in rows) for name in CONTENDERS]
    sums = ", ".join(f"{name} {bytes_ / 1000:,.0f}" for name, bytes_ in zip(CONTENDERS, total, strict=True))
    picks = Counter(row.files[SMALLEST].form for row in rows)
    chosen = ", ".join(f"{form} {count}" for form, count in picks.most_common())
    return "\n".join([*lines, "", f"All files together, in kB: {sums}.", "", f"`smallest` chose: {chosen}."]) + "\n"


def _spread(values: Sequence[float], form: str) -> str:
    if len(values) == 1:
        return f"{values[0]:{form}}"
    return ", ".join(f"{value:{form}}" for value in statistics.quantiles(values, n=4, method="inclusive"))


def pictures(rows: Sequence[Row]) -> str:
    """The table of single pictures."""
    lines = [f"| picture | px | {' | '.join(CONTENDERS)} |", "|---|---:|" + "---:|" * len(CONTENDERS)]
    for row in rows:
        cells = [f"{file.size_bytes / 1000:,.1f} ({file.score:.0f})" for file in row.files.values()]
        cells[-1] += f" {row.files[SMALLEST].form}"
        lines.append(f"| {row.name} | {row.size[0]} x {row.size[1]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page(kinds: Mapping[str, Sequence[Row]], side: int, quality: int) -> str:
    """The page.

    Args:
        kinds: rows by the name of their kind.
        side: side of the box, in pixels.
        quality: quality of a JPEG.
    """
    parts = [_HEAD.format(side=side, quality=quality)]
    parts += [f"## {len(rows)} {kind}\n\n{summary(rows)}" for kind, rows in kinds.items()]
    parts.append("## Each picture\n\nkB, and SSIMULACRA2 in brackets.\n")
    parts += [pictures(rows) for rows in kinds.values()]
    return "\n".join(parts)


def _rows(folder: Path, side: int, quality: int, score: Score) -> Iterator[Row]:
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        note(path.name)
        yield measured(path, side, quality, score)


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("flat", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--side", default=1024, show_default=True, help="Resize to a box of this side, in pixels.")
@click.option("--quality", default=82, show_default=True, help="Encode at this quality of a JPEG.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "bench" / "FORMATS.md", help="Write this file.")
def main(photographs: Path, flat: Path, side: int, quality: int, out: Path) -> None:
    """Measure the formats on two folders of pictures: PHOTOGRAPHS, and FLAT (screenshots, drawings)."""
    Image.init()  # so that no encoding pays for the import of its plug-in
    with line_process([str(python_of("judge")), str(WORKERS / "score.py")], "score") as judge:

        def score(reference: Path, file: Path) -> float:
            return float(judge.ask({"reference": str(reference), "file": str(file)})["ssimulacra2"])

        folders = {"photographs": photographs, "flat pictures": flat}
        kinds = {kind: list(_rows(folder, side, quality, score)) for kind, folder in folders.items()}
    out.write_text(page(kinds, side, quality), encoding="utf-8")
    sys.stdout.write(page(kinds, side, quality))


if __name__ == "__main__":
    main()
