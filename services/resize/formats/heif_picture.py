"""How the picture of a HEIF or AVIF must be shown: its crop, its orientation and its colours. No Pillow, no AWS."""

from dataclasses import replace
from typing import Final

from services.resize.colour_codes import DEFAULT_PEAK_NITS, ColourEncoding, of_heif
from services.resize.formats.av1_header import Codes, codes_of
from services.resize.formats.heif_facts import Clap, HeifFacts, Imir, Irot, Transform
from services.resize.scaling import Size, stored_box, swapped
from shared.light_dataclass import dataclass

# How much of a picture is searched for its sequence header.
_HEAD_BYTES: Final = 1024

Box = tuple[int, int, int, int]

# The directions of x and y of the shown picture in the stored picture, by EXIF's orientations:
# (x of x, x of y, y of x, y of y).
_MATRICES: Final = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, -1, 1, 0),
    7: (0, -1, -1, 0),
    8: (0, 1, -1, 0),
}
_ORIENTATIONS: Final = {matrix: orientation for orientation, matrix in _MATRICES.items()}
# EXIF's orientations for anticlockwise quarter turns, and for the two mirrorings.
_TURNED: Final = (1, 8, 3, 6)
_MIRRORED: Final = (4, 2)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How a decoder's picture is shown.

    Args:
        crop: (left, top, right, bottom) of the part that is shown, in stored pixels.
        orientation: EXIF orientation that makes it upright, 1 to 8.
    """

    crop: Box
    orientation: int


def shown(size: Size, transforms: tuple[Transform, ...]) -> Shown:
    """Apply clap, irot and imir in their order; EXIF's orientation is ignored: ISO/IEC 23000-22 (MIAF), 7.3.10.

    A clap that extends beyond the picture is ignored, and one with fractions is rounded as in libheif 1.23.

    Args:
        size: (width, height) of the decoded picture, in pixels.
        transforms: transforms of its item.
    """
    crop: Box = (0, 0, *size)
    orientation = 1
    for transform in transforms:
        if isinstance(transform, Irot):
            orientation = _after(orientation, _TURNED[transform.turns])
        elif isinstance(transform, Imir):
            orientation = _after(orientation, _MIRRORED[transform.axis])
        else:
            seen = swapped((crop[2] - crop[0], crop[3] - crop[1]), orientation)
            part = _aperture(transform, seen)
            if part is not None:
                left, top, right, bottom = (int(edge) for edge in stored_box(part, seen, orientation))
                crop = (crop[0] + left, crop[1] + top, crop[0] + right, crop[1] + bottom)
    return Shown(crop=crop, orientation=orientation)


def encoding_of(facts: HeifFacts, data: bytes, *, has_profile: bool) -> ColourEncoding | None:
    """What the numbers of the picture mean, by its colour codes; None where that is sRGB, or a profile defines it.

    An AVIF without codes in its boxes has those of its AV1 data, as in libavif.

    Args:
        facts: facts about the file.
        data: the file.
        has_profile: whether the picture has an ICC profile, which takes precedence, as in Chromium 156 and libheif.
    """
    described = [item for item in (facts.primary, facts.coded) if item is not None]
    codes = next((item.nclx for item in described if item.nclx is not None), None) or _coded(facts, data)
    if codes is None or has_profile:
        return None
    peak_nits = next((item.peak_nits for item in described if item.peak_nits), 0)
    encoding = of_heif(codes.primaries, codes.transfer, peak_nits or DEFAULT_PEAK_NITS, max_cll=peak_nits)
    if encoding is not None and any(item.monochrome for item in described) and not getattr(codes, "full_range", False):
        # libheif 1.23 reads grey of limited range as if it were full, so at more bits it is not what it says.
        return replace(encoding, codes=None)
    return encoding


def _coded(facts: HeifFacts, data: bytes) -> Codes | None:
    item = facts.coded
    if item is None or item.type != "av01" or item.in_idat or not item.extents:
        return None
    offset, length = item.extents[0]
    return codes_of(data[offset : offset + min(length or _HEAD_BYTES, _HEAD_BYTES)])


def _after(first: int, then: int) -> int:
    """The orientation that is equal to one followed by another."""
    a, b, c, d = _MATRICES[then]
    e, f, g, h = _MATRICES[first]
    return _ORIENTATIONS[a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h]


def _aperture(clap: Clap, size: Size) -> tuple[float, float, float, float] | None:
    """(left, top, right, bottom) of a clean aperture; None for one that is empty or extends beyond the picture."""
    across = _span(clap.width, clap.horizontal_offset, size[0])
    down = _span(clap.height, clap.vertical_offset, size[1])
    if across is None or down is None:
        return None
    return float(across[0]), float(down[0]), float(across[1]), float(down[1])


def _span(length: tuple[int, int], offset: tuple[int, int], side: int) -> tuple[int, int] | None:
    """Start and end of a part of this length, at this offset from the middle: ISO/IEC 14496-12, 12.1.4.1."""
    pixels, pixels_of = length
    shift, shift_of = offset
    if not pixels_of or not shift_of:
        return None
    begin = (2 * shift * pixels_of + (side * pixels_of - pixels) * shift_of) // (2 * shift_of * pixels_of)
    end = begin + (2 * pixels + pixels_of) // (2 * pixels_of)
    return (begin, end) if 0 <= begin < end <= side else None
