"""Whether a person agrees: asked on a terminal; elsewhere only who said so before."""

import sys
from dataclasses import dataclass

from ops.errors import CommandError, Exit


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How a person is asked.

    Args:
        yes: the answer was given before.
    """

    yes: bool = False

    def confirm(self, question: str) -> None:
        """Ask for a yes.

        Raises:
            CommandError: it is no, or there is no terminal to ask on.
        """
        if not self.yes and self._answer(f"{question} [y/N] ").lower() not in {"y", "yes"}:
            raise CommandError("nothing was changed", Exit.PARTIAL)

    def confirm_by_name(self, name: str, what: str) -> None:
        """Ask for a name to be typed, for what cannot be undone.

        Raises:
            CommandError: another is typed, or there is no terminal to ask on.
        """
        if not self.yes and self._answer(f"{what}: type {name} to go on: ") != name:
            raise CommandError("nothing was changed", Exit.PARTIAL)

    def _answer(self, question: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"{question.rstrip()} There is no terminal to answer on: YES=1 says yes", Exit.USAGE)
        print(question, end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()
