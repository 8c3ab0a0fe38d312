"""What resize makes of one image: its renditions, and what is said of it."""

from PIL import Image

from services.resize.metadata.source_metadata import SourceMetadata
from services.resize.scaling import Size
from services.resize.settings import Rendition
from shared.light_dataclass import dataclass
from shared.messages import Animation


@dataclass(frozen=True, kw_only=True)
class KeptGainMap:
    """The gain map of a rendition, and the picture it applies to where that is not the rendition in sRGB.

    Args:
        jpeg: the gain map's file.
        base: the rendition in the source's own colours; None where sRGB will do.
        profile: the ICC profile of that; None where there is no such picture.
    """

    jpeg: bytes
    base: Image.Image | None = None
    profile: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class KeptHdr:
    """The pixels of a rendition in PQ or HLG.

    Args:
        words: red, then green, then blue, each as rows of samples of 16 bits, little-endian.
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics of H.273: 16 is PQ, 18 is HLG.
        max_cll: luminance of the brightest pixel, as the source states it, in cd/m2; None where it states none.
    """

    words: bytes
    primaries: int
    transfer: int
    max_cll: int | None


@dataclass(frozen=True, kw_only=True)
class RenderedPage:
    """One rendition of one page.

    Args:
        rendition: the settings of the rendition.
        page: page of the source, from 1.
        frames: the pixels: one for a still.
        formats: formats that they are encoded in, at least one.
        original: the source's own encoded pixels, where these are exactly the same; None elsewhere.
        original_format: format of the original.
        gain_map: gain map of its JPEG; None for none.
        hdr: pixels of its AVIF in PQ or HLG; None for none.
    """

    rendition: Rendition
    page: int
    frames: list[Image.Image]
    formats: tuple[str, ...]
    original: bytes | None = None
    original_format: str | None = None
    gain_map: KeptGainMap | None = None
    hdr: KeptHdr | None = None


@dataclass(frozen=True, kw_only=True)
class ResizedImage:
    """All renditions of one image.

    Args:
        format: format of the source, such as "HEIC".
        size: (width, height) of the source as people see it, in pixels.
        animation: the animation; None for a still.
        renditions: every rendition of every page, in the order of pages.
        metadata: what is passed on of the source's metadata.
        placeholder: a ThumbHash in base64.
        dominant_colour: the most frequent colour, such as "#1e90ff"; None if all is transparent.
        lossless: whether the source's file stores its pixels losslessly.
        warnings: what the uploader should know of the result.
        shown: JPEGs for a moderator; none where moderation is off.
    """

    format: str
    size: Size
    animation: Animation | None
    renditions: tuple[RenderedPage, ...]
    metadata: SourceMetadata
    placeholder: str
    dominant_colour: str | None = None
    lossless: bool = False
    warnings: tuple[str, ...] = ()
    shown: tuple[bytes, ...] = ()
