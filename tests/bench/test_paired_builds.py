"""Two builds as wholes: each by its own program, in turn, and paired round by round."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import __main__ as bench_main
from bench import paired_builds
from bench.inputs import Input
from bench.workers import whole

# A build whose program needs this many seconds; it writes its name down.
PROGRAM = """
import json, pathlib, sys
name, picture = sys.argv[1:]
ours = pathlib.Path.cwd().name == "ours"
with pathlib.Path(picture).open("a") as log:
    log.write(("ours " if ours else "theirs ") + name + "\\n")
figures = {"resize": 1, "watermark": 2, "store": 3} if name == "starts" else {"all": 6}
print(json.dumps({each: value * (1 if ours else 2) for each, value in figures.items()}))
"""


@pytest.fixture
def builds(tmp_path, monkeypatch):
    """The workers' folder, this build and another one; what is run is written to the picture."""
    ours, theirs, workers = (tmp_path / name for name in ("ours", "theirs", "workers"))
    for each in (ours, theirs / ".venv" / "bin", workers):
        each.mkdir(parents=True)
    (theirs / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (workers / "whole.py").write_text(PROGRAM)
    (theirs / "ops").mkdir()
    (theirs / "ops" / "settings.py").write_text('ALLOCATOR = {"MALLOC_ARENA_MAX": "7"}\n')
    monkeypatch.setattr(paired_builds, "ROOT", ours)
    monkeypatch.setattr(paired_builds, "WORKERS", workers)
    return theirs


def test_both_builds_run_in_turn_and_are_paired(builds, tmp_path):
    picture = Input(name="photo", description="", kind="jpeg", path=tmp_path / "log")
    found = paired_builds.measure(picture, 2, builds, {"threads", "starts"})
    assert picture.path.read_text().splitlines() == [
        f"{build} {name}" for name in ("threads", "starts") for build in ("theirs", "ours", "ours", "theirs")
    ]
    assert (found.threads.middle, found.starts["store"].middle, found.threads.rounds) == (0.5, 0.5, 2)
    assert found.throughput is None
    assert found.cost is None


def test_each_build_has_the_allocator_settings_of_its_functions(builds, tmp_path):
    found = tmp_path / "arenas"
    (tmp_path / "workers" / "whole.py").write_text(
        f"import os, pathlib\npathlib.Path({str(found)!r}).open('a').write(os.environ['MALLOC_ARENA_MAX'])\n" + PROGRAM
    )
    picture = Input(name="photo", description="", kind="jpeg", path=tmp_path / "log")
    paired_builds.measure(picture, 1, builds, {"threads"})
    assert found.read_text() == "71"


def test_a_build_may_describe_its_pictures_otherwise(monkeypatch, tmp_path):
    @dataclass(frozen=True, kw_only=True)
    class Earlier:
        name: str
        remarks: str
        kind: str
        path: Path

    monkeypatch.setattr(whole, "Input", Earlier)
    path = tmp_path / "photo.jpg"
    assert whole.picture_of(path) == Earlier(name="photo", remarks="", kind="jpeg", path=path)


def test_nothing_else_is_measured_where_the_other_build_cannot_run(monkeypatch, tmp_path):
    def fails(*_):
        raise RuntimeError("threads of base ended with 1")

    monkeypatch.setattr(paired_builds, "measure", fails)
    monkeypatch.setattr(bench_main, "inputs", lambda _: [None])
    monkeypatch.setattr(bench_main, "measure", lambda *_, **__: pytest.fail("it was measured"))
    assert bench_main.main(["--against", str(tmp_path), "--out", str(tmp_path / "out.md")]) != 0


def test_a_program_that_fails_is_named(builds, tmp_path):
    (tmp_path / "workers" / "whole.py").write_text("raise SystemExit('no zips')")
    picture = Input(name="photo", description="", kind="jpeg", path=tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"threads of theirs ended with 1:\nno zips"):
        paired_builds.measure(picture, 1, builds, {"threads"})
