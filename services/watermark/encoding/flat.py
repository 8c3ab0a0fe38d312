"""Whether a picture is flat art, such as a screenshot, a scan or a drawing, by its pixels."""

import io
from typing import Final

from PIL import Image

_FEW_COLOURS: Final = 256
# A PNG of flat art has 1 to 20 % of its samples' bytes, one of a photograph 40 to 90 %.
_FLAT: Final = 0.25
_SIDE_PX: Final = 1024


def is_flat(image: Image.Image) -> bool:
    """Whether it has few colours, or a piece of its middle compresses as flat art does.

    Args:
        image: of mode L, RGB or RGBA.
    """
    if image.mode != "L" and image.getcolors(_FEW_COLOURS) is not None:
        return True
    left, top = max(0, (image.width - _SIDE_PX) // 2), max(0, (image.height - _SIDE_PX) // 2)
    piece = image.crop((left, top, min(image.width, left + _SIDE_PX), min(image.height, top + _SIDE_PX)))
    buffer = io.BytesIO()
    piece.save(buffer, "PNG", compress_level=1)
    return len(buffer.getvalue()) < _FLAT * piece.width * piece.height * len(piece.getbands())
