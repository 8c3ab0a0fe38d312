"""What pixels look like between resize and watermark: lossless, one file a rendition. Imported by those two alone."""

import io
from typing import Final

from PIL import Image, ImageChops, TiffImagePlugin

from shared import staging
from shared.errors import StagedObjectMissing

# Stills: uncompressed TIFF, 0.5 ms each way for 1024 x 768 px where PNG takes 60 ms; what it is larger costs less than
# the time. Animations would be hundreds of MB so: each frame is the PNG of its difference to the one before, which
# of all that were measured (lossless WebP, TIFF with LZW, deflate and zstd, PNG, zlib) was among the fastest on every
# animation, and the smallest but WebP, which drops frames that repeat.
_STILL: Final = TiffImagePlugin.TiffImageFile.format
_PNG_LEVEL: Final = 1
_FRAME_NAME: Final = "{:05}.png"


def pack(frames: list[Image.Image], *, animated: bool) -> bytes:
    """The frames of one rendition as one file.

    Args:
        frames: of one size; mode L, RGB or RGBA for a still, RGBA for an animation.
        animated: False for a still, of which there is one.
    """
    if not animated:
        return _saved(frames[0], _STILL)
    members: dict[str, bytes] = {}
    previous: Image.Image | None = None
    for index, frame in enumerate(frames):
        difference = frame if previous is None else ImageChops.subtract_modulo(frame, previous)
        members[_FRAME_NAME.format(index)] = _saved(difference, "PNG", compress_level=_PNG_LEVEL)
        previous = frame
    return staging.pack(members)


def unpack(data: bytes, *, frames: int | None) -> list[Image.Image]:
    """The frames that pack was given, to the last bit.

    Args:
        data: from pack.
        frames: how many of an animation; None for a still.

    Raises:
        StagedObjectMissing: the bytes are not what pack gave.
    """
    if frames is None:
        return [_loaded(data, _STILL)]
    names = tuple(_FRAME_NAME.format(index) for index in range(frames))
    members = staging.unpack(data, names)
    images: list[Image.Image] = []
    for name in names:
        difference = _loaded(members[name], "PNG")
        images.append(ImageChops.add_modulo(images[-1], difference) if images else difference)
    return images


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _loaded(data: bytes, kind: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=(kind,))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise StagedObjectMissing(f"the staged pixels do not decode: {error}") from error
    return image
