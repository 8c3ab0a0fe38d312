"""A deadline for decoders: they read as they go, so one that reads past it is stopped. No Pillow, no AWS."""

import io
from collections.abc import Callable
from typing import Final

from shared.errors import ImageTooSlow


class Deadline:
    """When an image must be done, counted from now.

    Args:
        seconds: seconds until the deadline.
        clock: returns monotonic seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._ends = clock() + seconds

    def check(self) -> None:
        """Return if there is time left.

        Raises:
            ImageTooSlow: the time is over.
        """
        if self._clock() > self._ends:
            raise ImageTooSlow(f"the image takes longer than {self._seconds:g} s, the limit (limits.seconds)")


NEVER: Final = Deadline(0, lambda: 0.0)


class WatchedBytes(io.BytesIO):
    """A file in memory that is read only until a deadline: decoders ask for 64 kB at most, or for the next block.

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
