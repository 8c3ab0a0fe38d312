"""The arguments of a comparison."""

import json

import pytest
from kit.pictures import gradient, saved

from bench.compare import __main__ as compare
from bench.compare import page, references
from bench.compare.pictures import picture
from bench.compare.readings import Reading, Readings
from bench.compare.worker import Job, digest_of
from ops.errors import CommandError, Exit


@pytest.fixture
def folder(tmp_path):
    within = tmp_path / "images" / "more"
    within.mkdir(parents=True)
    (tmp_path / "images" / "a.png").write_bytes(saved(gradient(), "PNG"))
    (within / "b.jpg").write_bytes(saved(gradient(), "JPEG"))
    (within / "c.txt").write_bytes(b"text")
    return tmp_path / "images"


def test_images_are_found_by_their_bytes_in_folders_within_the_folder(folder):
    files, other = compare.found(folder, None, None)
    assert {(path.name, form) for path, form in files} == {("a.png", "png"), ("b.jpg", "jpeg")}
    assert other == 1


def test_formats_and_a_number_can_be_chosen(folder):
    assert [path.name for path, _ in compare.found(folder, "jpeg", None)[0]] == ["b.jpg"]
    assert len(compare.found(folder, None, 1)[0]) == 1


@pytest.mark.parametrize(
    ("formats", "where", "why"),
    [
        ("jpeg,jpg", "", "jpg: not a format; allowed: jpeg, png"),
        (None, "gone", "gone: not a folder"),
        ("bmp", "", "no image of bmp"),
    ],
)
def test_a_comparison_that_is_impossible_is_named(folder, formats, where, why):
    with pytest.raises(CommandError, match=why):
        compare.found(folder / where, formats, None)


def test_cached_readings_are_compared_without_starting_anything(folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    versions = {"sharp": "1", compare.ours.NAME: compare.code_digest()}
    kept = Readings(out / "cache")
    files, _ = compare.found(folder, None, None)
    for path, _ in files:
        for reader, version in versions.items():
            reading = Reading(reader=reader, picture=picture([gradient()]))
            kept.put(reading, version, digest_of(path))
    found = references.Found(name="sharp", version="1", start=lambda _: pytest.fail("started"))
    monkeypatch.setattr(references, "present", lambda: ([found], {"Chromium": "not here"}))
    assert compare.main([str(folder), "--out", str(out), "--workers", "1"]) == Exit.DONE
    values = json.loads((out / page.RESULTS).read_text(encoding="utf-8"))
    assert values["agreement"]["all"]["agreed"] == 2
    assert values["other_formats"] == 1
    said = capsys.readouterr()
    assert "100.00%" in said.out
    assert "Chromium is skipped: not here" in said.err


def test_a_file_whose_process_does_not_start_is_skipped_and_named(folder, tmp_path, monkeypatch, capsys):
    class Broken:
        def __init__(self, job, seconds):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def of(self, path):
            raise RuntimeError("so")

    monkeypatch.setattr(compare, "Keeper", Broken)
    files, _ = compare.found(folder, None, None)
    assert compare.compared(files, folder, Job(cache=tmp_path, versions={}), workers=2, seconds=1) == []
    assert "more/b.jpg is skipped: so" in capsys.readouterr().err
