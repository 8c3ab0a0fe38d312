"""The quality that an encoder is given, so that one setting looks alike in all formats. No AWS."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from shared.choices import HLG, PQ

# Quality of a JPEG, and of the WebP, AVIF and JPEG XL with the same SSIMULACRA2: medians of photographs, as
# docs/adr/0045-formats-by-bytes.md and 0053-jpeg-xl-by-choice.md describe.
_ALIKE: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    "webp": ((1, 1), (40, 46), (55, 57), (70, 76), (82, 84), (90, 91), (95, 95), (100, 100)),
    "avif": ((1, 30), (40, 45), (55, 51), (70, 59), (82, 68), (90, 81), (95, 89), (100, 100)),
    "jxl": ((1, 1), (40, 42), (55, 57), (70, 70), (82, 81), (90, 87), (95, 93), (100, 100)),
}

# Quality of an AVIF in SDR, and of the one in PQ (16) or HLG (18) whose tone-mapped picture has the same SSIMULACRA2:
# medians of six pictures, as docs/adr/0054-ten-bits-by-choice.md describes.
_ALIKE_IN_HDR: Final[Mapping[int, tuple[tuple[int, int], ...]]] = {
    PQ: ((1, 1), (45, 60), (51, 66), (59, 75), (68, 83), (81, 91), (89, 95), (100, 100)),
    HLG: ((1, 1), (45, 49), (51, 55), (59, 65), (68, 74), (81, 84), (89, 90), (100, 100)),
}


def encoder_qualities(quality: int, own: Mapping[str, int]) -> dict[str, int]:
    """What the encoders of jpeg, webp, avif and jxl are given, by format.

    Args:
        quality: quality of a JPEG, 1 to 100; the other formats look like it.
        own: what some encoders are given instead, by format.
    """
    return {"jpeg": quality, **{form: encoder_quality(form, quality) for form in _ALIKE}, **own}


def encoder_quality(form: str, quality: int) -> int:
    """The quality of a format that looks like a JPEG of this quality.

    Args:
        form: jpeg, webp, avif or jxl.
        quality: 1 to 100.

    Returns:
        Quality of the format's own encoder, 1 to 100: of libwebp and libjxl from 1, of libavif from 30; 100 stays 100.
    """
    return _between(_ALIKE[form], quality) if form in _ALIKE else quality


def hdr_quality(quality: int, transfer: int) -> int:
    """The quality of an AVIF in HDR that looks like one in SDR.

    Args:
        quality: quality of the AVIF in SDR, 1 to 100, as libaom counts it.
        transfer: TransferCharacteristics of ITU-T H.273: PQ or HLG.
    """
    return _between(_ALIKE_IN_HDR[transfer], quality)


def _between(alike: Sequence[tuple[int, int]], quality: int) -> int:
    at = min(bisect_right([each for each, _ in alike], quality), len(alike) - 1)
    (low, from_), (high, to) = list(pairwise(alike))[at - 1]
    return round(from_ + (to - from_) * (quality - low) / (high - low))
