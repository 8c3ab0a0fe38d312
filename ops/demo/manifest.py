"""What a folder of the user's own images is expected to come to: stored, but for what a MANIFEST.tsv says otherwise."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ops.errors import CommandError
from ops.follow import Upload, files_under
from services.resize.probing import READABLE

NAME: Final = "MANIFEST.tsv"

STORED: Final = frozenset({"stored"})
FAILED: Final = frozenset({"failed"})

_EXPECTED: Final = {"ok": STORED, "permanent-error": FAILED, "ok-or-permanent-error": STORED | FAILED}


def read(folder: Path) -> list[tuple[Upload, frozenset[str]]]:
    """The files of a folder, each with the outcomes that are as they should be.

    Raises:
        CommandError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder of images")
    uploads = [upload for upload in files_under([folder]) if upload.path.name != NAME]
    if not uploads:
        raise CommandError(f"{folder}: no files in there")
    expected = _expectations(folder.resolve())
    # Both spellings of a path: a folder may be made of links to a manifest's files.
    return [
        (upload, expected.get(upload.path.absolute(), expected.get(upload.path.resolve(), STORED)))
        for upload in uploads
    ]


def expectation(expected: str, notes: str) -> frozenset[str]:
    """The outcomes that a row of a manifest allows.

    A row that says "ok if AVIF is allowed" was refused by a shorter list of formats than ours.
    """
    if any(f"ok if {name.upper()} is allowed" in notes for name in READABLE):
        return STORED if expected == "permanent-error" else _EXPECTED.get(expected, STORED | FAILED)
    return _EXPECTED.get(expected, STORED | FAILED)


def _expectations(folder: Path) -> Mapping[Path, frozenset[str]]:
    """By path; from the manifest in the folder itself, else in the nearest one above it."""
    for above in (folder, *folder.parents):
        manifest = above / NAME
        if manifest.is_file():
            with manifest.open(encoding="utf-8", newline="") as lines:
                return {
                    above / row["file"]: expectation(row["expected"], row.get("notes") or "")
                    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
                    if row.get("file") and row.get("expected")
                }
    return {}
