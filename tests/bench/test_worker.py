"""A contestant's process, and its answers."""

import sys

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from bench.contestants import NO_LOGO, OURS, Contestant, Field
from bench.environments import WORKERS
from bench.worker import able, working

OURSELVES = Contestant(name=OURS, description="", command=(sys.executable, str(WORKERS / "ours.py")), logo=NO_LOGO)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(gradient((1600, 1200)), "JPEG"))
    return path


def test_a_worker_makes_the_picture_and_reports_its_cost(photo, tmp_path):
    out = tmp_path / "out.jpg"
    with working(OURSELVES) as worker:
        answer = worker.run(photo, "jpeg", logo=photo, out=out)
        assert worker.version.startswith("Pillow ")
    assert Image.open(out).size == (1024, 768)
    assert answer.size_bytes == out.stat().st_size
    assert answer.cpu_seconds > 0
    assert answer.peak_bytes > 10 * 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the parent's memory is inherited")
def test_a_worker_s_memory_is_its_own_and_not_its_parent_s(photo):
    held = b"x" * (200 * 2**20)
    with working(OURSELVES) as worker:
        assert worker.run(photo, "jpeg", logo=photo).peak_bytes < len(held) / 2


def test_a_worker_that_does_not_start_is_skipped_and_named(capsys):
    broken = Contestant(name="broken", description="", command=(sys.executable, "-c", "raise SystemExit(3)"))
    field = able(Field(contestants=(OURSELVES, broken), missing={"gone": "no npm"}))
    assert field.contestants == (OURSELVES,)
    assert field.missing == {"gone": "no npm", "broken": "the worker of broken ended with 3"}
    assert "broken is skipped" in capsys.readouterr().err


def test_a_picture_that_cannot_be_made_ends_the_run(tmp_path):
    text = tmp_path / "photo.jpg"
    text.write_bytes(b"text")
    with working(OURSELVES) as worker, pytest.raises(RuntimeError, match="this pipeline ended with 1"):
        worker.run(text, "jpeg", logo=text)
