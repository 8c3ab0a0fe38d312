"""Breaks a promise of the runner on purpose, in the process of a function: the harness must see it."""

from dataclasses import replace

from shared.runner import runner
from shared.runner.results import Result


def break_it() -> None:
    """Take a message as sent that the next queue refused."""
    send = runner.Runner._send

    def careless(self: runner.Runner, results: list[Result]) -> list[Result]:
        return [replace(each, error=None) if each.emitted else each for each in send(self, results)]

    runner.Runner._send = careless
