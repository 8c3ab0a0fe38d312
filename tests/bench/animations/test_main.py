"""The measurement of animations, and its table."""

import json

import pytest
from kit.pictures import animation, gradient, saved

from bench.animations import __main__ as animations
from bench.animations.__main__ import Made, Row
from bench.environments import CannotInstall
from ops.errors import CommandError, Exit


def made(size_bytes, psnr, cpu, encoder_cpu=None):
    return Made(size_bytes=size_bytes, psnr=psnr, cpu=cpu, encoder_cpu=encoder_cpu)


def row(ours, sharp, form="webp"):
    return Row(name="a", source="GIF", form=form, size_bytes=1000, ours=ours, sharp=sharp)


@pytest.fixture
def folder(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    (images / "a.gif").write_bytes(animation("GIF"))
    (images / "b.webp").write_bytes(animation("WEBP"))
    (images / "still.png").write_bytes(saved(gradient(), "PNG"))
    (images / "c.txt").write_bytes(b"text")
    return images


@pytest.fixture
def without_sharp(monkeypatch):
    def missing(script):
        raise CannotInstall("it needs node")

    monkeypatch.setattr(animations, "sharp_command", missing)


def test_stills_and_other_files_are_skipped(folder):
    assert [(path.name, form) for path, form in animations.animations(folder)] == [("a.gif", "GIF"), ("b.webp", "WEBP")]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="gone: not a folder"):
        list(animations.animations(tmp_path / "gone"))


def test_ours_is_measured_where_sharp_is_missing(folder, without_sharp, tmp_path, capsys):
    out = tmp_path / "figures.json"
    options = ["--only", "gif:gif,gif:png", "--rounds", "1", "--out", str(out)]
    assert animations.main([str(folder), *options]) == Exit.DONE
    rows = json.loads(out.read_text())
    assert [(each["source"], each["form"], each["sharp"]) for each in rows] == [
        ("GIF", "gif", None),
        ("GIF", "png", None),
    ]
    assert [each["ours"]["psnr"] for each in rows] == [60, 60]
    assert all(each["ours"]["encoder_cpu"] > 0 for each in rows)
    said = capsys.readouterr()
    assert "sharp is skipped: it needs node" in said.err
    assert said.out.splitlines()[1].split()[:3] == ["gif", "gif", "1"]


def test_nothing_to_measure_is_an_error(folder, capsys):
    assert animations.main([str(folder), "--names", "unknown"]) != Exit.DONE
    assert "no animation to measure" in capsys.readouterr().err


def test_totals_are_compared_and_files_far_below_sharp_counted():
    rows = [
        row(made(500, 40, 2, 1), made(1000, 42, 4, 4)),
        row(made(700, 50, 2, 1), made(500, 50.5, 1, 1)),
        row(made(600, None, 9), None),
    ]
    (line,) = animations.table(rows)
    figures = dict(zip(animations.HEADER, line, strict=False))
    assert line[2:10] == ("3", "0.600", "0.800", "40.0", "45.0", "-2.0", "-1.2", "1")
    assert line[10:] == ("4.00 s", "5.00 s", "0.80", "2.00 s", "5.00 s", "0.40")
    assert figures["FROM"] == "gif"


def test_a_pair_that_sharp_does_not_make_has_no_ratio():
    (line,) = animations.table([row(made(500, 40, 2, 1), None, "png")])
    assert line[4] == line[12] == ""
    assert line[10] == "2.00 s"
