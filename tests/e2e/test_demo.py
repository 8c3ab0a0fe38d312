"""`make demo`, as a person runs it."""

import json
import signal
import subprocess
import sys

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from ops.settings import ROOT


def demo(*argv):
    return subprocess.run(
        [sys.executable, "-m", "ops.demo", *map(str, argv)], capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, demo("--out", out)


def test_every_sample_comes_to_what_it_should(shown):
    out, result = shown
    assert result.returncode == 0, result.stdout + result.stderr
    assert "every image came to what it should" in result.stdout
    reported = json.loads((out / "results.json").read_text(encoding="utf-8"))
    outcomes = [each["outcome"] for each in reported]
    assert outcomes.count("failed") == 3
    assert outcomes.count("stored") >= 12
    assert {each["error"] for each in reported if each["outcome"] == "failed"} == {
        "UnsupportedImage",
        "UnreadableImage",
        "ImageTooLarge",
    }


def test_results_can_be_looked_at(shown):
    out, _ = shown
    reported = json.loads((out / "results.json").read_text(encoding="utf-8"))
    with Image.open(out / "contact-sheet.png") as sheet:
        assert sheet.width > 1000
    assert len(list((out / "notices").glob("*.eml"))) == len(reported)
    with Image.open(out / "renditions" / "photo-12mp-resized.jpg") as photo:
        assert photo.size == (768, 1024)
    assert (out / "renditions" / "holiday photos" / "a b+c (1)-resized.jpg").is_file()
    frames = {each["key"]: each["outputs"][0]["frames"] for each in reported if each["outputs"]}
    assert (frames["bouncing.gif"], frames["turning.webp"], frames["turning-apng.png"]) == (20, 15, 15)


def test_samples_are_kept_for_the_commands_that_follow(shown):
    out, result = shown
    assert (out / "samples" / "photo-12mp.jpg").is_file()
    assert (out / "samples" / "broken" / "text.jpg").is_file()
    assert "samples, renditions, notices, contact-sheet.png and results.json are in" in result.stdout


def test_progress_is_reported_on_stderr_and_without_colours(shown):
    _, result = shown
    assert "resize " in result.stderr
    assert "\x1b" not in result.stderr + result.stdout


def test_of_a_user_s_own_images_one_that_fails_is_reported_by_the_exit_code(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    (images / "good.jpg").write_bytes(saved(gradient(), "JPEG"))
    (images / "bad.jpg").write_text("words")
    result = demo("--images", images, "--out", tmp_path / "out")
    assert result.returncode == 3
    assert "1 came to something else than expected" in result.stdout
    assert "bad.jpg: failed, not stored: not a supported image format (found: " in result.stdout


def test_a_folder_that_is_not_there_is_named(tmp_path):
    result = demo("--images", tmp_path / "nowhere")
    assert result.returncode == 4
    assert "nowhere: no such folder of images" in result.stderr


def test_when_the_time_is_over_what_is_missing_is_listed(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    (images / "good.jpg").write_bytes(saved(gradient(), "JPEG"))
    result = demo("--images", images, "--out", tmp_path / "out", "--timeout", 0)
    assert result.returncode == 5
    assert "1 without an outcome when the time was over" in result.stdout
    assert "  good.jpg: " in result.stdout


def test_an_interrupt_ends_it_without_a_traceback(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "ops.demo", "--out", tmp_path / "out"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        reported = next(line for line in process.stderr if line.startswith("uploading"))
        process.send_signal(signal.SIGINT)
        reported += process.stderr.read()
        assert process.wait(120) == 130
    assert reported.endswith("interrupted\n")
    assert "Traceback" not in reported
