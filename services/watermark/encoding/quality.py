"""The quality that an encoder is given, so that one setting looks alike in all formats. No AWS."""

from bisect import bisect_right
from itertools import pairwise
from typing import Final

# Quality of a JPEG, and of the AVIF with the same SSIMULACRA2: medians of photographs, as
# docs/adr/0042-one-quality-for-all-formats.md describes. WebP's own numbers differ by no more than pictures do.
_AVIF: Final = ((1, 30), (40, 46), (55, 51), (70, 57), (82, 67), (90, 81), (95, 90), (100, 100))


def avif_quality(quality: int) -> int:
    """The quality of an AVIF that looks like a JPEG of this quality.

    Args:
        quality: 1 to 100.

    Returns:
        Quality of libavif, 30 to 100; 100 stays 100.
    """
    at = min(bisect_right([jpeg for jpeg, _ in _AVIF], quality), len(_AVIF) - 1)
    (low, from_), (high, to) = list(pairwise(_AVIF))[at - 1]
    return round(from_ + (to - from_) * (quality - low) / (high - low))
