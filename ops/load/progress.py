"""How far a load test is, on stderr: a bar that is redrawn on a terminal, now and then a line elsewhere."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_PAUSE_SECONDS: Final = 3.0
_BAR: Final = 24


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far it is.

    Args:
        total: how many images are to be sent.
        sent: how many S3 took.
        ended: how many have their outcome.
        failed: of these.
        notified: how many notices came.
        seconds: since the test began.
    """

    total: int
    sent: int
    ended: int
    failed: int
    notified: int
    seconds: float


class Progress:
    """Notified again and again.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._redrawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        # https://no-color.org: set, and not empty.
        self._coloured = self._redrawn and not os.environ.get("NO_COLOR")
        self._notified = ""
        self._at = -_PAUSE_SECONDS

    def __call__(self, standing: Standing) -> None:
        """Show it, where it is time to."""
        line = self.line(standing)
        due = self._clock() - self._at >= _PAUSE_SECONDS or standing.ended == standing.total
        if line == self._notified or not (self._redrawn or due):
            return
        self._notified, self._at = line, self._clock()
        sys.stderr.write(f"\r\x1b[K{line}" if self._redrawn else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line; may be called twice."""
        if self._redrawn and self._notified:
            self._notified = ""
            sys.stderr.write("\n")
            sys.stderr.flush()

    def line(self, standing: Standing) -> str:
        """Such as "sent 640/1,000   done 512 (3 failed)   notices 510   21.3 images/s"."""
        rate = standing.ended / standing.seconds if standing.seconds > 0 else 0.0
        failed = f" ({standing.failed:,} failed)" if standing.failed else ""
        notified = (
            f"sent {standing.sent:,}/{standing.total:,}   done {standing.ended:,}{failed}"
            f"   notices {standing.notified:,}   {rate:.1f} images/s"
        )
        if not self._redrawn:
            return notified
        # A line that wraps is not redrawn but written once more, so it keeps within the terminal.
        room = shutil.get_terminal_size().columns - 1
        if len(notified) + _BAR + 1 > room:
            return notified[:room]
        done = _BAR * standing.ended // max(1, standing.total)
        under_way = max(0, _BAR * standing.sent // max(1, standing.total) - done)
        full, way, rest = "█" * done, "▒" * under_way, "░" * (_BAR - done - under_way)
        bar = f"\x1b[32m{full}\x1b[0m\x1b[33m{way}\x1b[0m{rest}" if self._coloured else full + way + rest
        return f"{bar} {notified}"
