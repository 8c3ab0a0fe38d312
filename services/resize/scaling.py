"""Where a rendition is cut from and how large it becomes. Arithmetic only: no Pillow, no AWS."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Final

from shared.choices import Fit, Gravity
from shared.light_dataclass import dataclass

Size = tuple[int, int]
Box = tuple[float, float, float, float]
Point = tuple[float, float]

# EXIF orientations from 5 on lie on their side. https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4
FIRST_SIDEWAYS: Final = 5

# What is left over goes to the left and to the top by these shares. Attention and faces start in the middle.
_SHARES: Final[Mapping[Gravity, tuple[float, float]]] = {
    "center": (0.5, 0.5),
    "north": (0.5, 0.0),
    "north-east": (1.0, 0.0),
    "east": (1.0, 0.5),
    "south-east": (1.0, 1.0),
    "south": (0.5, 1.0),
    "south-west": (0.0, 1.0),
    "west": (0.0, 0.5),
    "north-west": (0.0, 0.0),
    "attention": (0.5, 0.5),
    "faces": (0.5, 0.5),
}


@dataclass(frozen=True, kw_only=True)
class ResizePlan:
    """How one rendition is made of a source.

    Args:
        crop: (left, top, right, bottom) in the source, in pixels, as people see it.
        size: (width, height) that the crop is resized to, in pixels.
        canvas: (width, height) that the result is put on; the same as size but for fit "contain".
        at: (left, top) of the result on the canvas, in pixels.
        seeks: whether the crop is still to be moved to what has the most detail, once there are pixels.
        region: the part of the source that is used, as crop; None for all of it.
    """

    crop: Box
    size: Size
    canvas: Size
    at: Size = (0, 0)
    seeks: bool = False
    region: Box | None = None


def plan(
    source: Size, box: Size, fit: Fit, *, gravity: Gravity = "center", focus: Point | None = None, enlarge: bool = False
) -> ResizePlan:
    """How a source of this size fits a box. No side becomes 0.

    Args:
        source: (width, height) in pixels, as people see it.
        box: (width, height) in pixels.
        fit: inside, cover or contain.
        gravity: what cover keeps, and where contain puts the picture.
        focus: the point that cover keeps as near to the middle as it can, instead of gravity: shares of the width and
            of the height, each 0 to 1.
        enlarge: whether a source that is smaller than the box is enlarged; else size is never larger than crop.
    """
    if fit == "cover":
        return _cover(source, box, gravity, focus, enlarge=enlarge)
    size = _scaled(source, min(inf if enlarge else 1.0, box[0] / source[0], box[1] / source[1]))
    if fit == "inside":
        return ResizePlan(crop=(0, 0, *source), size=size, canvas=size)
    share_x, share_y = _SHARES[gravity]
    at = int((box[0] - size[0]) * share_x), int((box[1] - size[1]) * share_y)
    return ResizePlan(crop=(0, 0, *source), size=size, canvas=box, at=at)


def moved(planned: ResizePlan, source: Size, share: tuple[float, float]) -> ResizePlan:
    """The same plan with its crop elsewhere.

    Args:
        planned: of a rendition of this source.
        source: (width, height) in pixels, as people see it.
        share: (x, y) share of the cropped part that is left of the crop and above it, each 0 to 1.
    """
    left, top, right, bottom = planned.crop
    region = planned.region or (0.0, 0.0, *source)
    size = region[2] - region[0], region[3] - region[1]
    crop = _window(size, (right - left, bottom - top), share)
    return replace(planned, crop=_shifted(crop, region), seeks=False)


def centred(planned: ResizePlan, source: Size, point: Point) -> ResizePlan:
    """The same plan with a point in the middle of its crop, or as near to it as it can be.

    Args:
        planned: of a rendition of this source.
        source: (width, height) in pixels, as people see it.
        point: (x, y) in pixels of the source.
    """
    left, top, right, bottom = planned.crop
    region = planned.region or (0.0, 0.0, *source)
    size = region[2] - region[0], region[3] - region[1]
    focus = (point[0] - region[0]) / size[0], (point[1] - region[1]) / size[1]
    return moved(planned, source, _share_around(focus, size, (right - left, bottom - top)))


def within(planned: ResizePlan, region: Box) -> ResizePlan:
    """A plan of the source of which a part was planned as if it were all.

    Args:
        planned: plan of a picture that has the size of the region.
        region: (left, top, right, bottom) of the part in the source as people see it, in pixels.
    """
    return replace(planned, crop=_shifted(planned.crop, region), region=region)


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


def seen_box(box: Box, stored: Size, orientation: int) -> Box:
    """The same box in the picture as people see it; the inverse of stored_box.

    Args:
        box: in the picture as it is stored.
        stored: (width, height) as it is stored.
        orientation: 1 to 8.
    """
    # The quarter turns are each other's inverse; every other orientation is its own.
    return stored_box(box, stored, {6: 8, 8: 6}.get(orientation, orientation))


def swapped(size: Size, orientation: int) -> Size:
    """A size between how a picture is stored and how people see it; the same both ways."""
    return size if orientation < FIRST_SIDEWAYS else (size[1], size[0])


def needed(source: Size, plans: tuple[ResizePlan, ...]) -> Size:
    """The size that the whole source must at least be decoded at, so that no plan enlarges what it need not.

    Args:
        source: (width, height) in pixels.
        plans: plans of all renditions of this source; the positions of their crops make no difference.
    """
    scale = max(
        max(each.size[0] / (each.crop[2] - each.crop[0]), each.size[1] / (each.crop[3] - each.crop[1]))
        for each in plans
    )
    return _scaled(source, min(1.0, scale))


def _cover(source: Size, box: Size, gravity: Gravity, focus: Point | None, *, enlarge: bool) -> ResizePlan:
    """The largest window of the box's shape, around the focus or where gravity pulls it."""
    scale = min(source[0] / box[0], source[1] / box[1])
    width, height = min(float(source[0]), box[0] * scale), min(float(source[1]), box[1] * scale)
    # A window of less than a pixel would be nothing: of a 5000 x 1 strip it takes at least one.
    width, height = max(width, 1.0), max(height, 1.0)
    size = box if enlarge or scale >= 1 else _scaled((width, height), 1.0)
    share = _SHARES[gravity] if focus is None else _share_around(focus, source, (width, height))
    crop = _window(source, (width, height), share)
    seeks = gravity in {"attention", "faces"} and focus is None and crop != (0, 0, *source)
    return ResizePlan(crop=crop, size=size, canvas=size, seeks=seeks)


def _share_around(focus: Point, source: tuple[float, float], window: tuple[float, float]) -> Point:
    """Where a window has a point in its middle, or as near to it as the source's edges let it."""
    x, y = (
        min(1.0, max(0.0, (point * whole - part / 2) / (whole - part))) if whole > part else 0.5
        for point, whole, part in zip(focus, source, window, strict=True)
    )
    return x, y


def _shifted(box: Box, region: Box) -> Box:
    left, top = region[:2]
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _window(source: tuple[float, float], window: tuple[float, float], share: tuple[float, float]) -> Box:
    """A window of this size; computed from both ends, so that it ends with the source to the last bit."""
    left, top = ((whole - part) * lies for whole, part, lies in zip(source, window, share, strict=True))
    right, bottom = (
        whole - (whole - part) * (1 - lies) for whole, part, lies in zip(source, window, share, strict=True)
    )
    return left, top, right, bottom


def _scaled(size: tuple[float, float], scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
