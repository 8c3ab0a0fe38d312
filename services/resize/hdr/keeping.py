"""Keeps PQ and HLG: a still's pixels at 16 bits, for each rendition that becomes an AVIF. No AWS."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from services.resize import downscale, scaling
from services.resize.colour_codes import tone_mapped
from services.resize.formats.memory_cost import MEBIBYTE
from services.resize.formats.sniffing import format_of
from services.resize.hdr.decoding import NotDecodedError, picture_of
from services.resize.hdr.resizing import Planes, Resizer
from services.resize.output_formats import candidates, wanted
from services.resize.rendered import KeptHdr, RenderedPage
from services.resize.settings import INPUT_FORMATS, Limits, Rendition
from shared.choices import HDR_PRIMARIES, HDR_TRANSFERS
from shared.deadline import Deadline
from shared.hdr_signals import Signals

_AVIF: Final = "avif"
# Bytes per pixel at the peak, measured at 6 and 17 megapixels: the picture at 16 bits, and what it is made of.
_BYTES: Final = {"AVIF": 21, "PNG": 18, "HEIC": 21}
# Of an output: three planes, the same as a member, and in the ZIP.
_OUTPUT_BYTES: Final = 18
# Watermark takes 60 bytes a pixel of it, of 1769 MB.
_MAX_OUTPUT_PX: Final = 4096 * 4096
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
        self._continues: tuple[bool, ...] = ()
        self._lost: dict[str, None] = {}

    def see(
        self,
        image: Image.Image,  # noqa: ARG002 - its 8 bits are of no use here
        info: downscale.SourceInfo,
        plans: tuple[scaling.ResizePlan, ...],
        renditions: Sequence[Rendition],
        continues: Sequence[bool],
    ) -> None:
        """Take what is known of the picture; see keepers.Keeper."""
        self._info, self._plans, self._renditions = info, plans, tuple(renditions)
        self._continues = tuple(continues)

    def kept(self, pages: Sequence[RenderedPage], limits: Limits, deadline: Deadline) -> tuple[RenderedPage, ...]:
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
        info = self._info
        if info is None or info.encoding is None or not info.encoding.hdr:
            return tuple(pages)
        wants = [_is_avif(page) for page in pages]
        if not any(wants):
            self._lost["hdr: keep keeps it in outputs whose format is avif"] = None
            return tuple(pages)
        wants = [each and self._fits(page) for page, each in zip(pages, wants, strict=True)]
        if not any(wants):
            return tuple(pages)
        form = format_of(self._data, (*INPUT_FORMATS, *self._extras))
        stored = replace(info, orientation=1) if form in _UPRIGHT else info
        canvases = (page.frames[0].size for page, each in zip(pages, wants, strict=True) if each)
        try:
            signals = self._signals(info, form)
            _check_memory(info, form, sum(width * height for width, height in canvases), limits)
            picture = picture_of(self._data, form)
            expected = scaling.swapped(info.size, stored.orientation)
            if (picture.width, picture.height) != expected:
                there = " x ".join(map(str, expected))
                raise NotDecodedError(  # noqa: TRY301 - the same as from the others
                    f"at 10 bits it decodes to {picture.width} x {picture.height} px, not {there}"
                )
        except NotDecodedError as error:
            self._lost[str(error)] = None
            return tuple(pages)
        resizer, max_cll = Resizer(picture, stored, signals), round(info.encoding.max_cll) or None
        kept = []
        for page, plan, rendition, wanted_, continues in zip(
            pages, self._plans, self._renditions, wants, self._continues, strict=True
        ):
            deadline.check()
            made = resizer.rendition(plan, rendition, continues=continues) if wanted_ else None
            kept.append(page if made is None else replace(page, hdr=_kept(made, signals, max_cll)))
        return tuple(kept)

    def warnings(self, of_picture: tuple[str, ...]) -> tuple[str, ...]:
        """The warnings of the picture: that it was tone-mapped, with the reason; not where its AVIFs are HDR.

        Args:
            of_picture: warnings of the picture.
        """
        return tone_mapped(of_picture, tuple(self._lost))

    def _fits(self, page: RenderedPage) -> bool:
        """Whether a rendition can be HDR, as far as its own picture goes."""
        width, height = page.frames[0].size
        if page.frames[0].mode == "RGBA":
            self._lost[f"parts of {page.rendition.name} are transparent"] = None
        elif width * height > _MAX_OUTPUT_PX:
            self._lost[f"{page.rendition.name} has more than {_MAX_OUTPUT_PX:,} pixels"] = None
        else:
            return True
        return False

    def _signals(self, info: downscale.SourceInfo, form: str) -> Signals:
        """What the picture's samples mean.

        Raises:
            NotDecodedError: it cannot be kept.
        """
        primaries, transfer = (info.encoding.codes if info.encoding is not None else None) or (0, 0)
        if self._hides_faces:
            raise NotDecodedError("its faces are hidden")
        if info.animated:
            raise NotDecodedError("it is an animation")
        if form not in _BYTES:
            raise NotDecodedError(f"it is kept of {', '.join(sorted(_BYTES))} alone")
        if primaries not in HDR_PRIMARIES or transfer not in HDR_TRANSFERS:
            raise NotDecodedError(
                "its primaries are not those of BT.2020, Display P3 or sRGB, or it is grey in limited range"
            )
        return Signals(primaries=primaries, transfer=transfer)


def _check_memory(info: downscale.SourceInfo, form: str, output_px: int, limits: Limits) -> None:
    """Refuse a picture that takes too much memory at 16 bits.

    Raises:
        NotDecodedError: says how much, and the limit.
    """
    needed_mb = (info.size[0] * info.size[1] * _BYTES[form] + output_px * _OUTPUT_BYTES) // MEBIBYTE
    if needed_mb > limits.memory_mb:
        raise NotDecodedError(
            f"at 10 bits it takes {needed_mb:,} MB, and the limit is {limits.memory_mb:,} MB (limits.memory_mb)"
        )


def _is_avif(page: RenderedPage) -> bool:
    """Whether it becomes an AVIF; what is to be as small as it can be is not HDR, whichever format that is."""
    return any(
        form == _AVIF and not candidates(page.rendition, named, animated=False)
        for form, named in zip(page.formats, wanted(page.rendition), strict=True)
    )


def _kept(planes: Planes, signals: Signals, max_cll: int | None) -> KeptHdr:
    return KeptHdr(
        words=b"".join(plane.tobytes() for plane in planes),
        primaries=signals.primaries,
        transfer=signals.transfer,
        max_cll=max_cll,
    )
