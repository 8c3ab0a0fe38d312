"""Every file of a corpus comes to what its MANIFEST.tsv says. Runs where PIPELINE_CORPUS names one."""

import csv
import os
from pathlib import Path

import pytest

from ops import settings
from ops.preview import Preview
from services.resize.probing import READABLE

CORPUS = os.environ.get("PIPELINE_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="PIPELINE_CORPUS names no folder of images with a MANIFEST.tsv")


def expectation(row):
    """Stored, failed or either; a row that is refused by one allow-list is stored by ours, which is wider."""
    allowed = any(f"ok if {name.upper()} is allowed" in row["notes"] for name in READABLE)
    if row["expected"] == "permanent-error" and allowed:
        return {"stored"}
    return {"ok": {"stored"}, "permanent-error": {"failed"}}.get(row["expected"], {"stored", "failed"})


def rows():
    if CORPUS is None:
        return [pytest.param(None, id="no corpus")]
    with (Path(CORPUS) / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        return [pytest.param(row, id=row["file"]) for row in csv.DictReader(lines, delimiter="\t")]


@pytest.fixture(scope="module")
def preview():
    return Preview.of(settings.load())


@pytest.mark.parametrize("row", rows())
def test_every_file_comes_to_what_the_manifest_says(row, preview, tmp_path):
    result = preview.image(Path(CORPUS) / row["file"], row["file"], tmp_path)
    assert result["outcome"] in expectation(row), result["reason"]
    if result["outcome"] == "failed":
        assert result["error"] in {"UnsupportedImage", "UnreadableImage", "ImageTooLarge"}
