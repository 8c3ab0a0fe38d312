"""How far the images are, on stderr: one line that is redrawn on a terminal, now and then a new one elsewhere."""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Final

from ops.ledger import Row
from ops.names import SERVICES

_PAUSE_SECONDS: Final = 3.0
_BAR: Final = 20


class Progress:
    """Told of the rows again and again.

    Args:
        total: how many images there are.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._redrawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        # https://no-color.org: set, and not empty.
        self._coloured = self._redrawn and not os.environ.get("NO_COLOR")
        self._told = ""
        self._at = 0.0

    def __call__(self, rows: Mapping[str, Row]) -> None:
        """Show how many images each service has done."""
        line = self.line(rows)
        due = time.monotonic() - self._at >= _PAUSE_SECONDS
        if line == self._told or not (self._redrawn or due or self._finished(rows)):
            return
        self._told, self._at = line, time.monotonic()
        sys.stderr.write(f"\r\x1b[K{line}" if self._redrawn else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line; may be called twice."""
        if self._redrawn and self._told:
            self._told = ""
            sys.stderr.write("\n")

    def line(self, rows: Mapping[str, Row]) -> str:
        """Such as "resize 12/18   watermark 9/18   store 7/18   failed 2"."""
        done = [sum(service in row.finished for row in rows.values()) for service in SERVICES]
        failed = sum(row.outcome == "failed" for row in rows.values())
        finished = sum(row.outcome is not None for row in rows.values())
        parts = [f"{service} {count}/{self._total}" for service, count in zip(SERVICES, done, strict=True)]
        told = "   ".join([*parts, f"failed {failed}"])
        if not self._redrawn:
            return told
        # A line that wraps is not redrawn but written once more, so it keeps within the terminal.
        room = shutil.get_terminal_size().columns - 1
        if len(told) + _BAR + 1 > room:
            return told[:room]
        filled = _BAR * finished // max(1, self._total)
        bar = "█" * filled + "░" * (_BAR - filled)
        return f"\x1b[32m{bar}\x1b[0m {told}" if self._coloured else f"{bar} {told}"

    def _finished(self, rows: Mapping[str, Row]) -> bool:
        return len(rows) == self._total and all(row.outcome is not None for row in rows.values())
