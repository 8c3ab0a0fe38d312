"""The parts that a run measures, and the runs that may write RESULTS.md."""

from pathlib import Path

import pytest

from bench import __main__ as bench
from ops.errors import CommandError


def test_all_parts_are_measured_by_default():
    assert bench.chosen(None) == set(bench.PARTS)


def test_a_part_includes_those_that_it_builds_on():
    assert bench.chosen("costs") == {"costs", "speed", "batches"}
    assert bench.chosen("throughput,memory") == {"throughput", "threads", "memory"}


def test_dependencies_of_a_part_have_no_dependencies():
    assert all(not bench.PARTS[need] for needs in bench.PARTS.values() for need in needs)


def test_an_unknown_part_is_named():
    with pytest.raises(CommandError, match="sped: no such part; allowed: speed, quality"):
        bench.chosen("speed,sped")


@pytest.mark.parametrize(
    ("rounds", "parts", "why"),
    [
        (14, set(bench.PARTS), "needs 15 rounds or more"),
        (15, {"speed"}, "needs all parts"),
    ],
)
def test_results_are_only_of_whole_runs(rounds, parts, why):
    with pytest.raises(CommandError, match=why):
        bench.check(rounds, parts, bench.RESULTS)


def test_the_same_file_by_another_name_is_the_same_file(monkeypatch):
    monkeypatch.chdir(bench.RESULTS.parent)
    with pytest.raises(CommandError, match="15 rounds"):
        bench.check(3, set(bench.PARTS), Path("RESULTS.md"))


def test_results_are_of_all_pictures():
    with pytest.raises(CommandError, match="all parts and pictures"):
        bench.check(15, set(bench.PARTS), bench.RESULTS, pictures="JPEG 12 MP")


def test_an_unknown_picture_is_named():
    with pytest.raises(CommandError, match="JPEG 13 MP: no such picture; allowed: JPEG 12 MP"):
        bench.measured_pictures("JPEG 13 MP")


def test_a_round_at_least_is_measured(capsys):
    assert bench.main(["--rounds", "0"]) == 2
    assert "--rounds" in capsys.readouterr().err


def test_any_other_file_takes_any_run(tmp_path):
    bench.check(1, {"speed"}, tmp_path / "try.md")


def test_a_whole_run_may_write_the_results():
    bench.check(15, set(bench.PARTS), bench.RESULTS)


def test_a_refusal_is_one_line_without_a_measurement(capsys):
    assert bench.main(["--rounds", "2"]) == 2
    assert capsys.readouterr().err == (
        "python -m bench: bench/RESULTS.md needs 15 rounds or more; write another file with --out FILE\n"
    )


def test_starts_alone_draw_and_install_nothing(monkeypatch):
    measured = object()
    monkeypatch.setattr(bench.starts, "measure", lambda rounds: (rounds, measured))
    for name in ("inputs", "logo", "able"):
        monkeypatch.setattr(bench, name, None)
    assert bench.measure({"starts"}, 2).starts == (2, measured)
