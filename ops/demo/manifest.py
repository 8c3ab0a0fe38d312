"""Expected outcomes of a folder of images: stored, unless a MANIFEST.tsv says otherwise."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ops.aws.objects import UnreadableFile, checked_key
from ops.errors import CommandError, Exit
from ops.images.follow import Upload
from services.resize.formats.sniffing import READABLE

NAME: Final = "MANIFEST.tsv"

STORED: Final = frozenset({"stored"})
FAILED: Final = frozenset({"failed"})

_EXPECTED: Final = {"ok": STORED, "permanent-error": FAILED, "ok-or-permanent-error": STORED | FAILED}
_COLUMNS: Final = frozenset({"file", "expected"})

# Files of the public corpora that a manifest took from one decoder's refusals, and that are read now: JPEG 2000; PNG
# whatever its texts and other metadata contain; BMP of any masks and palettes; TIFF of differences in CMYK; JPEG that
# lacks EOI but no pixel; AVIF whose gain map does not parse.
_READ_SINCE: Final = re.compile(
    r"not_allowed_format/(?!.*(00r0_gray_l|00r1_graya_la|expected_to_read|invalid_header_length|zero_height)).*\.(jp2|j2k)"
    r"|(bomb/png_ztxt_bomb|corrupt/pillow_png_decompression_dos|png_extra/imagepng_(cicp_pq|issue#430|x_consecutive_idat))\.png"
    r"|bmp/pillow_bmp_q_(pal8os2v2-16|pal8oversizepal|rgba16-4444|rgba32abf)\.bmp"
    r"|(corrupt/imagers_TODO hpredict_cmyk\.tiff|tiff/pillow_hopper_unknown_pixel_mode\.tif)"
    r"|(corrupt/pillow_truncated_jpeg|truncated/jpg_m2)\.jpg"
    r"|avif/libavif_(seine_sdr_gainmap_gammazero|supported_gainmap_writer_version_with_extra_bytes)\.avif"
)


def read(folder: Path) -> list[tuple[Upload, frozenset[str]]]:
    """The files of a folder, each with its expected outcomes.

    Raises:
        CommandError: the folder does not exist or is empty, a name is not a valid key, or the manifest is invalid.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder of images", Exit.NOT_FOUND)
    uploads = [
        Upload(path=path, key=_key(path.relative_to(folder))) for path in _files(folder, ()) if path.name != NAME
    ]
    if not uploads:
        raise CommandError(f"{folder}: no files in there", Exit.NOT_FOUND)
    whole = folder.resolve()
    expected = _expectations(whole)
    # Both spellings of a path: a manifest's files may be linked to, and a folder may be made of links with a manifest.
    return [
        (upload, expected.get(whole / upload.key, expected.get(upload.path.resolve(), STORED))) for upload in uploads
    ]


def expectation(file: str, expected: str, notes: str) -> frozenset[str]:
    """The outcomes that a row of a manifest allows.

    A row with the note "ok if AVIF is allowed" expects a shorter list of formats than this pipeline's.

    Args:
        file: Path of the image, relative to the manifest's folder.
        expected: The row's value: ok, permanent-error or ok-or-permanent-error.
        notes: The row's free text.

    Raises:
        CommandError: the expected value is not one of these.
    """
    if expected not in _EXPECTED:
        raise CommandError(f"expected is {expected!r:.80}; allowed: {', '.join(_EXPECTED)}", Exit.USAGE)
    if expected == "permanent-error" and any(f"ok if {name.upper()} is allowed" in notes for name in READABLE):
        return STORED
    if expected == "permanent-error" and _READ_SINCE.fullmatch(file):
        return STORED
    return _EXPECTED[expected]


def _files(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """All files that are not hidden, sorted; links are followed, but not into a folder above them."""
    real = folder.resolve()
    if real in above:
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, (*above, real))
        elif path.is_file():
            yield path


def _key(path: Path) -> str:
    key = path.as_posix()
    try:
        checked_key(path, key)
    except UnreadableFile as error:
        raise CommandError(str(error), Exit.USAGE) from error
    return key


def _expectations(folder: Path) -> Mapping[Path, frozenset[str]]:
    """Expected outcomes by path, from the manifest in the folder or in the nearest folder above it."""
    for above in (folder, *folder.parents):
        manifest = above / NAME
        if manifest.is_file():
            return {above / name: outcomes for name, outcomes in _rows(manifest)}
    return {}


def _rows(manifest: Path) -> Iterator[tuple[str, frozenset[str]]]:
    try:
        with manifest.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not _COLUMNS.issubset(rows.fieldnames or ()):
                raise CommandError(
                    f"{manifest}: the first line names no columns file and expected, apart by tabs", Exit.USAGE
                )
            for row in rows:
                try:
                    yield row["file"], expectation(row["file"] or "", row["expected"], row.get("notes") or "")
                except CommandError as error:
                    raise CommandError(f"{manifest}:{rows.line_num}: {error}", Exit.USAGE) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{manifest}: no table apart by tabs, in UTF-8: {error}", Exit.USAGE) from error
