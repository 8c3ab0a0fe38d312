"""How far the images are, on stderr: one line that is redrawn on a terminal, now and then a new one elsewhere."""

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Final

from ops.ledger import Row
from ops.names import SERVICES
from shared.clock import SYSTEM

_PAUSE_SECONDS: Final = 3.0
_BAR: Final = 20


class DemoProgress:
    """Notified of the rows again and again.

    Args:
        total: how many images there are.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._redrawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        # https://no-color.org: set, and not empty.
        self._coloured = self._redrawn and not os.environ.get("NO_COLOR")
        self._notified = ""
        self._at = 0.0

    def __call__(self, rows: Mapping[str, Row]) -> None:
        """Show how many images each service has done."""
        line = self.line(rows)
        due = SYSTEM.monotonic() - self._at >= _PAUSE_SECONDS
        if line == self._notified or not (self._redrawn or due or self._finished(rows)):
            return
        self._notified, self._at = line, SYSTEM.monotonic()
        sys.stderr.write(f"\r\x1b[K{line}" if self._redrawn else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line; may be called twice."""
        if self._redrawn and self._notified:
            self._notified = ""
            sys.stderr.write("\n")

    def line(self, rows: Mapping[str, Row]) -> str:
        """Such as "resize 12/18   watermark 9/18   store 7/18   failed 2"."""
        done = [sum(service in row.finished for row in rows.values()) for service in SERVICES]
        failed = sum(row.outcome == "failed" for row in rows.values())
        finished = sum(row.outcome is not None for row in rows.values())
        parts = [f"{service} {count}/{self._total}" for service, count in zip(SERVICES, done, strict=True)]
        text = "   ".join([*parts, f"failed {failed}"])
        if not self._redrawn:
            return text
        # A line that wraps is not redrawn but written once more, so it keeps within the terminal.
        room = shutil.get_terminal_size().columns - 1
        if len(text) + _BAR + 1 > room:
            return text[:room]
        filled = _BAR * finished // max(1, self._total)
        bar = "█" * filled + "░" * (_BAR - filled)
        return f"\x1b[32m{bar}\x1b[0m {text}" if self._coloured else f"{bar} {text}"

    def _finished(self, rows: Mapping[str, Row]) -> bool:
        return len(rows) == self._total and all(row.outcome is not None for row in rows.values())
