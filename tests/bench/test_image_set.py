"""The page of a responsive set's CPU: paired ratios, and whether the aim is reached."""

import re

import pytest

from bench.image_set import Measured, page

FACTS = {"size": "4000 x 3000", "count": 24, "rounds": 3, "judged": 960, "sharp": "sharp 1", "widths": "320"}


def measured(*cpu_seconds):
    return Measured(
        cpu_seconds=cpu_seconds,
        size_bytes={"avif": 1_000_000, "webp": 500_000, "jpg": 500_000},
        scores={"avif": 79.04, "webp": 77, "jpg": 78},
    )


@pytest.mark.parametrize(("theirs", "verdict"), [((2, 4, 2), "not reached"), ((2, 4, 5.1), "reached")])
def test_every_round_has_to_reach_the_aim(theirs, verdict):
    ours, other = measured(1, 2, 3), measured(*theirs)
    written = page({"this pipeline": ours, "sharp, each file": other, "sharp, each width": other}, FACTS)
    assert written.endswith(f"The aim is at most 0.6 of sharp, each file: {verdict}.\n")
    assert "| this pipeline | 2.00 |  | 2.00 | 79.0, 77.0, 78.0 |" in written


def test_ratios_are_those_of_the_same_round():
    found = {"this pipeline": measured(1, 2, 3), "sharp, each file": measured(2, 8, 4)}
    (row,) = re.findall(r"^\| sharp, each file .*", page(found, FACTS), re.MULTILINE)
    assert row == "| sharp, each file | 4.00 | 0.25, 0.50, 0.75 | 2.00 | 79.0, 77.0, 78.0 |"
