"""Channels of grey, RGB, CMYK and Lab extracted from blocks and merged into an image of 8 bits. No AWS."""

import math
from typing import Final

from PIL import Image

from services.resize import colour
from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.blocks import Block, blocks
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.numbers import floats
from services.resize.formats.tiff.parts import Parts
from services.resize.formats.tiff.sample_bits import BYTE_BITS, WORD_BITS, narrowed, shifted
from services.resize.formats.tiff.value_range import (
    LAB_RANGES,
    black_and_white,
    differences,
    is_in_lab_units,
    measured,
)

_INVERTED: Final = bytes(range(255, -1, -1))
# Flipping the sign bit puts signed numbers in ascending order, with zero in the middle.
_OFFSET: Final = bytes(byte ^ 0x80 for byte in range(256))
_MASKS: Final = bytes([0, *[255] * 255])
_BYTE: Final = 255

# Pillow's modes by alpha: none, associated, unassociated.
_GREY_MODES: Final = {None: "L", kinds.ASSOCIATED: "La", kinds.UNASSOCIATED: "LA"}
_RGB_MODES: Final = {None: "RGB", kinds.ASSOCIATED: "RGBa", kinds.UNASSOCIATED: "RGBA"}


class Channels:
    """Extracts the channels of colour and alpha from blocks, each as bytes.

    Args:
        layout: layout of the samples.
        parts: parts of the picture; read once before decoding where the format does not define white.
        order: byte order of the samples.
    """

    def __init__(self, layout: Layout, parts: Parts, order: str) -> None:
        self._layout = layout
        self._order = order
        count = layout.colours + (layout.alpha is not None)
        # (plane, first sample, step) of each channel.
        self._places = [(each, 0, 1) if layout.planar else (0, each, layout.samples) for each in range(count)]
        self._numeric = (
            layout.sample_format == kinds.FLOAT
            or layout.bits in {24, 32, 64}
            or (layout.sample_format == kinds.SIGNED and layout.bits == WORD_BITS and layout.photometric < kinds.CMYK)
        )
        self._ranges = self._seen(parts) if self._numeric else ()
        tagged = layout.sample_format == kinds.SIGNED and layout.bits == BYTE_BITS and layout.photometric < kinds.CMYK
        self._signed_bytes = tagged and self._are_signed(parts)

    def bands(self, block: Block) -> list[Image.Image]:
        """Channels of a block as images of bytes, in Pillow's conventions."""
        layout = self._layout
        bands = []
        for index, place in enumerate(self._places):
            if self._numeric:
                image = self._shown(self._numbers(block, place), index)
                data = image.tobytes()
            else:
                data = self._bytes(block, place)
            bands.append(Image.frombytes("L", (layout.width, block.rows), self._meant(data, index)))
        return bands

    def _meant(self, data: bytes, index: int) -> bytes:
        layout = self._layout
        if index >= layout.colours:
            return data
        if self._signed_bytes:
            data = data.translate(_OFFSET)
        if layout.photometric == kinds.WHITE_IS_ZERO:
            return data.translate(_INVERTED)
        # a and b of CIE Lab are signed; Pillow expects them offset, as in ICC Lab. TIFF 6.0, section 23
        if layout.photometric == kinds.CIE_LAB and index > 0 and self._ranges != LAB_RANGES:
            return data.translate(_OFFSET)
        if layout.sample_format == kinds.SIGNED and layout.bits != BYTE_BITS and not self._numeric:
            return data if layout.photometric == kinds.CIE_LAB else data.translate(_OFFSET)
        return data

    def _bytes(self, block: Block, place: tuple[int, int, int]) -> bytes:
        """The highest eight bits of each sample of a channel; smaller samples are scaled up to eight bits."""
        plane, first, step = place
        layout, data = self._layout, block.planes[plane]
        if layout.bits == BYTE_BITS:
            return data[first::step]
        if layout.bits == WORD_BITS:
            high = data[2 * first + (self._order == "<") :: 2 * step]
            if layout.photometric in {kinds.CIE_LAB, kinds.ICC_LAB} and 0 < first + plane < layout.colours:
                # Half a step of a or b is visible in saturated colours.
                low = data[2 * first + (self._order == ">") :: 2 * step].translate(shifted(-7))
                return rounded_up(high, low, signed=layout.photometric == kinds.CIE_LAB)
            return high
        line = layout.line_bytes_of(layout.width)
        return narrowed(data, line, block.rows, layout.width * layout.plane_samples, layout.bits)[first::step]

    def _numbers(self, block: Block, place: tuple[int, int, int]) -> Image.Image:
        """A channel of numbers that do not fit eight bits, unscaled."""
        layout = self._layout
        plane, first, step = place
        size = layout.bits // BYTE_BITS
        data = block.planes[plane]
        if step > 1:
            out = bytearray(len(data) // step)
            for byte in range(size):
                out[byte::size] = data[first * size + byte :: step * size]
            data = bytes(out)
        return floats(data, (layout.width, block.rows), layout.bits, layout.sample_format, self._order)

    def _seen(self, parts: Parts) -> tuple[tuple[float, float], ...]:
        """The numbers of black and white of each colour, guessed from the range in use of all colours."""
        lows, highs, means, weight = math.inf, -math.inf, 0.0, 0
        for block in blocks(parts):
            for place in self._places[: self._layout.colours]:
                image = self._numbers(block, place)
                low, high, mean = measured(image)
                if low <= high:
                    lows, highs = min(lows, low), max(highs, high)
                    means += mean * block.rows
                    weight += block.rows
        if weight == 0:
            return ((0.0, 1.0),) * self._layout.colours
        if is_in_lab_units(self._layout, lows, highs):
            return LAB_RANGES
        return (black_and_white(self._layout, lows, highs, means / weight),) * self._layout.colours

    def _are_signed(self, parts: Parts) -> bool:
        """Whether bytes that are tagged as signed are so: OME writers tag plain bytes, which all viewers show as such.

        Neighbours are alike in a picture, and less alike where the signs of its numbers are misread.
        """
        plain = signed = 0.0
        for block in blocks(parts):
            for place in self._places[: self._layout.colours]:
                data, size = self._bytes(block, place), (self._layout.width, block.rows)
                plain += differences(Image.frombytes("L", size, data))
                signed += differences(Image.frombytes("L", size, data.translate(_OFFSET)))
        return signed < plain

    def _shown(self, image: Image.Image, index: int) -> Image.Image:
        layout = self._layout
        if index >= layout.colours:
            full = 1.0 if layout.sample_format == kinds.FLOAT else float(2**layout.bits - 1)
            low, high = 0.0, full
        else:
            low, high = self._ranges[index]
        scale = _BYTE / ((high - low) or 1.0)
        if not math.isfinite(scale):
            scale = 0.0
        return image.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def rounded_up(high: bytes, carry: bytes, *, signed: bool) -> bytes:
    """Bytes increased by 1 where the carry is 1; the maximum stays."""
    highest = 0x7F if signed else 0xFF
    size = len(high), 1
    table = [byte if byte == highest else byte + 1 & 0xFF for byte in range(256)]
    bytes_of = Image.frombytes("L", size, high)
    higher = bytes_of.point(table)
    return Image.composite(higher, bytes_of, Image.frombytes("L", size, carry.translate(_MASKS))).tobytes()


def merged(bands: list[Image.Image], layout: Layout, icc_profile: bytes | None) -> Image.Image:
    """Merge the bands of colour, and of alpha if there is any, into an image."""
    alpha = layout.alpha
    if alpha == kinds.ASSOCIATED and layout.photometric in {kinds.CMYK, kinds.CIE_LAB, kinds.ICC_LAB}:
        # Pillow has no mode for this: each band is divided by the alpha separately.
        bands = [*(joined("La", [band, bands[-1]]).getchannel("L") for band in bands[:-1]), bands[-1]]
    if layout.colours == 1 and layout.photometric not in {kinds.CIE_LAB, kinds.ICC_LAB}:
        return joined(_GREY_MODES[alpha], bands)
    if layout.photometric == kinds.RGB:
        return joined(_RGB_MODES[alpha], bands)
    if layout.photometric == kinds.CMYK:
        colours = Image.merge("CMYK", bands[:4])
    elif layout.colours == 1:
        middle = Image.new("L", bands[0].size, 128)
        colours = Image.merge("LAB", (bands[0], middle, middle))
    else:
        colours = Image.merge("LAB", bands[:3])
    if alpha is None:
        return colours
    shown = colour.to_srgb(colours, icc_profile).convert("RGB")
    return Image.merge("RGBA", (*shown.split(), bands[-1]))


def joined(mode: str, bands: list[Image.Image]) -> Image.Image:
    """Bands merged in this mode of Pillow; a mode of associated alpha is converted to unassociated."""
    if len(bands) == 1:
        return bands[0]
    image = Image.merge(mode, bands)
    return image.convert(mode.upper()) if mode.endswith("a") else image
