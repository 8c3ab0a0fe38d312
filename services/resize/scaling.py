"""Where a rendition is cut from and how large it becomes. Arithmetic only: no Pillow, no AWS."""

from dataclasses import dataclass
from typing import Final

from shared.choices import Fit

Size = tuple[int, int]
Box = tuple[float, float, float, float]

# EXIF orientations from 5 on lie on their side. https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4
FIRST_SIDEWAYS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one rendition is made of a source.

    Args:
        crop: (left, top, right, bottom) in the source, in pixels, as people see it.
        size: (width, height) that the crop is resized to, in pixels; never larger than the crop.
        canvas: (width, height) that the result is centred on; the same as size but for fit "contain".
    """

    crop: Box
    size: Size
    canvas: Size


def plan(source: Size, box: Size, fit: Fit) -> Plan:
    """How a source of this size fits a box. Never enlarges, and no side becomes 0.

    Args:
        source: (width, height) in pixels, as people see it.
        box: (width, height) in pixels.
        fit: inside, cover or contain.
    """
    if fit == "cover":
        return _cover(source, box)
    scale = min(1.0, box[0] / source[0], box[1] / source[1])
    size = _scaled(source, scale)
    return Plan(crop=(0, 0, *source), size=size, canvas=box if fit == "contain" else size)


def stored_box(box: Box, source: Size, orientation: int) -> Box:
    """The same box in the picture as it is stored, before its EXIF orientation is applied.

    Args:
        box: in the picture as people see it.
        source: (width, height) as people see it.
        orientation: 1 to 8.
    """
    left, top, right, bottom = box
    width, height = source
    flipped_x = (width - right, top, width - left, bottom)
    flipped_y = (left, height - bottom, right, height - top)
    turned = (width - right, height - bottom, width - left, height - top)
    seen = {1: box, 2: flipped_x, 3: turned, 4: flipped_y, 5: box, 6: flipped_x, 7: turned, 8: flipped_y}[orientation]
    if orientation < FIRST_SIDEWAYS:
        return seen
    return (seen[1], seen[0], seen[3], seen[2])


def swapped(size: Size, orientation: int) -> Size:
    """A size between how a picture is stored and how people see it; the same both ways."""
    return size if orientation < FIRST_SIDEWAYS else (size[1], size[0])


def needed(source: Size, plans: tuple[Plan, ...]) -> Size:
    """The size that the whole source must at least be decoded at, so that no plan enlarges what it crops.

    Args:
        source: (width, height) in pixels.
        plans: of all renditions of this source.
    """
    scale = max(
        max(each.size[0] / (each.crop[2] - each.crop[0]), each.size[1] / (each.crop[3] - each.crop[1]))
        for each in plans
    )
    return _scaled(source, min(1.0, scale))


def _cover(source: Size, box: Size) -> Plan:
    """The largest window of the box's shape around the middle."""
    scale = min(source[0] / box[0], source[1] / box[1])
    width, height = min(float(source[0]), box[0] * scale), min(float(source[1]), box[1] * scale)
    # A window of less than a pixel would be nothing: of a 5000 x 1 strip it takes at least one.
    width, height = max(width, 1.0), max(height, 1.0)
    left, top = (source[0] - width) / 2, (source[1] - height) / 2
    size = _scaled((width, height), min(1.0, 1 / scale))
    return Plan(crop=(left, top, left + width, top + height), size=size, canvas=size)


def _scaled(size: tuple[float, float], scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
