"""Frames that an encoder reads only until a deadline: so a long animation stops where it is."""

from collections.abc import Iterator
from functools import partial
from typing import SupportsIndex, overload

from PIL import Image

from shared.deadline import Deadline


def watched(frames: list[Image.Image], deadline: Deadline) -> list[Image.Image]:
    """The same frames; an encoder that goes on to the next of them beyond the deadline is stopped.

    Args:
        frames: of one rendition.
        deadline: raises where it is over.
    """
    for frame in frames:
        # Pillow asks each frame for its place before it encodes it: WebPImagePlugin._save_all, AvifImagePlugin._save.
        frame.seek = partial(_seek, deadline)  # type: ignore[method-assign]
    return _Watched(frames, deadline)


class _Watched(list[Image.Image]):
    def __init__(self, frames: list[Image.Image], deadline: Deadline) -> None:
        super().__init__(frames)
        self._deadline = deadline

    def __iter__(self) -> Iterator[Image.Image]:
        for frame in super().__iter__():
            self._deadline.check()
            yield frame

    @overload
    def __getitem__(self, place: SupportsIndex) -> Image.Image: ...

    @overload
    def __getitem__(self, place: slice) -> list[Image.Image]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Image.Image | list[Image.Image]:
        if isinstance(place, slice):
            return _Watched(super().__getitem__(place), self._deadline)
        return super().__getitem__(place)


def _seek(deadline: Deadline, place: int) -> None:
    """As PIL.Image.Image.seek of a frame that is one alone, but not beyond the deadline."""
    deadline.check()
    if place != 0:
        raise EOFError(f"a frame has no place {place}")
