"""A file within a number of bytes: the highest quality that fits, or else fewer pixels. No AWS."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image

from services.watermark.encoding.files import Encoded
from services.watermark.encoding.quality import encoder_quality
from shared.errors import OutputTooLarge
from shared.light_dataclass import dataclass

# A search encodes at most this often at other qualities, and then at most that often at other sizes.
MAX_QUALITIES: Final = 6
MAX_SIZES: Final = 4

# Quality of a JPEG below which pixels are saved instead: at 40, photographs have a SSIMULACRA2 of 50 in the median,
# which is a low quality by the metric's own scale. https://github.com/cloudinary/ssimulacra2#usage
MIN_QUALITY: Final = 40
# A file this close to the limit is as good as one that reaches it.
_CLOSE: Final = 0.97
# Bytes mostly fall slower than pixels, since a smaller picture has more detail in each.
_HASTE: Final = 0.95
# Those of grain fall faster, since it averages out: one step from 1600 px gave 12 % of the limit. So larger sizes
# follow the first that fits. They aim at the second share of the limit, and end with a file of the first.
_CLOSE_BY_SIZE: Final = 0.9
_AIM_BY_SIZE: Final = 0.97
_MIN_SHARE_OF_SIDE: Final = 0.25

_WITHOUT_QUALITY: Final = frozenset({"png", "gif"})

# Encodes frames in the format of the search: (frames, quality of its encoder).
Encode = Callable[[list[Image.Image], int], Encoded]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A file within its number of bytes.

    Args:
        encoded: the file.
        size: (width, height) in pixels.
    """

    encoded: Encoded
    size: tuple[int, int]


def fitted(
    frames: Sequence[Image.Image], form: str, first: int, max_bytes: int, encode: Encode, *, too_large: int | None
) -> Fitted:
    """The file of the highest quality within a number of bytes, or else of about the most pixels.

    At most MAX_QUALITIES files are encoded in search of the quality, down to that of a JPEG of MIN_QUALITY. A PNG and a
    GIF have none. If none fits, at most MAX_SIZES files of fewer pixels follow, at the lowest quality, and no smaller
    than a quarter of either side. They end early with a file of 90 % of the limit.

    Args:
        frames: frames of one size.
        form: the format.
        first: highest quality, in the numbers of the format's encoder.
        max_bytes: the limit.
        encode: encodes frames in this format.
        too_large: bytes of the file of the highest quality, if that was encoded.

    Raises:
        OutputTooLarge: nothing fits.
    """
    lowest, left = min(first, encoder_quality(form, MIN_QUALITY)), MAX_QUALITIES
    if too_large is None:
        encoded, left = encode(list(frames), first), left - 1
        if len(encoded.data) <= max_bytes:
            return Fitted(encoded=encoded, size=frames[0].size)
        too_large = len(encoded.data)
    if form in _WITHOUT_QUALITY or lowest == first:
        return _smaller(frames, lowest, too_large, max_bytes, encode)
    smallest = encode(list(frames), lowest)
    if len(smallest.data) > max_bytes:
        return _smaller(frames, lowest, len(smallest.data), max_bytes, encode)
    best = highest_quality(
        (lowest, smallest), (first, too_large), max_bytes, lambda quality: encode(list(frames), quality), left=left - 1
    )
    return Fitted(encoded=best, size=frames[0].size)


def highest_quality(
    fits: tuple[int, Encoded],
    over: tuple[int, int],
    max_bytes: int,
    encode: Callable[[int], Encoded],
    *,
    left: int = MAX_QUALITIES - 2,
) -> Encoded:
    """The file of about the highest quality within a number of bytes.

    Args:
        fits: a quality, and its file, which is within them.
        over: a higher quality, and the bytes of its file, which is not.
        max_bytes: the limit.
        encode: encodes at a quality.
        left: how many files are encoded at most.
    """
    (low, best), (high, high_bytes) = fits, over
    for _ in range(left):
        if high - low <= 1 or len(best.data) >= _CLOSE * max_bytes:
            break
        quality = _between((low, len(best.data)), (high, high_bytes), max_bytes)
        encoded = encode(quality)
        if len(encoded.data) <= max_bytes:
            low, best = quality, encoded
        else:
            high, high_bytes = quality, len(encoded.data)
    return best


def _between(fits: tuple[int, int], over: tuple[int, int], max_bytes: int) -> int:
    """A quality between two, at which the file should have the bytes of the limit: they grow by a factor with it."""
    (low, low_bytes), (high, high_bytes) = fits, over
    share = math.log(max_bytes / low_bytes) / math.log(high_bytes / low_bytes)
    return min(high - 1, max(low + 1, low + math.floor(share * (high - low))))


def _smaller(frames: Sequence[Image.Image], quality: int, size_bytes: int, max_bytes: int, encode: Encode) -> Fitted:
    """The file of about the most pixels within a number of bytes."""
    width, height = frames[0].size
    share, over = 1.0, (1.0, size_bytes)
    fits: tuple[float, Fitted] | None = None
    for _ in range(MAX_SIZES):
        if fits is None:
            share = max(_MIN_SHARE_OF_SIDE, share * _HASTE * math.sqrt(max_bytes / over[1]))
        else:
            share = _share_between((fits[0], len(fits[1].encoded.data)), over, max_bytes)
        size = max(1, round(width * share)), max(1, round(height * share))
        if fits is not None and size == fits[1].size:
            break
        encoded = encode([frame.resize(size, Image.Resampling.LANCZOS) for frame in frames], quality)
        if len(encoded.data) <= max_bytes:
            fits = share, Fitted(encoded=encoded, size=size)
            if len(encoded.data) >= _CLOSE_BY_SIZE * max_bytes:
                break
        else:
            over = share, len(encoded.data)
            if share == _MIN_SHARE_OF_SIDE:
                break
    if fits is not None:
        return fits[1]
    raise OutputTooLarge(
        f"{over[1]:,} bytes at {size[0]} x {size[1]} px, the smallest size that was tried;"
        f" the limit is {max_bytes:,} (max_bytes)"
    )


def _share_between(fits: tuple[float, int], over: tuple[float, int], max_bytes: int) -> float:
    """A share of the sides between two, at which the file should be close to the limit: bytes are a power of it."""
    (low, low_bytes), (high, high_bytes) = fits, over
    part = math.log(_AIM_BY_SIZE * max_bytes / low_bytes) / math.log(high_bytes / low_bytes)
    return low * math.pow(high / low, part)
