"""Keeps the gain map of an HDR picture: cropped, turned and resized with each rendition that becomes a JPEG. No AWS."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from services.resize import downscale, scaling
from services.resize.colour import is_srgb
from services.resize.formats.opener import opened
from services.resize.gain_map.files import MAX_PROFILE_BYTES, file_of
from services.resize.gain_map.finding import FoundGainMap
from services.resize.gain_map.geometry import plan_of
from services.resize.gain_map.values import GainMapError
from services.resize.output_formats import candidates, wanted
from services.resize.rendered import KeptGainMap, RenderedPage
from services.resize.settings import Limits, Rendition
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

_JPEG: Final = "jpeg"
_READ: Final = ("jpeg", "png")
# What the JPEG gets besides: XMP, index and announcements.
_METADATA_BYTES: Final = 1_024
_INKS: Final = "CMYK"
# What a reader of such files says of a picture and its gain map, where it takes them for two pictures.
_NOT_TWO: Final = "first of 2 pictures"
# Where a profile names its colour space. ICC.1:2022, 7.2.8
_COLOUR_SPACE: Final = slice(16, 20)


class GainMapKeeper:
    """The gain map of one picture until its renditions are made.

    Args:
        data: the image's file.
        find: finds it in the file; None where there is none.
        hides_faces: whether faces of the picture are hidden: then it keeps none.
    """

    def __init__(self, data: bytes, find: Callable[[bytes], FoundGainMap | None], *, hides_faces: bool = False) -> None:
        self._data = data
        self._find = find
        self._hides_faces = hides_faces
        self._plans: tuple[scaling.ResizePlan, ...] = ()
        self._bases: list[Image.Image | None] = []
        self._info: downscale.SourceInfo | None = None
        self._unused: GainMapError | None = None
        self._found: FoundGainMap | None = None

    def see(
        self,
        image: Image.Image,
        info: downscale.SourceInfo,
        plans: tuple[scaling.ResizePlan, ...],
        renditions: Sequence[Rendition],
        continues: Sequence[bool],  # noqa: ARG002 - the background of its gain map is neutral
    ) -> None:
        """Take the picture; see hdr.keepers.Keeper. The base is made once more if its own colours are to be kept."""
        self._info, self._plans = info, plans
        self._bases = [None] * len(plans)
        try:
            found = self._find(self._data)
            if found is not None and self._hides_faces:
                raise GainMapError("it shows the shapes of the faces that are hidden")  # noqa: TRY301
            if found is not None and _needs_own_colours(found, image.mode, info.icc_profile):
                own = replace(info, icc_profile=None)
                self._bases = [
                    downscale.shrink(image, plan, own, rendition.background, rendition.sharpen)
                    for plan, rendition in zip(plans, renditions, strict=True)
                ]
            self._found = found
        except GainMapError as error:
            self._unused = error

    def kept(self, pages: Sequence[RenderedPage], limits: Limits, deadline: Deadline) -> tuple[RenderedPage, ...]:
        """The renditions with their gain maps; as they were where there is none, or it cannot be used.

        It is called when the picture's own pixels are gone, so that never both are in memory.

        Args:
            pages: the renditions.
            limits: limits of an image, which a gain map keeps too.
            deadline: checked while it is decoded.

        Raises:
            ImageTooSlow: the deadline is exceeded.
        """
        if self._found is None or self._info is None:
            return tuple(pages)
        try:
            gain_maps = _gain_maps(self._found, self._plans, self._info, limits, deadline)
        except GainMapError as error:
            self._unused = error
            return tuple(pages)
        profile = self._info.icc_profile
        return tuple(
            self._with(page, KeptGainMap(jpeg=jpeg, base=base, profile=None if base is None else profile))
            for page, jpeg, base in zip(pages, gain_maps, self._bases, strict=True)
        )

    def _with(self, page: RenderedPage, gain_map: KeptGainMap) -> RenderedPage:
        """A rendition with its gain map, if it is a JPEG with room for it."""
        # What is to be as small as it can be is not HDR, whichever format that is.
        settled = (
            form
            for form, named in zip(page.formats, wanted(page.rendition), strict=True)
            if not candidates(page.rendition, named, animated=False)
        )
        if _JPEG not in settled:
            return page
        most = page.rendition.max_bytes
        if most is not None and len(gain_map.jpeg) + len(gain_map.profile or b"") + _METADATA_BYTES > most // 2:
            self._unused = GainMapError(f"{page.rendition.name} has no room for it in max_bytes")
            return page
        return replace(page, gain_map=gain_map)

    def warnings(self, of_picture: tuple[str, ...]) -> tuple[str, ...]:
        """The warnings of the picture, and why it lost its gain map.

        Args:
            of_picture: warnings of the picture as a JPEG, which take a gain map for a second picture.
        """
        if self._found is not None:
            of_picture = tuple(each for each in of_picture if each != _NOT_TWO)
        return of_picture if self._unused is None else (*of_picture, f"HDR gain map ignored: {self._unused}")


def _needs_own_colours(found: FoundGainMap, mode: str, profile: bytes | None) -> bool:
    """Whether the gain map applies to the picture's own primaries alone: of a grey one, every channel is multiplied.

    Raises:
        GainMapError: it does, but they cannot be kept.
    """
    if mode == _INKS:
        raise GainMapError("its picture is of inks")
    if not found.has_colours or not found.values.in_base_space or profile is None or is_srgb(profile):
        return False
    if len(profile) > MAX_PROFILE_BYTES or profile[_COLOUR_SPACE] != b"RGB ":
        raise GainMapError("the profile of its picture is too large, or not of RGB")
    return True


def _gain_maps(
    found: FoundGainMap,
    plans: Sequence[scaling.ResizePlan],
    info: downscale.SourceInfo,
    limits: Limits,
    deadline: Deadline,
) -> list[bytes]:
    """The file of the gain map of each rendition.

    Raises:
        GainMapError: it does not decode, or exceeds a limit.
        ImageTooSlow: the deadline is exceeded.
    """
    values = found.values
    try:
        with opened(found.file, limits, deadline, _READ) as source:
            source.orientation = info.orientation  # its own does not count: it is turned as the picture is
            profile = None if values.in_base_space else source.icc_profile
            own = replace(source.info, icc_profile=None)
            plans = tuple(plan_of(plan, info.size, source.size) for plan in plans)
            source.reduce(scaling.needed(source.size, plans))
            image = next(iter(source.frames())).image
            if found.levels is not None:
                image = image.point([*found.levels] * len(image.getbands()))
            images = [downscale.shrink(image, plan, own, _colour(values.neutral)) for plan in plans]
    except (UnreadableImage, UnsupportedImage, ImageTooLarge) as error:
        raise GainMapError(f"it is damaged or too large ({error})") from error
    if profile is not None and len(profile) > MAX_PROFILE_BYTES:
        raise GainMapError("its profile is too large")
    # Without a profile of its own, it can only apply to the picture's primaries.
    values = replace(values, in_base_space=profile is None)
    files = []
    for each in images:
        deadline.check()
        files.append(file_of(_plain(each), values, profile))
    return files


def _colour(samples: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*samples)


def _plain(image: Image.Image) -> Image.Image:
    """The gain map as grey where all of its channels are the same: a third of the bytes."""
    if image.mode == "L":
        return image
    red, green, blue = image.split()[:3]
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else image.convert("RGB")
