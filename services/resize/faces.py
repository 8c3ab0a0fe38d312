"""Faces of a picture: which crop has them, and how they are made unrecognisable. No AWS."""

import io
from math import ceil, floor
from typing import Final

from PIL import Image, JpegImagePlugin

from services.resize import colour, downscale, frame_sample, scaling
from services.resize.downscale import SourceInfo, frame_box
from services.resize.formats.source import OpenedImage
from services.resize.scaling import Box, ResizePlan, Size
from services.resize.settings import Settings
from shared.choices import FacesMode
from shared.errors import UnsupportedImage
from shared.light_dataclass import dataclass
from shared.ports import FaceDetector

_FORM: Final = JpegImagePlugin.JpegImageFile.format
_QUALITY: Final = 85
_GROUND: Final = "#ffffff"

# In a picture of 1920 x 1080 px Rekognition finds faces of 40 px and more.
# https://docs.aws.amazon.com/rekognition/latest/dg/faces-detect-images.html
SHOWN_PX: Final = 1920

# A box ends at brow and chin: it is enlarged at each side by this share, so that hair and ears are within it.
_AROUND: Final = 0.2

# What is left of a face: this many pixels along its longer side.
_CELLS: Final = 6


@dataclass(frozen=True, kw_only=True)
class DetectedFaces:
    """The faces of one image, and what is done with them.

    Args:
        boxes: each as (left, top, right, bottom), shares of the width and of the height as people see it; the largest
            first.
        mode: whether they are kept, blurred or pixelated.
    """

    boxes: tuple[Box, ...] = ()
    mode: FacesMode = "keep"

    @property
    def hidden(self) -> bool:
        """Whether the picture has faces that nobody is to recognise."""
        return bool(self.boxes) and self.mode != "keep"


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """The picture that a detector is shown.

    Args:
        jpeg: its file.
        plan: how it was made of the source.
    """

    jpeg: bytes
    plan: ResizePlan


def check(source: OpenedImage, settings: Settings) -> None:
    """Refuse an image of which only the first picture is looked at, if no face may remain.

    Raises:
        UnsupportedImage: it is an animation, or all pages of a document become outputs.
    """
    if settings.faces == "keep":
        return
    if source.animated:
        raise UnsupportedImage(
            f"the image is an animation; faces are found in stills alone (moderation.faces: {settings.faces})"
        )
    if source.page_count > 1 and settings.pages == "all":
        raise UnsupportedImage(
            f"the image has {source.page_count} pages; faces are found in the first alone"
            f" (moderation.faces: {settings.faces}, pages: all)"
        )


def shown(source: OpenedImage) -> ShownPicture:
    """The first frame as a detector is to see it: whole, upright, in sRGB, on white.

    Args:
        source: the image, not yet decoded.

    Raises:
        PermanentError: it does not decode, or exceeds a limit.
    """
    plan = frame_sample.plan(source.size, SHOWN_PX)
    source.reduce(scaling.needed(source.size, (plan,)))
    frame = colour.workable(next(source.frames()).image, source.bits)
    image = downscale.shrink(frame, plan, source.info, _GROUND).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, _FORM, quality=_QUALITY)
    return ShownPicture(jpeg=buffer.getvalue(), plan=plan)


def detected(picture: ShownPicture, detector: FaceDetector, mode: FacesMode) -> DetectedFaces:
    """The faces of a picture, by one request.

    Raises:
        ModerationRefused: the detector does not accept the picture.
        TransientError: it cannot answer now.
    """
    boxes = (_of_source(box, picture.plan) for box in detector.faces(picture.jpeg))
    inside = [box for box in boxes if box[0] < box[2] and box[1] < box[3]]
    return DetectedFaces(boxes=tuple(sorted(inside, key=_area, reverse=True)), mode=mode)


def aimed(plan: ResizePlan, faces: DetectedFaces, source: Size) -> ResizePlan:
    """The plan, with its crop moved to the faces: to as many as it has room for, the largest first.

    Args:
        plan: plan of a rendition that crops.
        faces: at least one.
        source: (width, height) in pixels, as people see it.
    """
    left, top, right, bottom = plan.crop
    union, *others = (_pixels(box, source) for box in faces.boxes)
    for box in others:
        both = min(union[0], box[0]), min(union[1], box[1]), max(union[2], box[2]), max(union[3], box[3])
        if both[2] - both[0] <= right - left and both[3] - both[1] <= bottom - top:
            union = both
    return scaling.centred(plan, source, ((union[0] + union[2]) / 2, (union[1] + union[3]) / 2))


def hide(frame: Image.Image, faces: DetectedFaces, info: SourceInfo) -> None:
    """Make every face of a frame unrecognisable, in place: a copy would take the memory of the picture again.

    Args:
        frame: the decoded picture in a workable mode, as stored and perhaps at a fraction of the source's size.
        faces: the faces, and how they are hidden.
        info: facts about the source.
    """
    method = Image.Resampling.BICUBIC if faces.mode == "blur" else Image.Resampling.NEAREST
    for face in faces.boxes:
        left, top, right, bottom = frame_box(frame, _pixels(_around(face), info.size), info)
        box = floor(left), floor(top), min(frame.width, ceil(right)), min(frame.height, ceil(bottom))
        size = box[2] - box[0], box[3] - box[1]
        cell = max(size) / _CELLS
        few = max(1, round(size[0] / cell)), max(1, round(size[1] / cell))
        frame.paste(frame.crop(box).resize(few, Image.Resampling.BOX).resize(size, method), box[:2])


def _of_source(box: Box, plan: ResizePlan) -> Box:
    """A box of the shown picture, which may be padded, as shares of the source; cut off at its edges."""

    def share(value: float, axis: int) -> float:
        return min(1.0, max(0.0, (value * plan.canvas[axis] - plan.at[axis]) / plan.size[axis]))

    return share(box[0], 0), share(box[1], 1), share(box[2], 0), share(box[3], 1)


def _around(box: Box) -> Box:
    across, down = (box[2] - box[0]) * _AROUND, (box[3] - box[1]) * _AROUND
    return (
        max(0.0, box[0] - across),
        max(0.0, box[1] - down),
        min(1.0, box[2] + across),
        min(1.0, box[3] + down),
    )


def _pixels(box: Box, source: Size) -> Box:
    return box[0] * source[0], box[1] * source[1], box[2] * source[0], box[3] * source[1]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
