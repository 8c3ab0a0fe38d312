"""The table of what backfills take at size, and the bucket that is computed for it."""

import pytest

from bench import backfill_scale
from bench.backfill_scale import COMMANDS, measured, page
from bench.scale import Measured


def row(images, cpu, requests):
    return Measured(
        command="backfill",
        size=images,
        requests=requests,
        wall_seconds=1,
        cpu_seconds=cpu,
        peak_mib=1,
        code=0,
        last_line="",
    )


def test_exponents_are_of_the_step_from_the_size_above():
    rows = page([row(10, 2.0, 5), row(100, 20.0, 50), row(1000, 2000.0, 500)]).splitlines()
    cells = [[cell.strip() for cell in each.split("|")] for each in rows if each.startswith("| `")]
    assert [(each[2], each[4], each[6]) for each in cells] == [
        ("10", "", ""),
        ("100", "1.00", "1.00"),
        ("1,000", "1.00", "2.00"),
    ]


@pytest.mark.parametrize(
    ("command", "said"), [*zip(COMMANDS, ("25 sent", "25 were sent before", "1 sent"), strict=True)]
)
def test_each_command_does_what_it_is_measured_for(monkeypatch, command, said):
    monkeypatch.setattr(backfill_scale, "REQUEST_SECONDS", 0.0)
    monkeypatch.setattr("bench.simulated_sqs.REQUEST_SECONDS", 0.0)
    monkeypatch.setattr("ops.stack.connect", None)
    monkeypatch.setattr("ops.dlq.throttle.Pacer.rate", lambda *_: None)
    found = measured(command, 25)
    assert (found.code, found.last_line[: len(said)]) == (0, said), found.last_line
