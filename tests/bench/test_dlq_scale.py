"""The table of the cost of `pipeline dlq` commands with queues of any length."""

from bench.dlq_scale import page
from bench.scale import Measured


def measured(messages, seconds, code=0):
    return Measured(
        command="dlq ls",
        size=messages,
        requests=messages // 5,
        wall_seconds=seconds,
        cpu_seconds=seconds / 2,
        peak_mib=1,
        code=code,
        last_line="",
    )


def test_an_exponent_is_for_the_step_from_the_size_above():
    rows = page([measured(10, 2.0), measured(100, 20.0), measured(1000, 2000.0, 3)]).splitlines()
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row.startswith("| `")]
    assert [(each[2], each[5], each[8]) for each in cells] == [
        ("10", "", "0"),
        ("100", "1.00", "0"),
        ("1,000", "2.00", "3"),
    ]
