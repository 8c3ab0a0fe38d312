"""One decoded page to the frames of its renditions, in one pass over its pixels. No AWS."""

from typing import TYPE_CHECKING

from PIL import Image

from services.resize import attention, colour, downscale, scaling
from services.resize.bounds import check_frames
from services.resize.formats.source import OpenedImage
from services.resize.settings import Rendition, Settings
from shared.deadline import Deadline

if TYPE_CHECKING:
    from services.resize.gain_map.keeping import GainMapKeeper
    from services.resize.moderation import ModerationPolicy, PreviewFrames


def frames_of(
    source: OpenedImage,
    settings: Settings,
    deadline: Deadline,
    policy: "ModerationPolicy | None",
    keeper: "GainMapKeeper | None",
) -> tuple[list[list[Image.Image]], list[int], tuple[bytes, ...]]:
    """The frames of each rendition of one page, how long each is shown in milliseconds, and JPEGs for a moderator.

    Args:
        source: the page, not yet decoded.
        settings: settings of the page, without responsive sets.
        deadline: checked at every frame of every rendition.
        policy: what shows the image to a moderator; None where moderation is off.
        keeper: what keeps its gain map; None where that is not kept.

    Raises:
        PermanentError: it does not decode, exceeds a limit, or is not done at the deadline.
    """
    plans = tuple(_plan(source.size, each) for each in settings.renditions)
    preview = policy.preview(source.size) if policy is not None else None
    source.reduce(scaling.needed(source.size, (*plans, *((preview.plan,) if preview is not None else ()))))
    renditions, durations_ms = _frames(source, plans, settings, deadline, preview=preview, keeper=keeper)
    return renditions, durations_ms, preview.jpegs() if preview is not None else ()


def _plan(source: scaling.Size, rendition: Rendition) -> scaling.ResizePlan:
    box = rendition.width, rendition.height
    pull = {"gravity": rendition.gravity, "focus": rendition.focus}
    return scaling.plan(source, box, rendition.fit, **pull, enlarge=rendition.enlarge)  # type: ignore[arg-type]


def _frames(
    source: OpenedImage,
    plans: tuple[scaling.ResizePlan, ...],
    settings: Settings,
    deadline: Deadline,
    *,
    preview: "PreviewFrames | None",
    keeper: "GainMapKeeper | None",
) -> tuple[list[list[Image.Image]], list[int]]:
    """The frames of each rendition, and how long each frame is shown."""
    info = source.info
    renditions: list[list[Image.Image]] = [[] for _ in plans]
    durations_ms: list[int] = []
    for frame in source.frames():
        image = colour.workable(frame.image, source.bits)
        # The first frame settles where all are cropped, else the picture shakes: a plan that was aimed seeks no more.
        plans = tuple(attention.aimed(plan, image, info) for plan in plans)
        durations_ms.append(frame.duration_ms)
        for plan, rendition, frames in zip(plans, settings.renditions, renditions, strict=True):
            deadline.check()
            # All frames are in memory at once, and padding or enlarging may make far more of them than the source had.
            check_frames(len(durations_ms), *plan.canvas, settings.limits)
            frames.append(downscale.shrink(image, plan, info, rendition.background, rendition.sharpen))
        if preview is not None:
            deadline.check()
            preview.see(image, info)
        if keeper is not None:
            keeper.see(image, info, plans, settings.renditions)
    return renditions, durations_ms
