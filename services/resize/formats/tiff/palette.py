"""Palettes of TIFF, of 8-bit or 16-bit entries, and the pictures that index them. No AWS."""

from typing import Final

from PIL import Image

from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.blocks import Block
from services.resize.formats.tiff.channels import joined
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.sample_bits import (
    BYTE_BITS,
    WORD_BITS,
    every,
    spread_to_eight,
    swapped,
    unpacked_bits,
)

_BYTE: Final = 255


class Palette:
    """Converts indices of a palette: kept where Pillow has a mode for them, otherwise to colours.

    Args:
        layout: layout of the samples.
        order: byte order of the samples.
        directory: directory with the palette.
    """

    def __init__(self, layout: Layout, order: str, directory: Directory) -> None:
        self._layout = layout
        self._order = order
        self._colours = palette_of(directory, layout.bits)

    def image(self, block: Block) -> Image.Image:
        """The block in mode P, or as RGB or RGBA."""
        layout, size = self._layout, (self._layout.width, block.rows)
        if layout.bits == WORD_BITS:
            data = block.planes[0] if layout.plane_samples == 1 else every(block.planes[0], layout.samples, 2)
            words = Image.frombytes("I;16", size, data if self._order == "<" else swapped(data, 2)).convert("I")
            bands = [words.point(list(self._colours[channel::3]), "L") for channel in range(3)]
            indices, colours = None, Image.merge("RGB", bands)
        else:
            indices = Image.frombytes("P", size, self._channel(block, 0))
            indices.putpalette(self._colours)
            colours = indices
        if layout.alpha is None:
            return colours
        alpha = Image.frombytes("L", size, self._channel(block, 1, spread=True))
        shown = colours.convert("RGB")
        if layout.alpha == kinds.ASSOCIATED:
            return joined("RGBa", [*shown.split(), alpha])
        return Image.merge("RGBA", (*shown.split(), alpha))

    def _channel(self, block: Block, channel: int, *, spread: bool = False) -> bytes:
        layout = self._layout
        plane, first, step = (channel, 0, 1) if layout.planar else (0, channel, layout.samples)
        data = block.planes[plane]
        if layout.bits == BYTE_BITS:
            return data[first::step]
        if layout.bits == WORD_BITS:
            return data[2 * first + (self._order == "<") :: 2 * step]
        line = layout.line_bytes_of(layout.width)
        values = unpacked_bits(data, line, block.rows, layout.width * layout.plane_samples, layout.bits)[first::step]
        return values.translate(spread_to_eight(layout.bits)) if spread else values


def palette_of(directory: Directory, bits: int) -> bytes:
    """Colours as bytes of red, green and blue; a file without a palette is grey."""
    numbers = directory.integers(320)
    count = min(2**bits, len(numbers) // 3)
    if count == 0:
        return bytes(value for value in range(256) for _ in range(3))
    # TIFF 6.0 requires 16-bit entries; old programs write 8-bit ones. libtiff distinguishes them in the same way.
    shift = BYTE_BITS if max(numbers) > _BYTE else 0
    third = len(numbers) // 3
    reds, greens, blues = (numbers[at : at + count] for at in (0, third, 2 * third))
    colours = bytearray(3 * (2**bits if bits > BYTE_BITS else count))
    for channel, levels in enumerate((reds, greens, blues)):
        colours[channel : 3 * count : 3] = bytes(level >> shift & 0xFF for level in levels)
    return bytes(colours)
