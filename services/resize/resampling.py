"""Resampling: which filter and which passes a change of size asks for. No AWS.

Measured on five photographs at ratios from 1.5 to 7.5, as SSIMULACRA2 of the final JPEG against that of a full decode
and one Lanczos pass, mean (worst): bicubic at gaps of 1.4 to 3 loses 0.9 (1.9), and costs a third less than Lanczos.
Lanczos after an average over whole pixels that leaves a gap of 1.6 loses 0.5 (1.1), and costs half of bicubic alone.
Hamming, bilinear and box lose 1.5 to 7. So each is taken where it is the cheaper of what is good.
"""

import math
from typing import Final

from PIL import Image

from services.resize.convolution import PREMULTIPLIED, Kernel, convolved, premultiplied
from services.resize.scaling import Box, Size

# Source pixels a pixel of the result. Below the first, bicubic is too soft; from the second on, an average over whole
# pixels leaves enough for Lanczos.
BICUBIC_FROM: Final = 1.4
REDUCED_FROM: Final = 3.2
_LEFT_BY_REDUCING: Final = 1.6
_LOBES: Final = 3


def resample(image: Image.Image, size: Size, box: Box) -> Image.Image:
    """A part of an image at another size.

    Args:
        image: of any mode but palettes and masks.
        size: (width, height) of the result, in pixels.
        box: (left, top, right, bottom) of the part, in pixels of the image.
    """
    # Colours are multiplied by alpha around a resize, so that transparent pixels leave no fringe.
    if image.mode in PREMULTIPLIED:
        return resample(premultiplied(image), size, box).convert(image.mode)
    gap = min((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1])
    if gap >= REDUCED_FROM:
        image, box = _reduced(image, size, box)
    kernel: Kernel = "bicubic" if BICUBIC_FROM <= gap < REDUCED_FROM else "lanczos"
    return convolved(image, size, kernel, box)


def reduction(size: Size, box: Box) -> tuple[int, int]:
    """How many whole pixels, across and down, are averaged before a part is resized; 1 and 1 where none are.

    Args:
        size: (width, height) of the result, in pixels.
        box: (left, top, right, bottom) of the part, in pixels.
    """
    across, down = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    if min(across, down) < REDUCED_FROM:
        return 1, 1
    return int(across / _LEFT_BY_REDUCING) or 1, int(down / _LEFT_BY_REDUCING) or 1


def _reduced(image: Image.Image, size: Size, box: Box) -> tuple[Image.Image, Box]:
    """An image of averages over whole pixels, as many as leave the gap, and the part in it."""
    across, down = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    factors = reduction(size, box)
    # Lanczos looks beyond the part by its lobes.
    beyond = (_LOBES - 0.5) * across, (_LOBES - 0.5) * down
    left, top = max(0, math.floor(box[0] - beyond[0])), max(0, math.floor(box[1] - beyond[1]))
    right, bottom = min(image.width, math.ceil(box[2] + beyond[0])), min(image.height, math.ceil(box[3] + beyond[1]))
    part = (
        (box[0] - left) / factors[0],
        (box[1] - top) / factors[1],
        (box[2] - left) / factors[0],
        (box[3] - top) / factors[1],
    )
    return image.reduce(factors, box=(left, top, right, bottom)), part
