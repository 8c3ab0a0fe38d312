"""Resizing by convolution, and colours times alpha: by vector instructions where a library has them. No AWS.

cykooz-resizer has them for x86_64 and macOS; docs/adr/0037-vector-instructions.md describes where Pillow replaces it.
"""

import math
from functools import cache
from types import ModuleType
from typing import Final, Literal

from PIL import Image

from services.resize.scaling import Box, Size

Kernel = Literal["box", "bicubic", "lanczos"]

# Modes whose samples are adjacent bytes. Alpha is premultiplied, so it counts as one of them.
_VECTORED: Final = frozenset({"L", "RGB", "RGBa", "CMYK"})

# Modes with an alpha, and what Pillow calls them when the colours are multiplied by it.
PREMULTIPLIED: Final = {"RGBA": "RGBa", "LA": "La"}

# Of the widest kernel.
_LOBES: Final = 3

_OF_PILLOW: Final = {
    "box": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def convolved(image: Image.Image, size: Size, kernel: Kernel, box: Box) -> Image.Image:
    """A part of an image at another size; both ways give the same within 2 of 255 levels of a picture.

    Args:
        image: of any mode but palettes and masks.
        size: (width, height) of the result, in pixels.
        kernel: box is the mean, bicubic is that of Catmull and Rom, lanczos has three lobes.
        box: (left, top, right, bottom) of the part, in pixels of the image.
    """
    library = vector_library() if image.mode in _VECTORED else None
    return by_pillow(image, size, kernel, box) if library is None else _vectored(library, image, size, kernel, box)


def premultiplied(image: Image.Image) -> Image.Image:
    """An image with its colours multiplied by its alpha; both ways give the same to the last bit.

    Args:
        image: image of mode RGBA or LA.

    Returns:
        The image, of mode RGBa or La.
    """
    library = vector_library() if image.mode == "RGBA" else None
    if library is None:
        return image.convert(PREMULTIPLIED[image.mode])
    result: Image.Image = library.AlphaMulDiv().multiply_alpha_pil(image)
    return result


def averaged(image: Image.Image, size: Size) -> Image.Image:
    """An image at a smaller size, each of whose pixels is the mean of those that it covers.

    Args:
        image: image of mode L, RGB or RGBA.
        size: (width, height) of the result, in pixels.
    """
    if image.mode in PREMULTIPLIED:
        return averaged(premultiplied(image), size).convert(image.mode)
    return convolved(image, size, "box", (0.0, 0.0, float(image.width), float(image.height)))


@cache
def vector_library() -> ModuleType | None:
    """The library that resizes with vector instructions; None where it has no wheel."""
    try:
        import cykooz_resizer  # noqa: PLC0415 - where there is one, and when the first image needs it
    except ImportError:
        return None
    library: ModuleType = cykooz_resizer
    return library


def _vectored(library: ModuleType, image: Image.Image, size: Size, kernel: Kernel, box: Box) -> Image.Image:
    filters = {
        "box": library.FilterType.box,
        "bicubic": library.FilterType.catmull_rom,
        "lanczos": library.FilterType.lanczos3,
    }
    left, top, right, bottom = box
    options = library.ResizeOptions(
        resize_alg=library.ResizeAlg.convolution(filters[kernel]),
        crop_box=library.CropBox(left, top, right - left, bottom - top),
        use_alpha=False,
    )
    result = Image.new(image.mode, size)
    library.Resizer().resize_pil(image, result, options)
    return result


def by_pillow(image: Image.Image, size: Size, kernel: Kernel, box: Box) -> Image.Image:
    """The same by Pillow, as convolved.

    Pillow goes across first, and rounds to whole levels in between: down first, as the library goes, the results are
    the same, and there is less left for the pass across, which is Pillow's slower one.
    """
    method = _OF_PILLOW[kernel]
    # The columns that the pass across looks at.
    beyond = _LOBES * max(1.0, (box[2] - box[0]) / size[0])
    left, right = max(0, math.floor(box[0] - beyond)), min(image.width, math.ceil(box[2] + beyond))
    image = image.resize((right - left, size[1]), method, box=(left, box[1], right, box[3]))
    return image.resize(size, method, box=(box[0] - left, 0.0, box[2] - left, float(size[1])))
