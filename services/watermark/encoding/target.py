"""The quality at which a picture reaches a score of likeness, by encoding it a few times. No AWS."""

import io
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from PIL import Image

from services.watermark.encoding.quality import encoder_quality
from services.watermark.encoding.similarity import Reference
from shared.light_dataclass import dataclass

# A search encodes at most this often.
MAX_ENCODINGS: Final = 4
# Qualities of a JPEG that it keeps to. Above, bytes grow without a score: subsampled colours stay what they are.
_MIN_QUALITY, _MAX_QUALITY = 30, 95
# A score this close is reached: the estimate itself has an error of 0.8 in the root of mean squares.
_CLOSE: Final = 0.75

# A larger picture is judged by pieces of it, which have this side and are this many.
_PIECE_PX: Final = 256
_MAX_PIECES: Final = 16

# Score that a JPEG of a quality has, in the median of photographs and flat pictures of 640 px.
_TYPICAL: Final = ((38.0, 20), (50.0, 30), (63.0, 50), (75.0, 75), (79.0, 82), (84.2, 90), (89.0, 95), (100.0, 100))

# What is transparent is judged on a dark and on a light background, and the worse score counts: white would vanish on
# white. https://github.com/cloudinary/ssimulacra2/blob/main/src/ssimulacra2_main.cc
_BACKGROUNDS: Final = ((26, 26, 26), (230, 230, 230))
# A JPEG, which has no transparency, is on white.
_WHITE: Final = (255, 255, 255)

Colour = tuple[int, int, int]

# Encodes a picture in one format: (picture, quality of its encoder).
Encode = Callable[[Image.Image, int], bytes]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What a search has found.

    Args:
        quality: in the numbers of the format's encoder.
        score: estimated SSIMULACRA2 of it.
        close: whether that is the score that was wanted, or more.
    """

    quality: int
    score: float
    close: bool


def typical_quality(score: int) -> int:
    """The quality of a JPEG that has this score in the median of pictures.

    Args:
        score: SSIMULACRA2, 0 to 100.
    """
    return round(_between(score))


def reached(image: Image.Image, form: str, target: int, encode: Encode) -> Reached:
    """The lowest quality found at which a picture has a score; the best one if none does.

    Args:
        image: the picture, of mode L, RGB or RGBA.
        form: jpeg, webp, avif or jxl.
        target: SSIMULACRA2.
        encode: encodes a picture in this format; is called at most MAX_ENCODINGS times.
    """
    judged = _judged(image)
    if judged.mode == "RGBA" and form == "jpeg":
        judged = _on(judged, _WHITE)
    backgrounds = _BACKGROUNDS if judged.mode == "RGBA" else (_WHITE,)
    references = [(colour, Reference(_on(judged, colour))) for colour in backgrounds]
    lowest, highest = (encoder_quality(form, each) for each in (_MIN_QUALITY, _MAX_QUALITY))
    scores: dict[int, float] = {}
    quality = min(highest, max(lowest, encoder_quality(form, typical_quality(target))))
    while quality not in scores and len(scores) < MAX_ENCODINGS:
        scores[quality] = _score(references, encode(judged, quality))
        if abs(scores[quality] - target) <= _CLOSE:
            break
        quality = min(highest, max(lowest, _next(scores, target)))
    enough = [each for each, score in scores.items() if score >= target - _CLOSE]
    best = min(enough) if enough else max(scores, key=scores.__getitem__)
    return Reached(quality=best, score=scores[best], close=bool(enough))


def _next(scores: dict[int, float], target: int) -> int:
    """The next quality: on the line through the two nearest scores, or by a typical slope."""
    below = [each for each, score in scores.items() if score < target]
    above = [each for each, score in scores.items() if score >= target]
    near = sorted(scores, key=lambda each: abs(scores[each] - target))
    if below and above:
        low, high = max(below), min(above)
        share = (target - scores[low]) / (scores[high] - scores[low])
        return low + math.ceil(share * (high - low)) if high - low > 1 else high
    nearest, slope = near[0], _SLOPE
    if len(near) > 1 and near[0] != near[1]:
        slope = max(_MIN_SLOPE, (scores[near[0]] - scores[near[1]]) / (near[0] - near[1]))
    return nearest + round((target - scores[nearest]) / slope)


# Points of a score by a step of quality.
_SLOPE, _MIN_SLOPE = 0.6, 0.25


def _score(references: Sequence[tuple[Colour, Reference]], data: bytes) -> float:
    """The worst score of a file on some backgrounds."""
    with Image.open(io.BytesIO(data)) as image:
        return min(reference.score(_on(image, colour)) for colour, reference in references)


def _between(score: float) -> float:
    at = min(max(1, bisect_right([each for each, _ in _TYPICAL], score)), len(_TYPICAL) - 1)
    (low, from_), (high, to) = list(pairwise(_TYPICAL))[at - 1]
    return from_ + (to - from_) * (score - low) / (high - low)


def _judged(image: Image.Image) -> Image.Image:
    """The picture; of a large one, pieces from all over it."""
    return _pieces(image) if image.width * image.height > _MAX_PIECES * _PIECE_PX**2 else image


def _on(image: Image.Image, colour: Colour) -> Image.Image:
    """The picture on a background."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    background = Image.new("RGB", image.size, colour)
    background.paste(image, mask=image.getchannel("A"))
    return background


def _pieces(image: Image.Image) -> Image.Image:
    """Pieces in rows and columns at equal distances, put together."""
    width, height = (min(_PIECE_PX, side) for side in image.size)
    ideal = math.sqrt(_MAX_PIECES * image.width / image.height)
    across = max(1, min(round(ideal), image.width // width, _MAX_PIECES))
    down = max(1, min(_MAX_PIECES // across, image.height // height))
    found = Image.new(image.mode, (across * width, down * height))
    for column in range(across):
        for row in range(down):
            left = _place(column, across, image.width - width)
            top = _place(row, down, image.height - height)
            found.paste(image.crop((left, top, left + width, top + height)), (column * width, row * height))
    return found


def _place(index: int, count: int, room: int) -> int:
    return room // 2 if count == 1 else room * index // (count - 1)
