"""Small pictures of images of any format that the pipeline reads, by the same careful decoder."""

import io
from collections.abc import Collection
from dataclasses import replace

from PIL import Image

from services.resize import scaling
from services.resize.colour import workable
from services.resize.downscale import shrink
from services.resize.formats.opener import opened
from services.resize.settings import INPUT_FORMATS, Limits
from shared.clock import SYSTEM
from shared.deadline import Deadline


def small(data: bytes, box: tuple[int, int], limits: Limits, formats: Collection[str] = INPUT_FORMATS) -> Image.Image:
    """The first frame, upright and in sRGB, within a box; mode RGBA.

    Args:
        data: the file.
        box: (width, height) in pixels; a smaller image is not enlarged.
        limits: to keep.
        formats: those that are accepted.

    Raises:
        PipelineError: it does not decode, or a limit is exceeded.
    """
    with opened(data, limits, Deadline(limits.seconds, SYSTEM.monotonic), formats) as source:
        plan = scaling.plan(source.size, box, "inside")
        source.reduce(scaling.needed(source.size, (plan,)))
        frame = next(source.frames())
        return shrink(workable(frame.image, source.bits), plan, replace(source.info, animated=False)).convert("RGBA")


def webp(image: Image.Image, quality: int = 80) -> bytes:
    """A picture as browsers take it, see-through where it is."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()
