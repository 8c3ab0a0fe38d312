"""A deadline for decoders: they read as they go, so one that reads past it is stopped. No Pillow, no AWS."""

import io
import math
from collections.abc import Callable
from typing import Final

from shared.errors import HandedBack, ImageTooSlow


class Deadline:
    """When an image must be done, counted from now.

    Args:
        seconds: until then.
        clock: seconds that only go forward.
        callers_ends: when the caller's time is over, by the clock: from then on nobody waits for the image.
    """

    def __init__(self, seconds: float, clock: Callable[[], float], callers_ends: float = math.inf) -> None:
        self._seconds = seconds
        self._clock = clock
        self._ends = clock() + seconds
        self._callers_ends = callers_ends

    def check(self) -> None:
        """Return if there is time left.

        Raises:
            ImageTooSlow: the image's time is over.
            HandedBack: the caller's is.
        """
        now = self._clock()
        if now > self._ends:
            raise ImageTooSlow(f"the image takes longer than {self._seconds:g} s, the limit (limits.seconds)")
        if now > self._callers_ends:
            raise HandedBack("the function's time ran out during this image")


NEVER: Final = Deadline(0, lambda: 0.0)


class WatchedBytes(io.BytesIO):
    """A file in memory that is read only until a deadline: most decoders ask for 64 kB, or for the next block.

    Args:
        data: the file.
        deadline: checked at every read.
    """

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        super().__init__(data)
        self._deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes.

        Raises:
            ImageTooSlow: the time is over.
        """
        self._deadline.check()
        return super().read(size)
