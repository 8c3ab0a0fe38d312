"""The position and size of the watermark. Arithmetic only: no Pillow, no AWS."""

import math
from collections.abc import Iterator
from typing import Final

from shared.choices import Position

Size = tuple[int, int]
Point = tuple[int, int]

# Gap between two tiles, relative to the mean of a watermark's sides: equal across and down, whatever its shape.
TILE_GAP: Final = 0.8

# A hairline watermark would be repeated tens of thousands of times: no gap is smaller than this fraction of its longer
# side.
_MIN_GAP: Final = 0.2


def width_px(image_width: int, scale: float, least: int, most: int) -> float:
    """The watermark's intended width in pixels, before rotation; `room` may reduce it.

    Args:
        image_width: width of the image, in pixels.
        scale: the watermark's width relative to the image's.
        least: minimum width, in pixels.
        most: maximum width, in pixels; at least `least`.
    """
    return min(max(image_width * scale, least), most)


def margin_px(image: Size, margin: float) -> int:
    """The margin in pixels, limited so that it leaves room for a watermark.

    Args:
        image: (width, height) of the image, in pixels.
        margin: margin relative to the shorter side.
    """
    return min(round(min(image) * margin), (min(image) - 1) // 2)


def room(image: Size, margin: int) -> Size:
    """The size that the margins leave, in pixels: at least 1 x 1.

    Args:
        image: (width, height) of the image, in pixels.
        margin: margin to each edge, in pixels.
    """
    return max(1, image[0] - 2 * margin), max(1, image[1] - 2 * margin)


def fitted(natural: Size, width: float, box: Size, angle_degrees: float = 0) -> Size:
    """The watermark's size before rotation: of the intended width, or the largest that fits the box after rotation.

    Args:
        natural: (width, height) of the watermark as drawn, in pixels; its shape is kept.
        width: intended width, in pixels.
        box: (width, height) of the available room, in pixels.
        angle_degrees: angle of rotation, anticlockwise.
    """
    spans = _spans(natural, angle_degrees)
    scale = min(width / natural[0], box[0] / spans[0], box[1] / spans[1])
    return max(1, round(natural[0] * scale)), max(1, round(natural[1] * scale))


def turned(size: Size, angle_degrees: float) -> Size:
    """The upright box around a rotated watermark, in pixels.

    Args:
        size: (width, height) of the watermark, in pixels.
        angle_degrees: angle of rotation, anticlockwise.
    """
    spans = _spans(size, angle_degrees)
    return max(1, round(spans[0])), max(1, round(spans[1]))


def turning(watermark: Size, canvas: Size, angle_degrees: float) -> tuple[float, float, float, float, float, float]:
    """The affine transform from a canvas to the watermark that is rotated about the middle of both.

    Args:
        watermark: (width, height) of the watermark, in pixels.
        canvas: (width, height) of the picture of the rotated watermark, in pixels.
        angle_degrees: angle of rotation, anticlockwise.

    Returns:
        (a, b, c, d, e, f): x = a*X + b*Y + c and y = d*X + e*Y + f, where X and Y are canvas coordinates.
    """
    cos, sin = _cos_sin(angle_degrees)
    middle_x, middle_y = canvas[0] / 2, canvas[1] / 2
    return (
        cos,
        -sin,
        watermark[0] / 2 - cos * middle_x + sin * middle_y,
        sin,
        cos,
        watermark[1] / 2 - sin * middle_x - cos * middle_y,
    )


def corner(image: Size, watermark: Size, position: Position, margin: int) -> Point:
    """The top left corner of the watermark, in pixels; the watermark is within the image.

    Args:
        image: (width, height) of the image, in pixels.
        watermark: (width, height) of the watermark, in pixels, no larger than the image.
        position: one of the nine positions.
        margin: margin to the edges, in pixels.
    """
    row, column = position.split("-")
    free_x, free_y = image[0] - watermark[0], image[1] - watermark[1]
    x = {"left": margin, "center": free_x // 2, "right": free_x - margin}[column]
    y = {"top": margin, "middle": free_y // 2, "bottom": free_y - margin}[row]
    return min(max(0, x), max(0, free_x)), min(max(0, y), max(0, free_y))


def tiles(image: Size, watermark: Size, angle_degrees: float = 0) -> Iterator[Point]:
    """Yield the top left corners of the rotated boxes of a tiled watermark; the image's edges may cut tiles.

    One watermark is in the middle of the image. Rows run along the angle, and every other one is shifted by half a
    step.

    Args:
        image: (width, height) of the image, in pixels.
        watermark: (width, height) of the watermark before rotation, in pixels.
        angle_degrees: angle of rotation, anticlockwise.
    """
    gap = max(math.sqrt(watermark[0] * watermark[1]) * TILE_GAP, max(watermark) * _MIN_GAP)
    step, row_step = watermark[0] + gap, watermark[1] + gap
    cos, sin = _cos_sin(angle_degrees)
    box = turned(watermark, angle_degrees)
    reach = (math.hypot(*image) + math.hypot(*watermark)) / 2
    for row in range(-math.ceil(reach / row_step), math.ceil(reach / row_step) + 1):
        down, shift = row * row_step, row % 2 / 2
        for column in range(-math.ceil(reach / step) - 1, math.ceil(reach / step) + 1):
            along = (column + shift) * step
            # y points down, so an anticlockwise rotation raises the right side.
            x = round((image[0] - box[0]) / 2 + along * cos + down * sin)
            y = round((image[1] - box[1]) / 2 - along * sin + down * cos)
            if -box[0] < x < image[0] and -box[1] < y < image[1]:
                yield x, y


def _spans(size: Size, angle_degrees: float) -> tuple[float, float]:
    """How far a rotated watermark extends across and down, in pixels."""
    cos, sin = (abs(part) for part in _cos_sin(angle_degrees))
    return size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos


def _cos_sin(angle_degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(angle_degrees)), math.sin(math.radians(angle_degrees))
