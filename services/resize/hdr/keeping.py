"""Keeps PQ and HLG: a still's pixels at 16 bits, cropped, turned and resized with each rendition as AVIF. No AWS."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image, ImageColor

from services.resize import downscale, scaling
from services.resize.colour_codes import DEFAULT_PEAK_NITS, h273_codes, tone_mapped
from services.resize.formats.memory_cost import MEBIBYTE
from services.resize.formats.sniffing import format_of
from services.resize.hdr.decoding import WORDS, NotDecodedError, planes
from services.resize.output_formats import candidates, wanted
from services.resize.rendered import KeptHdr, RenderedPage
from services.resize.settings import INPUT_FORMATS, Limits, Rendition
from services.resize.sharpening import kernel
from shared.deadline import Deadline
from shared.hdr_signals import Signals
from shared.libvips import vips

_AVIF: Final = "avif"
# Bytes per pixel at the peak, measured at 6 and 17 megapixels: three planes of 16 bits, and what they are made of.
_BYTES: Final = {"AVIF": 21, "PNG": 18, "HEIC": 21}
# Formats whose decoder applies what turns and crops the picture.
_UPRIGHT: Final = frozenset({"AVIF", "HEIC"})


class HdrKeeper:
    """The HDR of one still until its renditions are made.

    Args:
        data: the image's file.
        extras: formats that this pipeline reads besides the usual ones.
        hides_faces: whether faces of the picture are hidden: then it keeps none.
    """

    def __init__(self, data: bytes, extras: Sequence[str] = (), *, hides_faces: bool = False) -> None:
        self._data = data
        self._extras = extras
        self._hides_faces = hides_faces
        self._info: downscale.SourceInfo | None = None
        self._plans: tuple[scaling.ResizePlan, ...] = ()
        self._renditions: tuple[Rendition, ...] = ()
        self._lost: dict[str, None] = {}

    def see(
        self,
        image: Image.Image,  # noqa: ARG002 - its 8 bits are of no use here
        info: downscale.SourceInfo,
        plans: tuple[scaling.ResizePlan, ...],
        renditions: Sequence[Rendition],
    ) -> None:
        """Take what is known of the picture.

        Args:
            image: the decoded picture.
            info: facts about the source.
            plans: plan of each rendition.
            renditions: settings of each rendition.
        """
        self._info, self._plans, self._renditions = info, plans, tuple(renditions)

    def kept(
        self,
        pages: Sequence[RenderedPage],
        limits: Limits,
        deadline: Deadline,
    ) -> tuple[RenderedPage, ...]:
        """The renditions with their HDR pixels; as they were where there are none, or they cannot be used.

        It is called when the picture's own pixels are gone, so that never both are in memory.

        Args:
            pages: the renditions.
            limits: limits of an image, of which memory counts.
            deadline: checked before each rendition.

        Raises:
            EncoderMissing: the library for 10 bits is not installed.
            ImageTooSlow: the deadline is exceeded.
        """
        if self._info is None or self._info.encoding is None or not self._info.encoding.hdr:
            return tuple(pages)
        form = format_of(self._data, (*INPUT_FORMATS, *self._extras))
        wants = [_is_avif(page) for page in pages]
        if not any(wants):
            self._lost["hdr: keep keeps it in AVIF outputs alone"] = None
            return tuple(pages)
        try:
            signals = self._signals(self._info, form, limits)
            pixels = self._decoded(self._info, form)
        except NotDecodedError as error:
            self._lost[str(error)] = None
            return tuple(pages)
        kept = []
        for page, plan, rendition, wanted_ in zip(pages, self._plans, self._renditions, wants, strict=True):
            deadline.check()
            if wanted_ and page.frames[0].mode == "RGBA":
                self._lost[f"parts of {rendition.name} are transparent"] = None
            elif wanted_:
                resized = _resized(pixels, plan, _stored(self._info, form), rendition, signals)
                kept.append(replace(page, hdr=self._kept(resized, signals)))
                continue
            kept.append(page)
        return tuple(kept)

    def warnings(self, of_picture: tuple[str, ...]) -> tuple[str, ...]:
        """The warnings of the picture: that it was tone-mapped with the reason, and not where all outputs are HDR.

        Args:
            of_picture: warnings of the picture.
        """
        return tone_mapped(of_picture, tuple(self._lost))

    def _signals(self, info: downscale.SourceInfo, form: str, limits: Limits) -> Signals:
        """The codes of the picture.

        Raises:
            NotDecodedError: it cannot be kept.
        """
        codes = h273_codes(info.encoding) if info.encoding is not None else None
        if self._hides_faces:
            raise NotDecodedError("its faces are hidden")
        if info.animated:
            raise NotDecodedError("it is an animation")
        if form not in _BYTES:
            raise NotDecodedError(f"it is kept of {', '.join(sorted(_BYTES))} alone")
        needed_mb = info.size[0] * info.size[1] * _BYTES[form] // MEBIBYTE
        if needed_mb > limits.memory_mb:
            raise NotDecodedError(
                f"at 10 bits it takes {needed_mb:,} MB to decode, and the limit is {limits.memory_mb:,} MB"
                " (limits.memory_mb)"
            )
        if codes is None:
            raise NotDecodedError("its primaries are not those of BT.2020, Display P3 or sRGB")
        return Signals(primaries=codes[0], transfer=codes[1])

    def _decoded(self, info: downscale.SourceInfo, form: str) -> tuple[Image.Image, ...]:
        pixels = planes(self._data, form)
        expected = scaling.swapped(info.size, _stored(info, form).orientation)
        if pixels[0].size != expected:
            found, there = (" x ".join(map(str, size)) for size in (pixels[0].size, expected))
            raise NotDecodedError(f"at 10 bits it decodes to {found} px, not {there}")
        return pixels

    def _kept(self, resized: tuple[Image.Image, ...], signals: Signals) -> KeptHdr:
        peak = self._info.encoding.peak_nits if self._info is not None and self._info.encoding is not None else 0.0
        return KeptHdr(
            words=b"".join(plane.tobytes() for plane in resized),
            primaries=signals.primaries,
            transfer=signals.transfer,
            peak_nits=None if peak == DEFAULT_PEAK_NITS else round(peak),
        )


def _is_avif(page: RenderedPage) -> bool:
    """Whether it becomes an AVIF; what is to be as small as it can be is not HDR, whichever format that is."""
    return any(
        form == _AVIF and not candidates(page.rendition, named, animated=False)
        for form, named in zip(page.formats, wanted(page.rendition), strict=True)
    )


def _stored(info: downscale.SourceInfo, form: str) -> downscale.SourceInfo:
    return replace(info, orientation=1) if form in _UPRIGHT else info


def _resized(
    pixels: tuple[Image.Image, ...],
    plan: scaling.ResizePlan,
    info: downscale.SourceInfo,
    rendition: Rendition,
    signals: Signals,
) -> tuple[Image.Image, ...]:
    """The three planes of a rendition, on its canvas."""
    box = downscale.frame_box(pixels[0], plan.crop, info)
    size = scaling.swapped(plan.size, info.orientation)
    # Signals are averaged, not light: as the rest of resize does, and they are nearer to what people see.
    cut = (plane.resize(size, Image.Resampling.LANCZOS, box=box) for plane in pixels)
    fitted = [downscale.upright(plane, info.orientation) for plane in cut]
    if rendition.sharpen:
        fitted = [_sharpened(plane, rendition.sharpen) for plane in fitted]
    if plan.size == plan.canvas:
        return tuple(fitted)
    red, green, blue = ImageColor.getrgb(rendition.background)[:3]
    background = signals.of_colour((red, green, blue))
    padded = []
    for plane, value in zip(fitted, background, strict=True):
        canvas = Image.new(WORDS, plan.canvas, value)
        canvas.paste(plane, plan.at)
        padded.append(canvas)
    return tuple(padded)


def _sharpened(plane: Image.Image, level: int) -> Image.Image:
    library = vips()
    picture = library.Image.new_from_memory(plane.tobytes(), *plane.size, 1, "ushort")
    weights = kernel(level)
    rows = [weights[at : at + 3] for at in range(0, len(weights), 3)]
    words = picture.conv(rows, precision="float").rint().cast("ushort").write_to_memory()
    return Image.frombytes(WORDS, plane.size, words)
