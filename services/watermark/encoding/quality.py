"""The quality that an encoder is given, so that one setting looks alike in all formats. No AWS."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

# Quality of a JPEG, and of the WebP, AVIF and JPEG XL with the same SSIMULACRA2: medians of photographs, as
# docs/adr/0045-formats-by-bytes.md and 0053-jpeg-xl-by-choice.md describe.
_ALIKE: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    "webp": ((1, 1), (40, 46), (55, 57), (70, 76), (82, 84), (90, 91), (95, 95), (100, 100)),
    "avif": ((1, 30), (40, 45), (55, 51), (70, 59), (82, 68), (90, 81), (95, 89), (100, 100)),
    "jxl": ((1, 1), (40, 42), (55, 57), (70, 70), (82, 81), (90, 87), (95, 93), (100, 100)),
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
    if form not in _ALIKE:
        return quality
    alike = _ALIKE[form]
    at = min(bisect_right([jpeg for jpeg, _ in alike], quality), len(alike) - 1)
    (low, from_), (high, to) = list(pairwise(alike))[at - 1]
    return round(from_ + (to - from_) * (quality - low) / (high - low))
