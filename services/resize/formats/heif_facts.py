"""The contents of a HEIF or AVIF file's boxes, as values. No Pillow, no AWS."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from services.resize.scaling import Size
from shared.light_dataclass import dataclass

# Section numbers without a name are of HEIF, ISO/IEC 23008-12:2022; "ISOBMFF" is ISO/IEC 14496-12:2022.

Chroma = Literal["400", "420", "422", "444"]


@dataclass(frozen=True, kw_only=True)
class Nclx:
    """Colour codes of ITU-T H.273, as in `colr` of type nclx.

    Args:
        primaries: ColourPrimaries, such as 1 (BT.709), 9 (BT.2020), 12 (P3).
        transfer: TransferCharacteristics, such as 13 (sRGB), 16 (PQ), 18 (HLG).
        matrix: MatrixCoefficients of the YCbCr.
        full_range: whether samples use their full range.
    """

    primaries: int
    transfer: int
    matrix: int
    full_range: bool


@dataclass(frozen=True, kw_only=True)
class Clap:
    """A clean aperture: the part that is shown, as fractions (numerator, denominator); section 6.5.9.

    Args:
        width: width in pixels.
        height: height in pixels.
        horizontal_offset: offset of the part's centre from the picture's centre, in pixels.
        vertical_offset: offset of the part's centre from the picture's centre, in pixels.
    """

    width: tuple[int, int]
    height: tuple[int, int]
    horizontal_offset: tuple[int, int]
    vertical_offset: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Irot:
    """A rotation; section 6.5.10.

    Args:
        turns: quarter turns, anticlockwise: 0 to 3.
    """

    turns: int


@dataclass(frozen=True, kw_only=True)
class Imir:
    """A mirroring; section 6.5.12.

    axis: 0 swaps top and bottom, 1 left and right, as in libheif and libavif.
        axis: 0 exchanges top and bottom, 1 left and right, as in libheif and libavif.
    """

    axis: int


Transform = Clap | Irot | Imir


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of the file.

    Args:
        id: id of the item.
        type: four-character type, such as "hvc1", "grid", "Exif".
        hidden: whether it is not a picture of its own.
        content_type: content type of a "mime" item.
        size: (width, height) in pixels before any transform; None where it is not stated.
        transforms: its transforms, in the order in which they are applied.
        bits: bits of a sample; None where it is not stated.
        chroma: subsampling in the codec's configuration; None where it is not stated.
        nclx: colour codes; None for none.
        peak_nits: peak luminance of the picture, in cd/m2; 0 where it is not stated.
        icc_profile: the ICC profile; None for none.
        auxiliary: the URN that names the kind of an auxiliary image; "" for none.
        inputs: items from which it is derived, in their order.
        extents: (offset, length) of its bytes in the file, or in `idat`.
        in_idat: whether the extents are in `idat`.
    """

    id: int
    type: str
    hidden: bool = False
    content_type: str = ""
    size: Size | None = None
    transforms: tuple[Transform, ...] = ()
    bits: int | None = None
    chroma: Chroma | None = None
    nclx: Nclx | None = None
    peak_nits: int = 0
    icc_profile: bytes | None = None
    auxiliary: str = ""
    inputs: tuple[int, ...] = ()
    extents: tuple[tuple[int, int], ...] = ()
    in_idat: bool = False

    @property
    def monochrome(self) -> bool:
        """Whether it has only one channel."""
        return self.chroma == "400"


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """A track of pictures.

    Args:
        codec: type of its sample entry, such as "av01".
        size: (width, height) in pixels.
        samples: number of pictures.
        timescale: ticks per second.
        duration_ticks: duration of all pictures, in ticks.
        plays: how often it is shown: 0 is forever; None where the file does not state it.
        alpha: whether another track is its alpha.
    """

    codec: str
    size: Size
    samples: int
    timescale: int
    duration_ticks: int
    plays: int | None
    alpha: bool = False


@dataclass(frozen=True, kw_only=True)
class HeifFacts:
    """The contents of a file's boxes, without any pixel.

    Args:
        brands: the major brand, then the compatible ones.
        items: the items, by their ids.
        primary: the item that is the picture; None for a file that has only tracks.
        coded: the primary, or the first item from which it is derived: has codec, bits and chroma.
        alpha: the auxiliary item that is the primary's alpha; None for none.
        sequence: the track of pictures; None for none.
        images: number of independent pictures among the items, without tiles, thumbnails and auxiliary images.
        exif: bytes of the EXIF item that describes the primary, beginning with its four-byte offset; None for none.
        exif_blocks: bytes of every EXIF item, those of tracks included.
    """

    brands: tuple[str, ...]
    items: Mapping[int, Item] = field(default_factory=dict)
    primary: Item | None = None
    coded: Item | None = None
    alpha: Item | None = None
    sequence: Sequence | None = None
    images: int = 0
    exif: bytes | None = None
    exif_blocks: tuple[bytes, ...] = ()
