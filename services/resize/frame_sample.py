"""The size and frames in which a moderator sees an image. Arithmetic only: no Pillow, no AWS."""

from typing import Final, Generic, TypeVar

from services.resize.scaling import ResizePlan, Size

# Rekognition accepts 80 to 10,000 px per side and 5 MB; for noise, the worst case, a JPEG of this size has 0.8 MB. And
# the default renditions need the same size of the decoder: more would cost a larger decode.
# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
MAX_SIDE_PX: Final = 1024
MIN_SIDE_PX: Final = 80

# Frames that are kept meanwhile, for each one that is finally chosen: the more, the nearer each is to its place.
_KEPT: Final = 4

T = TypeVar("T")


def plan(source: Size, longest: int = MAX_SIDE_PX) -> ResizePlan:
    """The size at which the whole picture is shown: shrunk, enlarged or padded to what the moderator accepts.

    Args:
        source: (width, height) of the upright picture, in pixels.
        longest: its longer side at most, in pixels.
    """
    fits = min(1.0, longest / max(source))
    scale = min(longest / max(source), max(fits, MIN_SIDE_PX / min(source)))
    size = max(1, round(source[0] * scale)), max(1, round(source[1] * scale))
    # A long, thin picture would be too long once it is wide enough.
    canvas = max(size[0], MIN_SIDE_PX), max(size[1], MIN_SIDE_PX)
    at = (canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2
    return ResizePlan(crop=(0, 0, *source), size=size, canvas=canvas, at=at)


class FrameSample(Generic[T]):
    """Chooses some frames of a stream of unknown length, evenly spread from the first to the last.

    A few times as many are kept meanwhile: whenever there are more, every other one is removed, and from then on only
    half as many are considered.

    Args:
        most: number of frames that are finally chosen.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._every = 1
        self._seen = 0
        self._kept: dict[int, T] = {}

    def wants(self) -> bool:
        """Whether the next frame should be added; otherwise it is skipped."""
        return self._seen % self._every == 0

    def add(self, frame: T) -> None:
        """Keep the next frame."""
        self._kept[self._seen] = frame
        self._seen += 1
        if len(self._kept) > _KEPT * self._most:
            self._every *= 2
            self._kept = {index: kept for index, kept in self._kept.items() if index % self._every == 0}

    def skip(self) -> None:
        """Skip the next frame."""
        self._seen += 1

    def chosen(self) -> list[T]:
        """The chosen frames, in their order."""
        gaps = max(1, self._most - 1)
        wanted = [(self._seen - 1) * number / gaps for number in range(self._most)]
        nearest = {min(self._kept, key=lambda index: abs(index - at)) for at in wanted if self._kept}
        return [self._kept[index] for index in sorted(nearest)]
