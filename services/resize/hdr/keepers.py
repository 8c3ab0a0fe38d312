"""What keeps the HDR of an image: a gain map of JPEG or HEIC in JPEGs, PQ and HLG in AVIFs. No AWS."""

from collections.abc import Sequence
from typing import Final, Protocol

from PIL import Image

from services.resize.colour_codes import tone_mapped
from services.resize.downscale import SourceInfo
from services.resize.formats.heif_brands import form_of
from services.resize.gain_map import apple
from services.resize.rendered import RenderedPage
from services.resize.scaling import ResizePlan
from services.resize.settings import Limits, Rendition
from shared.choices import AVIF10
from shared.deadline import Deadline

_JPEG_START: Final = b"\xff\xd8\xff"


class Keeper(Protocol):
    """The HDR of one image until its renditions are made."""

    def see(
        self,
        image: Image.Image,
        info: SourceInfo,
        plans: tuple[ResizePlan, ...],
        renditions: Sequence[Rendition],
        continues: Sequence[bool],
    ) -> None:
        """Take the picture, once it is decoded.

        Args:
            image: the decoded picture, in a workable mode.
            info: facts about the source.
            plans: plan of each rendition.
            renditions: settings of each rendition.
            continues: whether the padding of each continues the picture's edges: then its background is their colour.
        """

    def kept(self, pages: Sequence[RenderedPage], limits: Limits, deadline: Deadline) -> tuple[RenderedPage, ...]:
        """The renditions with their HDR; as they were where there is none, or it cannot be used.

        Args:
            pages: the renditions.
            limits: limits of an image.
            deadline: checked meanwhile.

        Raises:
            EncoderMissing: a library that it needs is not installed.
            ImageTooSlow: the deadline is exceeded.
        """

    def warnings(self, of_picture: tuple[str, ...]) -> tuple[str, ...]:
        """The warnings of the picture, and why it lost its HDR.

        Args:
            of_picture: warnings of the picture.
        """


def keeper_of(data: bytes, extras: Sequence[str], *, hides_faces: bool) -> Keeper:
    """What keeps the HDR of a file.

    Args:
        data: the file.
        extras: what this pipeline has codecs for besides the usual formats.
        hides_faces: whether faces of the picture are hidden: then nothing is kept.
    """
    # Each is imported only where it is needed.
    if data.startswith(_JPEG_START):
        from services.resize.gain_map.finding import gain_map_of  # noqa: PLC0415
        from services.resize.gain_map.keeping import GainMapKeeper  # noqa: PLC0415

        return GainMapKeeper(data, gain_map_of, hides_faces=hides_faces)
    if form_of(data) == "HEIC" and apple.KIND in data:
        from services.resize.gain_map import heic  # noqa: PLC0415
        from services.resize.gain_map.keeping import GainMapKeeper  # noqa: PLC0415

        return GainMapKeeper(data, heic.gain_map_of, hides_faces=hides_faces)
    if AVIF10 in extras:
        from services.resize.hdr.keeping import HdrKeeper  # noqa: PLC0415

        return HdrKeeper(data, extras, hides_faces=hides_faces)
    return _Lost()


class _Lost:
    """Keeps nothing, and says what would."""

    def see(self, *_: object) -> None:
        pass

    def kept(self, pages: Sequence[RenderedPage], *_: object) -> tuple[RenderedPage, ...]:
        return tuple(pages)

    def warnings(self, of_picture: tuple[str, ...]) -> tuple[str, ...]:
        return tone_mapped(of_picture, (f"hdr: keep keeps it in AVIF outputs, with `extras: [{AVIF10}]`",))
