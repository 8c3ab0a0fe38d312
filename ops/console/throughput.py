"""How many images came to their end in the last minutes. Arithmetic only: no AWS, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

WINDOW_SECONDS: Final = 300
STEP_SECONDS: Final = 5
_LATELY_SECONDS: Final = 30


@dataclass(kw_only=True)
class Throughput:
    """When each image of the last minutes came to its end, in seconds since the epoch.

    One thread may count while another evicts: what is gone through is a copy.
    """

    _ended: dict[str, float] = field(default_factory=dict)

    def ended(self, image_id: str, at: float) -> None:
        """Count an image; one that comes to an end again counts once, at the later time."""
        if at > self._ended.get(image_id, 0):
            self._ended[image_id] = at

    def evict(self, now: float) -> None:
        """Evict what is older than the window."""
        first = now - WINDOW_SECONDS - STEP_SECONDS
        for image_id, at in list(self._ended.items()):
            if at < first:
                self._ended.pop(image_id, None)

    def lately(self, now: float) -> float:
        """Images a second over the last half minute."""
        return self._between(now - _LATELY_SECONDS, now) / _LATELY_SECONDS

    def total(self, now: float) -> int:
        """Images of the whole window."""
        return self._between(now - WINDOW_SECONDS, now)

    def bars(self, now: float) -> Sequence[float]:
        """Images a second in each step of the window, the oldest first."""
        # Steps begin at whole multiples, so that a bar does not change while time goes on.
        end = (now // STEP_SECONDS + 1) * STEP_SECONDS
        counts = [0] * (WINDOW_SECONDS // STEP_SECONDS)
        for at in list(self._ended.values()):
            index = len(counts) - 1 - int((end - at) // STEP_SECONDS)
            if 0 <= index < len(counts) and at < end:
                counts[index] += 1
        return [count / STEP_SECONDS for count in counts]

    def _between(self, first: float, last: float) -> int:
        return sum(first < at <= last for at in list(self._ended.values()))
