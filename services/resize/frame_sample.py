"""The size and frames in which a moderator sees an image. Arithmetic only: no Pillow, no AWS."""

from typing import Final, Generic, TypeVar

from services.resize.scaling import ResizePlan, Size

# Rekognition takes 80 to 10,000 px a side and 5 MB; of noise, the worst there is, a JPEG of this size has 0.8 MB. And
# the default renditions ask as much of the decoder: more would cost a larger decode.
# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
MAX_SIDE_PX: Final = 1024
MIN_SIDE_PX: Final = 80

# On the way, for each frame that is chosen in the end: the more, the nearer each is to its place.
_KEPT: Final = 4

T = TypeVar("T")


def plan(source: Size) -> ResizePlan:
    """How large the whole picture is shown: shrunk, enlarged or padded to what the moderator takes.

    Args:
        source: (width, height) in pixels, as people see it.
    """
    fits = min(1.0, MAX_SIDE_PX / max(source))
    scale = min(MAX_SIDE_PX / max(source), max(fits, MIN_SIDE_PX / min(source)))
    size = max(1, round(source[0] * scale)), max(1, round(source[1] * scale))
    # What is long and thin would be too long once it is wide enough.
    canvas = max(size[0], MIN_SIDE_PX), max(size[1], MIN_SIDE_PX)
    at = (canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2
    return ResizePlan(crop=(0, 0, *source), size=size, canvas=canvas, at=at)


class FrameSample(Generic[T]):
    """Some of the frames that pass, evenly spread from the first to the last; nobody knows how many there will be.

    A few times as many are kept on the way: whenever there are more, every other one goes, and from then on half as
    many are looked at.

    Args:
        most: how many frames are chosen in the end.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._every = 1
        self._seen = 0
        self._kept: dict[int, T] = {}

    def wants(self) -> bool:
        """Whether the next frame is to be added; else it is only passed."""
        return self._seen % self._every == 0

    def add(self, frame: T) -> None:
        """Keep the next frame."""
        self._kept[self._seen] = frame
        self._seen += 1
        if len(self._kept) > _KEPT * self._most:
            self._every *= 2
            self._kept = {index: kept for index, kept in self._kept.items() if index % self._every == 0}

    def skip(self) -> None:
        """Let the next frame pass."""
        self._seen += 1

    def chosen(self) -> list[T]:
        """The frames, in their order."""
        gaps = max(1, self._most - 1)
        wanted = [(self._seen - 1) * number / gaps for number in range(self._most)]
        nearest = {min(self._kept, key=lambda index: abs(index - at)) for at in wanted if self._kept}
        return [self._kept[index] for index in sorted(nearest)]
