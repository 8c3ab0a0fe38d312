"""Store lossless stills without resizing them, and compare bytes and pixels with the sources."""

import hashlib
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
from PIL import Image

from bench.chain import Chain
from ops import settings
from ops.cli.options import FILE, command, option
from ops.cli.output import print_table
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.show import note
from shared.errors import PipelineError

PALETTE: Final = "palette PNG"
BILEVEL: Final = "bilevel PNG"
GREY: Final = "grey PNG"
COLOUR: Final = "colour PNG"
WEBP: Final = "lossless WebP"
BMP: Final = "BMP"
TIFF: Final = "TIFF"
KINDS: Final = (PALETTE, BILEVEL, GREY, COLOUR, WEBP, BMP, TIFF)
HEADER: Final = ("KIND", "FILES", "BYTES", "STORED", "RATIO", "LARGER", "MOST", "FILE", "LOSSY", "DIFFER", "CPU S")

# The largest box that a rendition may have: larger pictures are resized, and not measured.
MAX_SIDE_PX: Final = 8192
# IHDR: bits and colour type. https://www.w3.org/TR/png-3/#11IHDR
_BITS_AT: Final = 24
_COLOUR_TYPE_AT: Final = 25
_KIND_OF_COLOUR_TYPE: Final = {0: GREY, 2: COLOUR, 3: PALETTE, 4: GREY, 6: COLOUR}
_FORMATS: Final = ("PNG", "WEBP", "BMP", "TIFF")
_KIND_OF_FORMAT: Final = {"BMP": BMP, "TIFF": TIFF}
_SETTINGS: Final[dict[str, Any]] = {
    "name": "lossless",
    "renditions": [{"name": "made", "width": MAX_SIDE_PX, "height": MAX_SIDE_PX, "watermark": False}],
    # The time of a decode depends on the machine's other load.
    "limits": {"seconds": 55},
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One file and what the pipeline stored of it.

    Args:
        name: path of the file in the folder.
        kind: one of KINDS.
        size_bytes: size of the file.
        made_bytes: size of the output.
        form: format of the output, as Pillow calls it.
        is_same: whether both decode to the same visible pixels. Colour conversion, orientation and lossy formats
            change them.
        cpu: seconds of all three steps.
        digest: digest of the stored visible pixels, for comparing two runs.
    """

    name: str
    kind: str
    size_bytes: int
    made_bytes: int
    form: str
    is_same: bool
    cpu: float
    digest: str


@command("python -m bench.lossless photos --kinds 'bilevel PNG' --out build/lossless.json")
@click.argument("folder", type=FILE)
@option("--kinds", metavar="KIND,…", help=f"Measure only these (default: {', '.join(KINDS)}).")
@option("--out", type=FILE, metavar="FILE", help="Write the figures of every file as JSON.")
def lossless(folder: Path, kinds: str | None, out: Path | None) -> Exit:
    """Measure every still in FOLDER, and beneath it, that is stored without loss: PNG, lossless WebP, BMP and TIFF."""
    files = list(stills(folder, tuple(kinds.split(",")) if kinds else KINDS))
    chain = Chain(settings.parse(_SETTINGS))
    rows = [row for path, kind in files if (row := measured(path, kind, chain, folder)) is not None]
    if out:
        out.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    print_table(HEADER, table(rows))
    return Exit.DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement with these arguments; returns the exit code."""
    return run(lossless, argv, program="python -m bench.lossless")


def stills(folder: Path, kinds: Sequence[str] = KINDS) -> Iterator[tuple[Path, str]]:
    """The stills of a folder and their kinds, in the order of their paths.

    Args:
        folder: searched recursively.
        kinds: requested kinds of KINDS.

    Raises:
        CommandError: the folder does not exist, or a kind is unknown.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder}: not a folder", Exit.NOT_FOUND)
    unknown = ", ".join(sorted(set(kinds) - set(KINDS)))
    if unknown:
        raise CommandError(f"unknown: {unknown}; kinds: {', '.join(KINDS)}", Exit.USAGE)
    for path in sorted(folder.rglob("*")):
        kind = kind_of(path.read_bytes()) if path.is_file() else None
        if kind is not None and kind in kinds:
            yield path, kind


def kind_of(data: bytes) -> str | None:
    """One of KINDS; None for animations, other formats, and files that Pillow does not open.

    Args:
        data: the file.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            form = image.format or ""
            is_moving = form not in _KIND_OF_FORMAT and getattr(image, "n_frames", 1) > 1
    except Exception:  # noqa: BLE001 - decoders raise anything
        return None
    if form in _KIND_OF_FORMAT:
        return _KIND_OF_FORMAT[form]
    if is_moving:
        return None
    if form == "WEBP":
        return WEBP if b"VP8L" in (data[12:16], *_chunk_names(data)) else None
    bits, colour_type = data[_BITS_AT], data[_COLOUR_TYPE_AT]
    return BILEVEL if (bits, colour_type) == (1, 0) else _KIND_OF_COLOUR_TYPE[colour_type]


def _chunk_names(data: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(data):
        yield data[at : at + 4]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2


def measured(path: Path, kind: str, chain: Chain, folder: Path) -> Row | None:
    """What the pipeline stores of a file; None where it refuses the file or resizes it.

    Args:
        path: path of the file.
        kind: its kind.
        chain: the pipeline.
        folder: folder to which the name in the row is relative.
    """
    data = path.read_bytes()
    cpu = time.process_time()
    try:
        (made,) = chain.run(data, f"image{path.suffix}").values()
    except PipelineError as error:
        note(f"{path}: {error}")
        return None
    cpu = time.process_time() - cpu
    with Image.open(io.BytesIO(made)) as image:
        form, pixels = image.format or "", visible(image)
        if max(image.size) == MAX_SIDE_PX:
            return None
    return Row(
        name=path.relative_to(folder).as_posix(),
        kind=kind,
        size_bytes=len(data),
        made_bytes=len(made),
        form=form,
        is_same=_shown(data) == pixels,
        cpu=cpu,
        digest=hashlib.sha256(pixels).hexdigest(),
    )


def visible(image: Image.Image) -> bytes:
    """The pixels of a picture as RGBA, without the colours beneath full transparency."""
    whole = image.convert("RGBA")
    seen = Image.new("RGBA", whole.size)
    seen.paste(whole, mask=whole.getchannel("A").point([0] + [255] * 255))
    return seen.tobytes()


def _shown(data: bytes) -> bytes | None:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return visible(image)
    except Exception:  # noqa: BLE001 - decoders raise anything
        return None


def table(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """One line of HEADER's columns for each kind that was measured.

    Args:
        rows: rows of all files.
    """
    for kind in KINDS:
        of_kind = [row for row in rows if row.kind == kind]
        if not of_kind:
            continue
        before, after = sum(row.size_bytes for row in of_kind), sum(row.made_bytes for row in of_kind)
        larger = [row for row in of_kind if row.made_bytes > row.size_bytes]
        worst = max(larger, key=lambda row: row.made_bytes - row.size_bytes, default=None)
        lossy = sum(row.form in {"JPEG", "MPO"} for row in of_kind)
        yield (
            kind,
            f"{len(of_kind):,}",
            f"{before:,}",
            f"{after:,}",
            f"{after / before:.3f}",
            f"{len(larger):,}",
            "" if worst is None else f"+{worst.made_bytes - worst.size_bytes:,}",
            "" if worst is None else worst.name,
            f"{lossy:,}",
            f"{sum(not row.is_same for row in of_kind) - lossy:,}",
            f"{sum(row.cpu for row in of_kind):.1f}",
        )


if __name__ == "__main__":
    sys.exit(main())
