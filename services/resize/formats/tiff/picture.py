"""The picture of a TIFF's directory as a Pillow image, painted block by block. No AWS."""

from collections.abc import Callable
from typing import Final

from PIL import Image

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.blocks import Block, blocks
from services.resize.formats.tiff.channels import Channels, merged
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.palette import Palette, palette_of
from services.resize.formats.tiff.parts import Parts
from services.resize.formats.tiff.sample_bits import WORD_BITS, swapped
from services.resize.formats.tiff.ycbcr import YCbCr, matrix_of

_INVERTED: Final = bytes(range(255, -1, -1))


def picture(layout: Layout, directory: Directory, check: Callable[[], None], icc_profile: bytes | None) -> Image.Image:
    """The picture as it is stored: in mode 1, L, P, I;16, LA, RGB, RGBA, CMYK or LAB.

    Args:
        layout: layout of the samples.
        directory: directory with the palette and other tags.
        check: called between blocks; may raise, as a deadline does.
        icc_profile: profile through which inks and Lab with alpha become RGBA, as no mode has both.

    Raises:
        UnreadableImage: the picture does not decode.
        UnsupportedImage: the kind of TIFF is not supported.
    """
    if layout.photometric == kinds.YCBCR and layout.planar and layout.subsampling != (1, 1):
        planes = [picture(layout.plane(number), directory, check, None) for number in range(3)]
        bands = [each.resize(planes[0].size, Image.Resampling.NEAREST) for each in planes]
        return Image.merge("RGB", bands).convert("RGB", matrix_of(directory))
    parts = Parts(layout, directory, check)
    painter = _painter(parts, directory, icc_profile)
    canvas: Image.Image | None = None
    for block in blocks(parts):
        image = painter(block)
        if canvas is None:
            canvas = Image.new(image.mode, (layout.width, layout.height))
        rows = min(image.height, layout.height - block.top)
        canvas.paste(image if rows == image.height else image.crop((0, 0, layout.width, rows)), (0, block.top))
    if canvas is None:  # a height of 0 has been refused
        raise layout.unsupported()
    if canvas.mode == "P":
        canvas.putpalette(palette_of(directory, layout.bits))
    return canvas


_Painter = Callable[[Block], Image.Image]


def _painter(parts: Parts, directory: Directory, icc_profile: bytes | None) -> _Painter:
    layout = parts.layout
    if layout.subsampled or layout.photometric == kinds.YCBCR:
        return YCbCr(layout, directory).image
    if layout.photometric == kinds.PALETTE:
        return Palette(layout, parts.order, directory).image
    if layout.bits == 1 and layout.colours == 1 and layout.plane_samples == 1 and layout.alpha is None:
        raw = "1;I" if layout.photometric == kinds.WHITE_IS_ZERO else "1"
        return lambda block: Image.frombytes("1", (layout.width, block.rows), block.planes[0], "raw", raw)
    channels = Channels(layout, parts, parts.order)
    if (
        layout.bits == WORD_BITS and layout.sample_format == kinds.UNSIGNED and layout.colours == 1
        and layout.alpha is None and layout.plane_samples == 1 and layout.photometric <= kinds.BLACK_IS_ZERO
    ):  # fmt: skip
        return lambda block: _words(block, layout, parts.order)
    return lambda block: merged(channels.bands(block), layout, icc_profile)


def _words(block: Block, layout: Layout, order: str) -> Image.Image:
    """16-bit grey, without any loss so far."""
    data = block.planes[0]
    if layout.photometric == kinds.WHITE_IS_ZERO:
        data = data.translate(_INVERTED)
    if order == ">":
        data = swapped(data, 2)
    return Image.frombytes("I;16", (layout.width, block.rows), data)
