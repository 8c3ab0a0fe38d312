"""How pixels are stored between resize and watermark: lossless, one file per rendition. Imported by those two alone."""

import io
import struct
from types import ModuleType
from typing import Final

from PIL import Image, ImageChops, TiffImagePlugin

from shared import intermediates
from shared.errors import IntermediateObjectMissing

# Stills: uncompressed TIFF, 0.5 ms each way for 1024 x 768 px where PNG takes 60 ms; its extra size costs less than
# the time. Animations would be hundreds of MB that way: each frame is its difference from the one before, in the box
# that changed, deflated by libdeflate: docs/adr/0038-animations-by-libdeflate.md has the measurements. PNG filters row
# by row, which takes longer; lossless WebP is smaller, but discards frames that repeat.
_STILL: Final = TiffImagePlugin.TiffImageFile.format
_LEVEL: Final = 1
_FRAME_NAME: Final = "{:05}"
_MODE: Final = "RGBA"
_BANDS: Final = len(_MODE)
# (left, top, right, bottom) of what differs, before a zlib stream of its pixels; for the first frame that is all of it.
_BOX: Final = struct.Struct(">4I")
# Deflate makes data at most this many times smaller: https://zlib.net/zlib_tech.html
_MAX_RATIO: Final = 1_032


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
        # libdeflate takes room for the result before it begins: the difference makes room for that.
        del difference
        members[_FRAME_NAME.format(index)] = _BOX.pack(*box) + libdeflate().zlib_compress(pixels, _LEVEL)
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


def libdeflate() -> ModuleType:
    """The library that compresses frames, imported when the first animation needs it: a cold start does without."""
    import deflate  # noqa: PLC0415 - stills, most images, are not compressed

    library: ModuleType = deflate
    return library


def _inflated(member: bytes) -> tuple[tuple[int, int, int, int], Image.Image]:
    """The box of a frame in which it differs, and the difference."""
    deflate = libdeflate()
    try:
        left, top, right, bottom = _BOX.unpack_from(member)
        size = right - left, bottom - top
        pixels = deflate.zlib_decompress(member[_BOX.size :], _length(size, len(member)))
        return (left, top, right, bottom), Image.frombytes(_MODE, size, pixels)
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
