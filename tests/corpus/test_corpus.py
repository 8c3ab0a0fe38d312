"""Every file of a corpus comes to what its MANIFEST.tsv says. Runs where PIPELINE_CORPUS names one."""

import csv
import os
import re
import warnings
from itertools import combinations
from pathlib import Path
from statistics import fmean

import pytest
from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

from ops.demo import manifest as manifest_file

CORPUS = os.environ.get("PIPELINE_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="PIPELINE_CORPUS names no folder of images with a MANIFEST.tsv")

MAX_SECONDS = 10
MAX_MB = 600

# One small rendition without a watermark: what a frame should look like is a plain shrinking of it.
PLAIN = """
name: corpus
renditions:
  - {name: plain, width: 96, height: 96, fit: inside, format: FORM, quality: 90, watermark: false}
"""

# What reports a place: the tag of the GPS directory in EXIF, little and big endian, and the names of XMP and of text.
PLACES = re.compile(
    rb"\x25\x88\x04\x00\x01\x00\x00\x00|\x88\x25\x00\x04\x00\x00\x00\x01|GPS(Lat|Long|Alt|Info|Version)|Exif\0|exif:|xmpmeta|EXIF|eXIf"
)


def expectation(row):
    return manifest_file.expectation(row["file"], row["expected"], row["notes"])


def manifest():
    if CORPUS is None:
        return []
    with (Path(CORPUS) / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def files(*categories):
    """Those of some categories that are stored, or one that stands for a corpus that is not there."""
    found = [row["file"] for row in manifest() if row["category"] in categories and expectation(row) == {"stored"}]
    return found or [pytest.param(None, id="no corpus")]


def frames_of(path):
    """Every frame as it is seen, how long each is shown, and how often all; of an APNG without its default image."""
    with warnings.catch_warnings(), Image.open(path) as image:
        warnings.simplefilter("ignore")
        frames, durations = [], []
        first = 1 if image.info.get("default_image") else 0
        for index in range(first, getattr(image, "n_frames", 1)):
            try:
                image.seek(index)
                image.load()
            except (EOFError, OSError, SyntaxError):
                break
            frames.append(image.convert("RGBA").crop((0, 0, *(frames[0] if frames else image).size)))
            durations.append(image.info.get("duration") or 0)
        return frames, durations, image.info.get("loop")


# Where Pillow is not a witness, and Chromium 156 shows what the pipeline stores: frames of 16 bits, blending with what
# is nearly clear, a frame without a palette of its own, and two loop extensions, of which the last counts.
_PILLOW_DIFFERS = {
    "apng/pillow_apng_blend_op_over_near_transparent.png",
    "apng/pillow_apng_mode_16bit.png",
    "gif/imagers_border_touching_layers.gif",
    "gif/pillow_duplicate_number_of_loops.gif",
}


def animations():
    """Those that are stored and have several frames, as Pillow alone sees them."""
    found = files("apng", "gif", "webp", "png_extra")
    return found if CORPUS is None else [file for file in found if file not in _PILLOW_DIFFERS and is_animation(file)]


def is_animation(file):
    return opens_in_pillow(file) and len(frames_of(Path(CORPUS) / file)[0]) > 1


def opens_in_pillow(file):
    try:
        with warnings.catch_warnings(), Image.open(Path(CORPUS) / file):
            return True
    except UnidentifiedImageError:
        return False


def on_grey(frame):
    return Image.alpha_composite(Image.new("RGBA", frame.size, (99, 99, 99, 255)), frame).convert("RGB")


def apart_by(one, other):
    """How far two pictures are apart on average, as they are seen, in levels of 255."""
    return fmean(ImageStat.Stat(ImageChops.difference(on_grey(one), on_grey(other))).mean)


def from_afar(frame):
    """Four pixels as one: what a codec does to coloured lines of one pixel is not a matter of frames."""
    return frame.convert("RGBa").reduce(4).convert("RGBA")


@pytest.mark.parametrize("row", [pytest.param(row, id=row["file"]) for row in manifest()] or [None])
def test_every_file_comes_to_what_the_manifest_says(row, apart):
    result = apart.preview(row["file"])
    assert "crashed" not in result, result["crashed"]
    assert result["outcome"] in expectation(row), result["reason"]
    if result["outcome"] == "failed":
        assert result["error"] in {"UnsupportedImage", "UnreadableImage", "ImageTooLarge", "EmptyImage"}
    assert result["started"] == []
    assert result["seconds"] <= MAX_SECONDS
    assert result["peak_mb"] <= MAX_MB


@pytest.mark.parametrize("form", ["keep", "png", "webp", "avif"])
@pytest.mark.parametrize("file", animations())
def test_an_animation_keeps_its_frames_its_time_and_its_looks(file, form, apart, tmp_path):
    frames, durations, _ = frames_of(Path(CORPUS) / file)
    settings = tmp_path / "pipeline.yaml"
    settings.write_text(PLAIN.replace("FORM", form), encoding="utf-8")
    (path,) = apart.outputs(file, "--settings", str(settings))
    seen, shown, _ = frames_of(path)
    assert len(seen) == len(frames)
    # An AVIF's frame is shown for a millisecond at least.
    assert sum(shown) == pytest.approx(sum(durations), rel=0.01, abs=len(frames) if path.suffix == ".avif" else 0.5)
    for got, frame in zip(seen, frames, strict=True):
        wanted = frame.convert("RGBa").resize(got.size, Image.Resampling.LANCZOS).convert("RGBA")
        assert apart_by(from_afar(got), from_afar(wanted)) < (4 if form in {"keep", "png"} else 12)


@pytest.mark.parametrize("file", animations())
def test_an_animation_plays_as_often_as_it_did(file, apart):
    _, _, loop = frames_of(Path(CORPUS) / file)
    assert {frames_of(path)[2] for path in apart.outputs(file)} == {loop}


@pytest.mark.parametrize("series", ["Landscape_", "Portrait_", "orient_"])
def test_pictures_that_differ_in_orientation_alone_come_out_alike(series, apart, tmp_path):
    # Small and lossless: each file was compressed by itself, and in full size they are up to 3.6 levels apart.
    settings = tmp_path / "pipeline.yaml"
    settings.write_text(PLAIN.replace("FORM", "png"), encoding="utf-8")
    names = [file for file in files("exif_orientation", "exif_synth") if Path(str(file)).name.startswith(series)]
    pictures = {}
    for name in names:
        (path,) = apart.outputs(name, "--settings", str(settings))
        pictures[name] = Image.open(path).convert("RGBA")
    assert len(pictures) >= 4
    alike = {
        (one, other): apart_by(pictures[one], pictures[other])
        for one, other in combinations(names, 2)
        # Of this series the stored pixels are the same, so only those of one orientation come out alike.
        if series != "orient_" or turn(one) == turn(other)
    }
    assert len(alike) >= 3
    assert max(alike.values()) < 2


def turn(name):
    """The orientation that a name reports, 1 where it is none."""
    value = int(re.findall(r"orient_(\d+)", name)[0])
    return value if 1 <= value <= 8 else 1


@pytest.mark.parametrize("file", files(*{row["category"] for row in manifest()}))
def test_nothing_reports_a_place(file, apart):
    for path in apart.outputs(file):
        found = PLACES.search(path.read_bytes())
        assert found is None, found
