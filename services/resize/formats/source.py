"""An image that is opened but not yet decoded: the interface of every format to resize. No AWS."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PIL import Image

from services.resize import icc_tags
from services.resize.colour_codes import ColourEncoding
from services.resize.downscale import SourceInfo
from services.resize.scaling import Size, swapped
from shared.light_dataclass import dataclass
from shared.messages import Copyright

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One decoded frame.

    Args:
        image: the pixels as they are stored, in whatever mode the decoder returns.
        duration_ms: how long it is shown; 0 for a still.
    """

    image: Image.Image
    duration_ms: int


class OpenedImage:
    """An image that has been opened; each format has a subclass that decodes it.

    Args:
        format: the format's common name, such as "TIFF".
        stored_size: (width, height) of the pixels as they are stored.
        orientation: the EXIF orientation of the stored pixels, 1 to 8.
        icc_profile: the ICC profile in the file; None where there is none.
        encoding: what the numbers mean, where that is not sRGB and no profile applies.
        bits: bits of a sample in the file.
        animated: whether `frames` yields more than one frame of an animation.
        plays: how often an animation is shown; 0 is forever.
        lossless: whether the file stores the pixels losslessly.
        warnings: what the uploader should know of the result, each a part of a sentence, such as
            "HDR (PQ) was tone-mapped to SDR"; they go into the notification and the ledger.
        page_count: number of pages of a document such as a TIFF, without reduced copies; `pages` yields them.
        reopened: opens the same file once more, of a format where fewer pixels cost less; None for the others.
    """

    reopened: "Callable[[], AbstractContextManager[OpenedImage]] | None" = None

    def __init__(
        self,
        *,
        format: str,  # noqa: A002 - the field's word
        stored_size: Size,
        orientation: int = 1,
        icc_profile: bytes | None = None,
        encoding: ColourEncoding | None = None,
        bits: int = 8,
        animated: bool = False,
        plays: int = 0,
        lossless: bool = False,
        warnings: tuple[str, ...] = (),
        page_count: int = 1,
    ) -> None:
        self.format = format
        self.stored_size = stored_size
        self.orientation = orientation
        self.icc_profile = icc_profile
        if encoding is None and icc_profile:
            encoding = icc_tags.encoding_of(icc_profile)
        self.encoding = encoding
        self.bits = bits
        self.animated = animated
        self.plays = plays
        self.lossless = lossless
        self.warnings = (*warnings, *(encoding.warnings if encoding is not None else ()))
        self.page_count = page_count

    @property
    def size(self) -> Size:
        """(width, height) of the upright image, in pixels."""
        return swapped(self.stored_size, self.orientation)

    @property
    def info(self) -> SourceInfo:
        """The facts that all its renditions share."""
        return SourceInfo(
            size=self.size,
            orientation=self.orientation,
            icc_profile=self.icc_profile,
            animated=self.animated,
            encoding=self.encoding,
        )

    def copyright_fields(self) -> Copyright | None:
        """Artist and copyright in the file's own metadata; called before `frames`, while the header is in memory."""
        return None

    def originals(self, rendition: Image.Image) -> Iterator[bytes]:  # noqa: ARG002 - for the formats that have them
        """Yield clean files of the source's own encoded pixels, without any metadata; called after `frames`.

        It yields none if the pixels are lossy or have more than 8 bits, or if the file hides other data among them.

        Args:
            rendition: a picture of the same size, of mode L, RGB or RGBA, that the files probably show.

        Raises:
            ImageTooSlow: the deadline is exceeded.
        """
        yield from ()

    def reduce(self, size: Size) -> None:
        """Let the decoder return fewer pixels, where it can do so cheaply.

        Args:
            size: (width, height) of the upright image, in pixels; the result is somewhat larger than this.
        """

    def pages(self) -> "Iterator[OpenedImage]":
        """Yield every page, this one first; each is used before the next is requested."""
        yield self

    def frames(self) -> Iterator[Frame]:
        """The decoded frames, one at a time; a still has one.

        Raises:
            UnreadableImage: a frame does not decode.
            ImageTooLarge: more frames, or more pixels in all frames, than the limits allow.
        """
        raise NotImplementedError
