"""Frames that an encoder reads only until a deadline, so that a long animation can be stopped. No AWS."""

from collections.abc import Iterator
from functools import partial
from typing import SupportsIndex, overload

from PIL import Image

from shared.deadline import Deadline


def watched(frames: list[Image.Image], deadline: Deadline) -> list[Image.Image]:
    """Wrap frames so that an encoder that reads the next one past the deadline is stopped.

    Args:
        frames: the frames of one rendition.
        deadline: raises once it is exceeded.
    """
    for frame in frames:
        # Pillow calls seek on each frame before it encodes it: WebPImagePlugin._save_all, AvifImagePlugin._save.
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
    """Like PIL.Image.Image.seek of a single-frame image, but checks the deadline."""
    deadline.check()
    if place != 0:
        raise EOFError(f"a single image has no frame {place}")
