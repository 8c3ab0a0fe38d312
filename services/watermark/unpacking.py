"""Pixels that resize passed on, to the last bit: a still as it is, an animation's frames from their differences."""

import io
import struct
from typing import Final

from PIL import Image, ImageChops, TiffImagePlugin

from shared import intermediates
from shared.errors import IntermediateObjectMissing
from shared.pixel_format import BOX, FRAME_NAME, MODE

_BANDS: Final = len(MODE)
# Deflate makes data at most this many times smaller: https://zlib.net/zlib_tech.html
_MAX_RATIO: Final = 1_032
# Its module is loaded by its name here.
_STILL: Final = TiffImagePlugin.TiffImageFile.format


def unpack(data: bytes, *, frames: int | None) -> list[Image.Image]:
    """The frames that resize's packing was given, to the last bit.

    Args:
        data: the bytes that resize's packing returned.
        frames: how many of an animation; None for a still.

    Raises:
        IntermediateObjectMissing: the bytes are not what it returned.
    """
    if frames is None:
        return [_loaded(data)]
    from deflate import crc32  # noqa: PLC0415 - stills, most images, are not compressed

    names = tuple(FRAME_NAME.format(index) for index in range(frames))
    members = intermediates.unpack(data, names, crc32)
    images: list[Image.Image] = []
    for name in names:
        box, difference = _inflated(members[name])
        if not images:
            images.append(difference)
            continue
        image = images[-1].copy()
        if box[2] > box[0]:
            image.paste(ImageChops.add_modulo(image.crop(box), difference), box)
        images.append(image)
    return images


def _inflated(member: bytes) -> tuple[tuple[int, int, int, int], Image.Image]:
    """The box of a frame in which it differs, and the difference."""
    import deflate  # noqa: PLC0415 - stills, most images, are not compressed

    try:
        left, top, right, bottom = BOX.unpack_from(member)
        size = right - left, bottom - top
        pixels = deflate.zlib_decompress(member[BOX.size :], _length(size, len(member)))
        return (left, top, right, bottom), Image.frombytes(MODE, size, pixels)
    except (struct.error, deflate.DeflateError, ValueError) as error:
        raise IntermediateObjectMissing(f"the intermediate pixels do not decode: {error}") from error


def _length(size: tuple[int, int], member_bytes: int) -> int:
    """The number of bytes that room is taken for, before any is read.

    Raises:
        ValueError: a member of this size cannot contain that many.
    """
    length = size[0] * size[1] * _BANDS
    if not 0 <= length <= _MAX_RATIO * member_bytes:
        raise ValueError(f"{member_bytes:,} bytes cannot contain {size[0]} x {size[1]} px")
    return length


def _loaded(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=(_STILL,))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise IntermediateObjectMissing(f"the intermediate pixels do not decode: {error}") from error
    return image
