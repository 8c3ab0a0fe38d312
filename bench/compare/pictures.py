"""Pictures reduced for comparison, and how far apart two of them are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageChops, ImageStat

# The size for comparing: small enough that resamplers and chroma filters hardly matter, large enough to show content.
SIDE_PX: Final = 64
# The size for viewing.
VIEW_PX: Final = 256
# The box of the rendition for comparison.
BOX_PX: Final = 1024

# In levels of 255: the mean of a picture over the worse of two backgrounds.
MAX_LEVELS_STILL: Final = 4.0
MAX_LEVELS_FRAME: Final = 2.0
MAX_PX_OFF: Final = 1

# Browsers show a frame of 10 ms or less for 100 ms.
SHORT_MS: Final = 10
SHOWN_MS: Final = 100
MAX_MS_OFF: Final = 1

_BACKGROUNDS: Final = ((255, 255, 255, 255), (0, 0, 0, 255))
_DIFFERENCE_GAIN: Final = 4


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The result of one reader for a file.

    Args:
        size: (width, height) as displayed, in pixels, before any reduction.
        frames: frames, each reduced to a square of 64 px, as RGBA.
        durations_ms: duration of each frame; empty where the reader does not report it.
        counts_frames: whether the reader would have read more frames, had there been any.
        view: first frame within a box of 256 px, as RGBA.
    """

    size: tuple[int, int]
    frames: Sequence[Image.Image]
    durations_ms: Sequence[int] = ()
    counts_frames: bool = True
    view: Image.Image = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How two pictures differ.

    Args:
        reason: difference in words; None where they agree.
        levels: greatest mean difference of a frame, of 255; None where frames cannot be compared.
        frame: index of that frame.
    """

    reason: str | None
    levels: float | None = None
    frame: int = 0


def picture(
    images: Iterable[Image.Image],
    *,
    size: tuple[int, int] | None = None,
    durations_ms: Sequence[int] = (),
    counts_frames: bool = True,
) -> Picture:
    """Reduce the frames of a file, one at a time.

    Args:
        images: the frames.
        size: size as displayed, if it differs from that of the frames.
        durations_ms: duration of each frame.
        counts_frames: see Picture.
    """
    frames, view = [], None
    for image in images:
        rgba = image.convert("RGBA")
        if view is None:
            size, view = size or rgba.size, rgba.copy()
            view.thumbnail((VIEW_PX, VIEW_PX), Image.Resampling.BOX)
        frames.append(rgba.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX))
    if view is None or size is None:
        raise ValueError("a picture needs a frame")
    return Picture(size=size, frames=frames, durations_ms=durations_ms, counts_frames=counts_frames, view=view)


def difference(ours: Picture, theirs: Picture) -> Difference:
    """How the product's rendition differs from a file as a reference reads it.

    Args:
        ours: rendition, within the box.
        theirs: file at its own size, or already within the box.
    """
    wanted = inside(theirs.size)
    if max(abs(mine - its) for mine, its in zip(ours.size, wanted, strict=True)) > MAX_PX_OFF:
        return Difference(reason=f"{_by(ours.size)} instead of {_by(wanted)}")
    if theirs.counts_frames and len(ours.frames) != len(theirs.frames):
        return Difference(reason=f"{len(ours.frames)} frames instead of {len(theirs.frames)}")
    levels = [apart(*pair) for pair in zip(ours.frames, theirs.frames, strict=False)]
    worst = max(range(len(levels)), key=levels.__getitem__)
    animated = len(theirs.frames) > 1
    if levels[worst] >= (MAX_LEVELS_FRAME if animated else MAX_LEVELS_STILL):
        where = f" in frame {worst}" if animated else ""
        return Difference(reason=f"off by {levels[worst]:.1f} levels{where}", levels=levels[worst], frame=worst)
    if animated and theirs.durations_ms:
        for index, (mine, its) in enumerate(zip(ours.durations_ms, theirs.durations_ms, strict=False)):
            if abs(_shown(mine) - _shown(its)) > MAX_MS_OFF:
                return Difference(
                    reason=f"frame {index} takes {mine} ms instead of {its}", levels=levels[worst], frame=index
                )
    return Difference(reason=None, levels=levels[worst], frame=worst)


def inside(size: tuple[int, int]) -> tuple[int, int]:
    """The size within the box; never larger."""
    scale = min(1.0, *(BOX_PX / side for side in size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def apart(first: Image.Image, second: Image.Image) -> float:
    """The mean difference in levels of 255 over white or over black, whichever is greater, so that alpha counts."""
    return max(
        sum(ImageStat.Stat(ImageChops.difference(_over(first, background), _over(second, background))).mean) / 3
        for background in _BACKGROUNDS
    )


def visible_difference(first: Image.Image, second: Image.Image) -> Image.Image:
    """A picture of the difference of two pictures, amplified four times."""
    second = second.convert("RGBA").resize(first.size, Image.Resampling.BOX)
    white, black = (ImageChops.difference(_over(first, each), _over(second, each)) for each in _BACKGROUNDS)
    return ImageChops.lighter(white, black).point(lambda level: min(255, level * _DIFFERENCE_GAIN))


def _over(image: Image.Image, background: tuple[int, int, int, int]) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, background), image).convert("RGB")


def _shown(milliseconds: int) -> int:
    return SHOWN_MS if milliseconds <= SHORT_MS else milliseconds


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"
