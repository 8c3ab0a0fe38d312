"""One decoded page to the frames of its renditions, in one pass over its pixels. No AWS."""

import dataclasses
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from services.resize import attention, colour, downscale, scaling, sets
from services.resize.bounds import check_frames
from services.resize.downscale import SourceInfo
from services.resize.formats.source import OpenedImage
from services.resize.scaling import Box, ResizePlan, Size
from services.resize.settings import AUTO, Rendition, Settings
from shared.deadline import Deadline
from shared.light_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.resize.faces import DetectedFaces
    from services.resize.hdr.keepers import Keeper
    from services.resize.moderation import ModerationPolicy

# A border is first looked for at about this size, where a decoder makes a small picture for less than a large one.
_GLANCE_PX: Final = 256

# Without its border a picture is shown larger, and so is decoded at more of its size. Beyond this many pixels it is
# not trimmed: a stamp on a scan of 200 megapixels does not cost the memory of all of it. A decoder returns four times
# as many at most.
_MAX_TRIMMED_PX: Final = 25_000_000

_ANIMATED: Final = "not trimmed: it is an animation"
_TOO_MANY: Final = f"not trimmed: its part within the border takes more than {_MAX_TRIMMED_PX:,} px to decode"


@dataclasses.dataclass(kw_only=True)
class PageFrames:
    """What is made of one page.

    Args:
        renditions: the settings of each rendition, those of responsive sets included.
        frames: the frames of each rendition.
        durations_ms: how long each frame is shown, in milliseconds.
        shown: JPEGs for a moderator; none where moderation is off.
        warnings: what the uploader should know of the result.
    """

    renditions: tuple[Rendition, ...] = ()
    frames: list[list[Image.Image]] = field(default_factory=list)
    durations_ms: list[int] = field(default_factory=list)
    shown: tuple[bytes, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """The renditions of a page, and how each is made of it.

    Args:
        renditions: the settings of each rendition.
        plans: the plan of each.
    """

    renditions: tuple[Rendition, ...]
    plans: tuple[ResizePlan, ...]


def frames_of(
    source: OpenedImage,
    settings: Settings,
    deadline: Deadline,
    policy: "ModerationPolicy | None",
    *,
    keeper: "Keeper | None",
    faces: "DetectedFaces | None",
) -> PageFrames:
    """The frames of each rendition of one page.

    Args:
        source: the page, not yet decoded.
        settings: settings of the image.
        deadline: checked at every frame of every rendition.
        policy: what shows the image to a moderator; None where moderation is off.
        keeper: what keeps its HDR; None where that is not kept.
        faces: the faces of a still; None where none were looked for.

    Raises:
        PermanentError: it does not decode, exceeds a limit, or is not done at the deadline.
    """
    info, made = source.info, PageFrames()
    preview = policy.preview(source.size) if policy is not None else None
    layout, tolerance = _expected(source, settings, made)
    # A moderator is shown the whole picture, its border included.
    seen = () if preview is None else (preview.plan,)
    source.reduce(scaling.needed(source.size, (*layout.plans, *seen)))

    def check(plan: ResizePlan) -> None:
        # All frames are in memory at once, and padding or enlarging may make far more of them than the source had.
        deadline.check()
        check_frames(len(made.durations_ms), *plan.canvas, settings.limits)

    for frame in source.frames():
        image = colour.workable(frame.image, source.bits)
        if not made.durations_ms:
            # The first frame settles where all are cropped, else the picture shakes.
            layout = _aimed(_settled(layout, image, source, settings, tolerance), image, info, faces)
            made.frames = [[] for _ in layout.plans]
        made.durations_ms.append(frame.duration_ms)
        if preview is not None:
            deadline.check()
            preview.see(image, info)
        if faces is not None and faces.hidden:
            deadline.check()
            _hide(faces, image, info)
        continues = [rendition.background == AUTO for rendition in layout.renditions]
        layout = _add(image, layout, info, made, check)
        if keeper is not None:
            keeper.see(image, info, layout.plans, layout.renditions, continues)
    made.renditions = layout.renditions
    made.shown = () if preview is None else preview.jpegs()
    return made


def _add(
    image: Image.Image, layout: _Layout, info: SourceInfo, made: PageFrames, check: "Callable[[ResizePlan], None]"
) -> _Layout:
    """Add a frame to each rendition; returns the layout with the backgrounds that the first frame settles."""
    renditions = []
    for plan, rendition, frames in zip(layout.plans, layout.renditions, made.frames, strict=True):
        check(plan)
        fitted = downscale.fitted(image, plan, info, rendition.sharpen)
        background = rendition.background
        if background == AUTO:
            # Imported only here: few renditions are padded by their picture's own colour.
            from services.resize.edge_colour import edge_colour  # noqa: PLC0415

            background = edge_colour(fitted, plan)
        renditions.append(
            rendition if background == rendition.background else replace(rendition, background=background)
        )
        frames.append(downscale.padded(fitted, plan, background, info))
    return replace(layout, renditions=tuple(renditions))


def _expected(source: OpenedImage, settings: Settings, made: PageFrames) -> tuple[_Layout, int]:
    """What a page is to be decoded for, and the tolerance of its border: 0 where it is not trimmed."""
    whole = _layout(source.size, settings, None)
    if not settings.trim:
        return whole, 0
    if source.animated:
        made.warnings = (_ANIMATED,)
        return whole, 0
    if source.reopened is None:
        return whole, settings.trim
    with source.reopened() as again:
        scale = min(1.0, _GLANCE_PX / max(source.size))
        again.reduce((max(1, round(source.size[0] * scale)), max(1, round(source.size[1] * scale))))
        region = _region(colour.workable(next(again.frames()).image, source.bits), source, settings.trim)
    layout = _layout(source.size, settings, region)
    width, height = scaling.needed(source.size, layout.plans)
    if width * height > _MAX_TRIMMED_PX and (width, height) != scaling.needed(source.size, whole.plans):
        made.warnings = (_TOO_MANY,)
        return whole, 0
    return layout, settings.trim


def _settled(expected: _Layout, image: Image.Image, source: OpenedImage, settings: Settings, tolerance: int) -> _Layout:
    """Where the renditions are cropped, by the pixels that they are made of."""
    layout, info = expected, source.info
    if tolerance:
        layout = _layout(info.size, settings, _region(image, source, tolerance))
        decoded = scaling.swapped(image.size, info.orientation)
        # Details that were too fine for the first glance may have less of the border: then it has not enough pixels.
        if any(map(int.__lt__, decoded, scaling.needed(info.size, layout.plans))):
            layout = expected
    return layout


def _aimed(layout: _Layout, image: Image.Image, info: SourceInfo, faces: "DetectedFaces | None") -> _Layout:
    """The layout with its crops where their gravity seeks them: at faces, else at what has the most detail."""
    plans = []
    for plan, rendition in zip(layout.plans, layout.renditions, strict=True):
        if plan.seeks and rendition.gravity == "faces" and faces is not None and faces.boxes:
            from services.resize import faces as of_faces  # noqa: PLC0415 - few pipelines look for faces

            plans.append(of_faces.aimed(plan, faces, info.size))
        else:
            plans.append(attention.aimed(plan, image, info))
    return replace(layout, plans=tuple(plans))


def _hide(faces: "DetectedFaces", image: Image.Image, info: SourceInfo) -> None:
    from services.resize import faces as of_faces  # noqa: PLC0415 - few pipelines look for faces

    of_faces.hide(image, faces, info)


def _region(image: Image.Image, source: OpenedImage, tolerance: int) -> Box | None:
    # Imported only here: few pipelines trim.
    from services.resize import trimming  # noqa: PLC0415

    return trimming.region(image, source.info, tolerance, lossy=not source.lossless)


def _layout(source: Size, settings: Settings, region: Box | None) -> _Layout:
    size = source if region is None else (round(region[2] - region[0]), round(region[3] - region[1]))
    renditions: Sequence[Rendition] = sets.sized(settings, size).renditions
    plans = (_plan(size, each) for each in renditions)
    if region is not None:
        plans = (scaling.within(plan, region) for plan in plans)
    return _Layout(renditions=tuple(renditions), plans=tuple(plans))


def _plan(source: Size, rendition: Rendition) -> ResizePlan:
    box = rendition.width, rendition.height
    pull = {"gravity": rendition.gravity, "focus": rendition.focus}
    return scaling.plan(source, box, rendition.fit, **pull, enlarge=rendition.enlarge)  # type: ignore[arg-type]
