"""A program that answers lines of JSON."""

import sys

import pytest

from bench.line_process import line_process

ECHO = """
import json, sys
print(json.dumps({"version": "7"}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked["end"]:
        sys.exit(3)
    print(json.dumps({"got": asked["number"]}), flush=True)
"""


def test_each_request_gets_its_answer():
    with line_process((sys.executable, "-c", ECHO), "echo") as process:
        assert process.version == "7"
        assert [process.ask({"end": False, "number": number})["got"] for number in (1, 2)] == [1, 2]


def test_a_program_that_ends_is_named_with_its_exit_code():
    with (
        line_process((sys.executable, "-c", ECHO), "echo") as process,
        pytest.raises(RuntimeError, match="echo ended with 3"),
    ):
        process.ask({"end": True, "number": 1})


def test_a_program_that_does_not_come_up_is_named():
    with (
        pytest.raises(RuntimeError, match="broken ended with 4"),
        line_process((sys.executable, "-c", "raise SystemExit(4)"), "broken"),
    ):
        pass


def test_a_program_ends_with_its_context():
    with line_process((sys.executable, "-c", ECHO), "echo") as process:
        running = process._process
    assert running.poll() == 0
