"""Frames of an animation, composited as in a browser: each is drawn on what the previous ones left. No AWS."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from PIL import Image

from services.resize.scaling import Size
from shared.light_dataclass import dataclass

# What happens to a frame's rectangle when its time is over: it stays, is cleared, or is restored.
Disposal = Literal["none", "background", "previous"]

_CLEAR: Final = (0, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """The rectangle that one frame draws.

    Args:
        image: its pixels, of mode RGBA; alpha is straight.
        at: (left, top) on the canvas, in pixels; the rectangle may reach beyond it.
        disposal: what happens to the rectangle afterwards.
        over: whether it is blended over the canvas; otherwise it replaces that, alpha included.
    """

    image: Image.Image
    at: Size
    disposal: Disposal = "none"
    over: bool = True


def composited(size: Size, patches: Iterable[Patch]) -> Iterator[Image.Image]:
    """The canvas after each patch; it is transparent at first.

    Args:
        size: (width, height) of the canvas, in pixels.
        patches: patches of all frames in their order; each is requested when it is its turn.

    Yields:
        The same canvas each time, of mode RGBA: it changes with the next frame.
    """
    canvas = Image.new("RGBA", size, _CLEAR)
    for patch in patches:
        left, top = patch.at
        right, bottom = min(size[0], left + patch.image.width), min(size[1], top + patch.image.height)
        box = left, top, right, bottom
        if left >= right or top >= bottom:  # wholly outside
            yield canvas
            continue
        within = (right - left, bottom - top)
        seen = patch.image if patch.image.size == within else patch.image.crop((0, 0, *within))
        before = canvas.crop(box) if patch.disposal == "previous" else None
        if patch.over:
            canvas.alpha_composite(seen, (left, top))
        else:
            canvas.paste(seen, box)
        yield canvas
        if before is not None:
            canvas.paste(before, box)
        elif patch.disposal == "background":
            canvas.paste(_CLEAR, box)


def whole_milliseconds(durations_ms: Iterable[float]) -> Iterator[int]:
    """Durations rounded so that their sum keeps its length: 30 frames of 33.3 ms take a second."""
    shown_ms, counted_ms = 0.0, 0
    for duration_ms in durations_ms:
        shown_ms += duration_ms
        rounded = round(shown_ms) - counted_ms
        counted_ms += rounded
        yield rounded
