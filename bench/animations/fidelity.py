"""How close the frames of one animation are to those of another, comparing what is shown at the same time."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from PIL import Image, ImageChops, ImageStat

from services.resize.formats.opener import opened
from services.resize.settings import Limits

# Lossless results have no PSNR; nobody sees a difference above this.
LOSSLESS_DB = 60.0
_GREY = (128, 128, 128, 255)
_LIMITS = Limits(frames=5_000, frame_pixels=1_000_000_000)


def psnr_db(source: bytes, made: bytes) -> float | None:
    """PSNR of all frames together on grey, at most 60 dB; None where the sizes differ.

    Args:
        source: animation that was encoded.
        made: result of an encoder; it may have merged frames that are alike.
    """
    theirs = list(_frames(made))
    ours = list(_frames(source))
    if ours[0][0].size != theirs[0][0].size:
        return None
    partners = _partners([shown for _, shown in ours], [shown for _, shown in theirs])
    squares = [_mean_square(one, theirs[at][0]) for (one, _), at in zip(ours, partners, strict=True)]
    off = sum(squares) / len(squares)
    return LOSSLESS_DB if off == 0 else min(LOSSLESS_DB, 10 * math.log10(255**2 / off))


def _frames(data: bytes) -> Iterator[tuple[Image.Image, int]]:
    """Each frame on grey, with its duration in milliseconds."""
    with opened(data, _LIMITS) as source:
        for frame in source.frames():
            image = frame.image.convert("RGBA")
            background = Image.new("RGBA", image.size, _GREY)
            yield Image.alpha_composite(background, image).convert("RGB"), frame.duration_ms


def _partners(ours: list[int], theirs: list[int]) -> list[int]:
    """The frame of theirs that is shown at the middle of each of ours; by index if there are equally many."""
    if len(ours) == len(theirs):
        return list(range(len(ours)))
    starts = [0, *accumulate(theirs)][:-1]
    middles = [end - shown / 2 for end, shown in zip(accumulate(ours), ours, strict=True)]
    return [max(0, bisect_right(starts, middle) - 1) for middle in middles]


def _mean_square(one: Image.Image, other: Image.Image) -> float:
    squares = ImageStat.Stat(ImageChops.difference(one, other))
    return sum(squares.sum2) / sum(squares.count)
