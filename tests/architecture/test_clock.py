"""Code that waits is handed a clock: no other module sleeps or reads this machine's clock, nor does a quick test."""

import ast

import pytest

from ops.settings import ROOT

CLOCK = "shared/clock.py"
# These start and end processes of this machine, or measure it.
PROCESSES = ("ops/local/", "ops/deploy/", "ops/demo/")
WAITING = {"sleep", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
PRODUCT = sorted(path for folder in ("shared", "services", "ops") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted(path for folder in ("unit", "integration", "bench") for path in (ROOT / "tests" / folder).rglob("*.py"))


def waits(text):
    """Lines that name time.sleep, time.monotonic and the like, or sleep in a coroutine for more than zero seconds."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "time" and node.attr in WAITING:
                found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [node.lineno for alias in node.names if alias.name in WAITING]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.sleep":
            found += [node.lineno] if ast.unparse(node.args[0]) != "0" else []
    return found


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_code_waits_only_by_a_clock_that_is_handed_in():
    found = {name(path): waits(path.read_text(encoding="utf-8")) for path in PRODUCT}
    allowed = {path for path in found if path == CLOCK or path.startswith(PROCESSES)}
    assert {path: lines for path, lines in found.items() if lines and path not in allowed} == {}
    assert found[CLOCK]


def test_no_quick_test_waits_by_the_clock_of_this_machine():
    found = {name(path): waits(path.read_text(encoding="utf-8")) for path in TESTS}
    assert {path: lines for path, lines in found.items() if lines} == {}
    assert found


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "import time\ndef f(clock=time.monotonic): pass",
        "from time import monotonic",
        "import asyncio\nasync def f(): await asyncio.sleep(0.1)",
    ],
)
def test_code_that_waits_is_found(source):
    assert waits(source)


@pytest.mark.parametrize("source", ["import time\ntime.time()", "clock.monotonic()", "asyncio.sleep(0)"])
def test_code_that_does_not_wait_is_not_found(source):
    assert not waits(source)
