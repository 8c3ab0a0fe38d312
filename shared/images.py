"""How pixels are stored between resize and watermark: lossless, one file per rendition. Imported by those two alone."""

import io
import struct
import zlib
from typing import Final

from PIL import Image, ImageChops, TiffImagePlugin

from shared import intermediates
from shared.errors import IntermediateObjectMissing

# Stills: uncompressed TIFF, 0.5 ms each way for 1024 x 768 px where PNG takes 60 ms; its extra size costs less than
# the time. Animations would be hundreds of MB that way: each frame is its difference from the one before, in the box
# that changed, deflated. For 59 real animations this took 0.45 of the CPU of PNG, whose filters are tried row by row,
# and 1.0 of its bytes (Pillow 13.0); lossless WebP is smaller, but discards frames that repeat.
_STILL: Final = TiffImagePlugin.TiffImageFile.format
_LEVEL: Final = 1
_FRAME_NAME: Final = "{:05}"
_MODE: Final = "RGBA"
_BANDS: Final = len(_MODE)
# (left, top, right, bottom) of what differs, before the deflated pixels; for the first frame that is all of it.
_BOX: Final = struct.Struct(">4I")


def pack(frames: list[Image.Image], *, animated: bool) -> bytes:
    """The frames of one rendition as one file.

    Args:
        frames: the frames, all of one size; mode L, RGB or RGBA for a still, RGBA for an animation.
        animated: False for a still, which has one frame.
    """
    if not animated:
        return _saved(frames[0], _STILL)
    members: dict[str, bytes] = {}
    previous: Image.Image | None = None
    for index, frame in enumerate(frames):
        difference = frame if previous is None else ImageChops.subtract_modulo(frame, previous)
        whole = (0, 0, *frame.size)
        box = whole if previous is None else difference.getbbox(alpha_only=False) or (0, 0, 0, 0)
        pixels = (difference if box == whole else difference.crop(box)).tobytes()
        members[_FRAME_NAME.format(index)] = _BOX.pack(*box) + zlib.compress(pixels, _LEVEL)
        previous = frame
    return intermediates.pack(members)


def unpack(data: bytes, *, frames: int | None) -> list[Image.Image]:
    """The frames that pack was given, to the last bit.

    Args:
        data: the bytes that pack returned.
        frames: how many of an animation; None for a still.

    Raises:
        IntermediateObjectMissing: the bytes are not what pack returned.
    """
    if frames is None:
        return [_loaded(data, _STILL)]
    names = tuple(_FRAME_NAME.format(index) for index in range(frames))
    members = intermediates.unpack(data, names)
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
    try:
        left, top, right, bottom = _BOX.unpack_from(member)
        width, height = right - left, bottom - top
        length = width * height * _BANDS
        # A bound, since the bytes may be damaged; 0 would be none.
        pixels = zlib.decompressobj().decompress(member[_BOX.size :], length or 1)
        return (left, top, right, bottom), Image.frombytes(_MODE, (width, height), pixels)
    except (struct.error, zlib.error, ValueError) as error:
        raise IntermediateObjectMissing(f"the intermediate pixels do not decode: {error}") from error


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _loaded(data: bytes, kind: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=(kind,))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise IntermediateObjectMissing(f"the intermediate pixels do not decode: {error}") from error
    return image
