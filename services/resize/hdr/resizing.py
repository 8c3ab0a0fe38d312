"""A rendition of a still in PQ or HLG: cropped, resized, upright, sharpened and padded at 16 bits. No AWS."""

from typing import Any, Final

from PIL import Image, ImageColor

from services.resize import downscale, scaling
from services.resize.edge_colour import edge_colour
from services.resize.hdr.decoding import WORDS, planes_of
from services.resize.resampling import reduction
from services.resize.scaling import ResizePlan
from services.resize.settings import TRANSPARENT, Rendition
from services.resize.sharpening import kernel
from shared.hdr_signals import Signals
from shared.libvips import vips

Planes = tuple[Image.Image, ...]
Words = tuple[int, int, int]

# How far samples may be from the edges' colour in their upper eight bits, and still count for it.
_ALIKE: Final = 2
_BYTE: Final = 257


class Resizer:
    """Makes renditions of one picture.

    Args:
        picture: of decoding.picture_of.
        info: facts about the source, with the orientation of this picture.
        signals: what its samples mean.
    """

    def __init__(self, picture: Any, info: downscale.SourceInfo, signals: Signals) -> None:  # noqa: ANN401
        self._picture = picture
        self._info = info
        self._signals = signals
        # Renditions of a set follow each other, and some of them begin with the same averages.
        self._averaged: tuple[tuple[int, int], Planes] | None = None

    def rendition(self, plan: ResizePlan, rendition: Rendition, *, continues: bool) -> Planes:
        """Red, green and blue of one rendition, of mode I;16, on its canvas.

        Args:
            plan: its plan.
            rendition: its settings.
            continues: whether its padding continues the picture's edges, and not with the background.
        """
        size = scaling.swapped(plan.size, self._info.orientation)
        box = scaling.stored_box(plan.crop, self._info.size, self._info.orientation)
        factors = reduction(size, box)
        if self._averaged is None or self._averaged[0] != factors:
            self._averaged = None  # which makes room
            self._averaged = factors, planes_of(self._picture, factors)
        planes = self._averaged[1]
        across, down = factors
        part = (
            max(0.0, box[0] / across),
            max(0.0, box[1] / down),
            min(float(planes[0].width), box[2] / across),
            min(float(planes[0].height), box[3] / down),
        )
        # Signals are averaged, not light: as the rest of resize does, and they are nearer to what people see.
        cut = (plane.resize(size, Image.Resampling.LANCZOS, box=part) for plane in planes)
        fitted = tuple(downscale.upright(plane, self._info.orientation) for plane in cut)
        if rendition.sharpen:
            fitted = tuple(_sharpened(plane, rendition.sharpen) for plane in fitted)
        return self._padded(fitted, plan, rendition.background, continues=continues)

    def _padded(self, fitted: Planes, plan: ResizePlan, background: str, *, continues: bool) -> Planes:
        if plan.size == plan.canvas:
            return fitted
        colour = _edges(fitted, plan) if continues else None
        if colour is None:
            red, green, blue = ImageColor.getrgb(background)[:3]
            colour = self._signals.of_colour((red, green, blue))
        padded = []
        for plane, value in zip(fitted, colour, strict=True):
            canvas = Image.new(WORDS, plan.canvas, value)
            canvas.paste(plane, plan.at)
            padded.append(canvas)
        return tuple(padded)


def _edges(fitted: Planes, plan: ResizePlan) -> Words | None:
    """The colour that most of the edges have which padding touches."""
    upper = Image.merge("RGB", [Image.frombytes("L", plane.size, plane.tobytes()[1::2]) for plane in fitted])
    found = edge_colour(upper, plan)
    if found == TRANSPARENT:
        return None
    red, green, blue = ImageColor.getrgb(found)[:3]
    # Eight bits of PQ are too coarse beside the picture: the mean of all samples that are about this colour is not.
    alike = vips().Image.new_from_memory(upper.tobytes(), *upper.size, 3, "uchar") - [red, green, blue]
    mask = (alike.abs() <= _ALIKE).bandand()
    count = mask.avg() * upper.width * upper.height / 255
    if not count:
        return red * _BYTE, green * _BYTE, blue * _BYTE
    means = []
    for plane in fitted:
        words = vips().Image.new_from_memory(plane.tobytes(), *plane.size, 1, "ushort")
        means.append(round(mask.ifthenelse(words, 0).avg() * upper.width * upper.height / count))
    return means[0], means[1], means[2]


def _sharpened(plane: Image.Image, level: int) -> Image.Image:
    picture = vips().Image.new_from_memory(plane.tobytes(), *plane.size, 1, "ushort")
    weights = kernel(level)
    rows = [weights[at : at + 3] for at in range(0, len(weights), 3)]
    words = picture.conv(rows, precision="float").rint().cast("ushort").write_to_memory()
    return Image.frombytes(WORDS, plane.size, words)
