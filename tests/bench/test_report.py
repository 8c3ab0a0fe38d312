"""RESULTS.md reports everything, and above all what is missing."""

import re
from dataclasses import replace

import pytest

from bench import report
from bench.contestants import SHARP
from bench.inputs import JPEG_12
from bench.results import Results


def page(results):
    return "\n".join(report.page(results, "On a machine.", "RESULTS.svg", rounds=15, seconds=700))


def test_the_page_says_how_it_was_made(results):
    text = page(results)
    assert "Written by `make bench`: 15 rounds in one run of 12 minutes. On a machine." in text
    assert "![CPU per image](RESULTS.svg)" in text


def test_promises_come_first_and_are_counted(results):
    text = page(results)
    assert "28 hold, 0 fall short." in text
    assert text.index("## Promises") < text.index("## One image on one core")


def test_a_promise_that_falls_short_is_reported(results):
    results.quality = replace(results.quality, hand_off_loss=1)
    text = page(results)
    assert "27 hold, 1 fall short." in text
    assert "| hand-off loss, the greatest difference of a pixel | 0 | 1 | **falls short** |" in text


def test_a_contestant_that_could_not_be_installed_is_named(results):
    results.field = replace(results.field, missing={SHARP: "it needs node and npm"})
    assert "> **sharp could not be installed and was not measured: it needs node and npm**" in page(results)


def test_a_picture_that_does_not_count_is_named(results):
    results.unfit = {(JPEG_12, SHARP): "it has no logo"}
    results.rounds = results.rounds.without(tuple(results.unfit))
    text = page(results)
    assert "- sharp does not count: it has no logo" in text
    assert len(re.findall(r"^\| sharp \| 70\.0", text, re.MULTILINE)) == 2


def test_each_figure_has_least_middle_and_most(results):
    assert "| sharp | 70.0 (70.0 to 70.0) | 70.0 | 0.71 (0.71 to 0.71) | 90 |" in page(results)


def test_parts_that_were_not_measured_are_not_there(results):
    only = Results(field=results.field, pictures=results.pictures, unfit={}, memory=results.memory)
    text = page(only)
    assert "## Memory" in text
    assert "## Cost on AWS" not in text
    assert "## Batches" not in text


@pytest.mark.parametrize("part", ["Two cores", "Batches", "Cold start", "Cost on AWS", "Quality"])
def test_every_part_states_its_assumptions(results, part):
    section = page(results).split(f"## {part}\n")[1].split("\n## ")[0]
    assert len(section.splitlines()) > 3


def test_lines_of_prose_fit_a_screen(results):
    long = [line for line in page(results).splitlines() if len(line) > 120 and not line.startswith(("|", "- $"))]
    assert long == []


def test_tables_are_complete(results):
    found = [block for block in page(results).split("\n\n") if block.startswith("|")]
    assert len(found) == 10
    assert all(len({row.count("|") for row in table.splitlines() if row.startswith("|")}) == 1 for table in found)


def test_the_bill_adds_up(results):
    lines = page(results).split("## Cost on AWS")[1].splitlines()
    (row,) = [line for line in lines if line.startswith("| **together**")]
    bill = [line for line in lines if re.match(r"\| (S3|intermediate|Lambda|SQS|SNS|DynamoDB) ", line)]
    dollars = [float(re.findall(r"\$([\d.]+)", line)[0]) for line in bill]
    assert sum(dollars) == pytest.approx(float(re.findall(r"\$([\d.]+)", row)[0]), abs=0.05)


def test_the_machine_is_reported_without_its_paths():
    reported = report.machine()
    assert "Python 3." in reported
    assert "/" not in reported


def test_what_a_contestant_cannot_do_is_said_in_its_row(results):
    sharp = replace(results.field.named(SHARP), cannot={"jpeg": "reads no JPEG"})
    others = [each for each in results.field.contestants if each.name != SHARP]
    results.field = replace(results.field, contestants=(*others, sharp))
    assert page(results).count("| sharp | reads no JPEG |") == 3


def test_targets_follow_the_promises(results):
    text = page(results)
    assert text.index("## Promises") < text.index("## Targets") < text.index("## One image on one core")


def test_an_upload_batch_costs_two_more_writes_an_image(results):
    text = " ".join(page(results).split())
    assert "Images of an upload batch cost 2 more writes to the ledger each, $1.25 for a million" in text
