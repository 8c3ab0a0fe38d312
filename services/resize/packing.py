"""Pixels for watermark: a still as it is, an animation as differences, deflated by ISA-L."""

import io
from typing import Final

from PIL import Image, ImageChops, TiffImagePlugin

from shared import intermediates
from shared.pixel_format import BOX, FRAME_NAME

# Of 0 to 3, in ISA-L's own counting: 3 takes twice the time, and made frames larger.
_LEVEL: Final = 2
# Its module is loaded by its name here.
_STILL: Final = TiffImagePlugin.TiffImageFile.format


def pack(frames: list[Image.Image], *, animated: bool) -> bytes:
    """The frames of one rendition as one file.

    Args:
        frames: the frames, all of one size; mode L, RGB or RGBA for a still, RGBA for an animation.
        animated: False for a still, which has one frame.
    """
    if not animated:
        return _saved(frames[0])
    from isal import isal_zlib  # noqa: PLC0415 - stills, most images, are not compressed

    members: dict[str, bytes] = {}
    previous: Image.Image | None = None
    for index, frame in enumerate(frames):
        difference = frame if previous is None else ImageChops.subtract_modulo(frame, previous)
        whole = (0, 0, *frame.size)
        box = whole if previous is None else difference.getbbox(alpha_only=False) or (0, 0, 0, 0)
        pixels = (difference if box == whole else difference.crop(box)).tobytes()
        del difference  # which makes room for the result
        members[FRAME_NAME.format(index)] = BOX.pack(*box) + isal_zlib.compress(pixels, _LEVEL)
        previous = frame
    return intermediates.pack(members, isal_zlib.crc32)


def _saved(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, _STILL)
    return buffer.getvalue()
