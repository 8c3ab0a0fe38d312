"""Confirmations: asked for on a terminal; without one, only `--yes` confirms."""

import sys
from dataclasses import dataclass

from ops.errors import CommandError, Exit


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """Asks for confirmations.

    Args:
        yes: Whether every question is already answered with yes.
    """

    yes: bool = False

    def confirm(self, question: str) -> None:
        """Ask a question that must be answered with yes.

        Raises:
            CommandError: the answer is not yes, or there is no terminal.
        """
        if not self.yes and self._answer(f"{question} [y/N] ").lower() not in {"y", "yes"}:
            raise CommandError("nothing was changed", Exit.PARTIAL)

    def confirm_by_name(self, name: str, what: str) -> None:
        """Ask for a name to be typed, before a change that cannot be undone.

        Raises:
            CommandError: another name is typed, or there is no terminal.
        """
        if not self.yes and self._answer(f"{what}: type {name} to go on: ") != name:
            raise CommandError("nothing was changed", Exit.PARTIAL)

    def _answer(self, question: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"{question.rstrip()} There is no terminal to answer on: YES=1 says yes", Exit.USAGE)
        print(question, end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()
