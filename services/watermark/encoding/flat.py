"""Whether a picture is flat art, such as a screenshot, a scan or a drawing, by its pixels."""

import io
from typing import Final

from PIL import Image

# A PNG of flat art takes 1 to 20 % of its samples' bytes, that of a photograph 40 to 90 %.
FLAT: Final = 0.25
_FEW_COLOURS: Final = 256
# Levels of one, two and four bits, as in scanned or faxed pages and icons. Few levels of other values are dark
# photographs.
_FOUR_BITS: Final = 17
_TWO_LEVELS: Final = 2
_SIDE_PX: Final = 1024
# Size of a PNG without pixels, which would make a picture of 16 x 16 px seem as detailed as a photograph.
_OVERHEAD_BYTES: Final = 67


def is_flat(image: Image.Image) -> bool:
    """Whether an image has few colours, or a part of its middle compresses as well as flat art.

    Args:
        image: an image of mode L, RGB or RGBA.
    """
    return detail(image) < FLAT


def detail(image: Image.Image) -> float:
    """Bytes per sample of a PNG with the least effort, from a part of the picture's middle.

    Args:
        image: an image of mode L, RGB or RGBA.

    Returns:
        0 where there are few colours.
    """
    if _has_few_colours(image):
        return 0.0
    left, top = max(0, (image.width - _SIDE_PX) // 2), max(0, (image.height - _SIDE_PX) // 2)
    piece = image.crop((left, top, min(image.width, left + _SIDE_PX), min(image.height, top + _SIDE_PX)))
    buffer = io.BytesIO()
    piece.save(buffer, "PNG", compress_level=1)
    return (len(buffer.getvalue()) - _OVERHEAD_BYTES) / (piece.width * piece.height * len(piece.getbands()))


def _has_few_colours(image: Image.Image) -> bool:
    if image.mode != "L":
        return image.getcolors(_FEW_COLOURS) is not None
    levels = [level for level, count in enumerate(image.histogram()) if count]
    return len(levels) <= _TWO_LEVELS or all(level % _FOUR_BITS == 0 for level in levels)
