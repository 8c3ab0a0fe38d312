"""Samples of a TIFF to a Pillow image, by what they mean; what has more than eight bits is scaled to them. No AWS."""

import math
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

from services.resize import colour
from services.resize.formats.tiff import layout as kinds
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from services.resize.formats.tiff.parts import Lines, Parts

_INVERTED: Final = bytes(range(255, -1, -1))
# Signed numbers with the sign's bit turned are in their order, and zero is in the middle.
_OFFSET: Final = bytes(byte ^ 0x80 for byte in range(256))
_MASKS: Final = bytes([0, *[255] * 255])
_BYTE: Final = 255
_WORD: Final = 65_535
_BYTE_BITS: Final = 8
_WORD_BITS: Final = 16
# Whole numbers above this use all of their bits; counts and measurements are below it.
_COUNTS_TO: Final = 2**24
_SIGNS_TO: Final = 2**14
_SPARE: Final = 1 / 16
# 2**32 - 1 is 2**32 as a floating point number of 32 bits.
_ROUNDED: Final = 2**-20
# Bytes that a tag calls signed are seldom so: below this they are taken as they are, like ImageMagick takes them.
_FEW_BELOW_ZERO: Final = -16
# What is beyond is no measurement but a mark for a missing one, such as -3.4e38.
_MEASURED_WITHIN: Final = 1e30

# Pillow's modes of channels: (without alpha, associated, unassociated).
_GREY_MODES: Final = {None: "L", kinds.ASSOCIATED: "La", kinds.UNASSOCIATED: "LA"}
_RGB_MODES: Final = {None: "RGB", kinds.ASSOCIATED: "RGBa", kinds.UNASSOCIATED: "RGBA"}

# CCIR 601: what YCbCrCoefficients are where the tag is missing. TIFF 6.0, section 21.
_LUMA: Final = (0.299, 0.587, 0.114)


def picture(layout: Layout, directory: Directory, check: Callable[[], None], icc_profile: bytes | None) -> Image.Image:
    """The picture as it is stored: of mode 1, L, P, I;16, LA, RGB, RGBA, CMYK or LAB.

    Args:
        layout: of its samples.
        directory: with palette and the like.
        check: called between blocks, such as a deadline's.
        icc_profile: of inks and Lab with alpha, which no mode holds together: they become RGBA through it.

    Raises:
        UnreadableImage: it does not decode.
        UnsupportedImage: it is of a kind that is not read.
    """
    if layout.photometric == kinds.YCBCR and layout.planar and layout.subsampling != (1, 1):
        planes = [picture(layout.plane(number), directory, check, None) for number in range(3)]
        bands = [each.resize(planes[0].size, Image.Resampling.NEAREST) for each in planes]
        return Image.merge("RGB", bands).convert("RGB", _matrix(directory))
    parts = Parts(layout, directory, check)
    painter = _painter(parts, directory, icc_profile)
    canvas: Image.Image | None = None
    for block in _blocks(parts):
        image = painter(block)
        if canvas is None:
            canvas = Image.new(image.mode, (layout.width, layout.height))
        rows = min(image.height, layout.height - block.top)
        canvas.paste(image if rows == image.height else image.crop((0, 0, layout.width, rows)), (0, block.top))
    if canvas is None:  # a height of none has been refused
        raise layout.unsupported()
    if canvas.mode == "P":
        canvas.putpalette(_palette(directory, layout.bits))
    return canvas


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Some rows: of each plane, or of the only one.

    Args:
        top: first row.
        rows: how many, more than the picture has where a line holds several.
        planes: their samples.
    """

    top: int
    rows: int
    planes: tuple[bytes, ...]


_Painter = Callable[[_Block], Image.Image]


def _blocks(parts: Parts) -> Iterator[_Block]:
    layout = parts.layout
    wanted = layout.colours + (layout.alpha is not None) if layout.planar else 1
    streams: list[Iterator[Lines]] = [parts.lines(plane) for plane in range(wanted)]
    for lines in zip(*streams, strict=True):
        yield _Block(
            top=lines[0].top * layout.line_rows,
            rows=lines[0].count * layout.line_rows,
            planes=tuple(each.data for each in lines),
        )


def _painter(parts: Parts, directory: Directory, icc_profile: bytes | None) -> _Painter:
    layout = parts.layout
    if layout.subsampled or layout.photometric == kinds.YCBCR:
        return _YCbCr(layout, directory).image
    if layout.photometric == kinds.PALETTE:
        return _Palette(layout, parts.order, directory).image
    if layout.bits == 1 and layout.colours == 1 and layout.plane_samples == 1 and layout.alpha is None:
        raw = "1;I" if layout.photometric == kinds.WHITE_IS_ZERO else "1"
        return lambda block: Image.frombytes("1", (layout.width, block.rows), block.planes[0], "raw", raw)
    channels = _Channels(layout, parts, parts.order)
    if (
        layout.bits == _WORD_BITS and layout.sample_format == kinds.UNSIGNED and layout.colours == 1
        and layout.alpha is None and layout.plane_samples == 1 and layout.photometric <= kinds.BLACK_IS_ZERO
    ):  # fmt: skip
        return lambda block: _words(block, layout, parts.order)
    return lambda block: _together(channels.bands(block), layout, icc_profile)


def _words(block: _Block, layout: Layout, order: str) -> Image.Image:
    """16-bit grey, of which nothing is lost yet."""
    data = block.planes[0]
    if layout.photometric == kinds.WHITE_IS_ZERO:
        data = data.translate(_INVERTED)
    if order == ">":
        data = _little(data, 2)
    return Image.frombytes("I;16", (layout.width, block.rows), data)


def _little(data: bytes, size: int) -> bytes:
    out = bytearray(len(data))
    for byte in range(size):
        out[byte::size] = data[size - 1 - byte :: size]
    return bytes(out)


def _together(bands: list[Image.Image], layout: Layout, icc_profile: bytes | None) -> Image.Image:
    """The bands of colour, and of alpha if there is any, as an image."""
    alpha = layout.alpha
    if alpha == kinds.ASSOCIATED and layout.photometric in {kinds.CMYK, kinds.CIE_LAB, kinds.ICC_LAB}:
        # Pillow has no mode for it: each band by itself is divided by the alpha.
        bands = [*(_joined("La", [band, bands[-1]]).getchannel("L") for band in bands[:-1]), bands[-1]]
    if layout.colours == 1 and layout.photometric not in {kinds.CIE_LAB, kinds.ICC_LAB}:
        return _joined(_GREY_MODES[alpha], bands)
    if layout.photometric == kinds.RGB:
        return _joined(_RGB_MODES[alpha], bands)
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


def _joined(mode: str, bands: list[Image.Image]) -> Image.Image:
    if len(bands) == 1:
        return bands[0]
    image = Image.merge(mode, bands)
    return image.convert(mode.upper()) if mode.endswith("a") else image


class _Channels:
    """Takes the channels of colour and alpha out of blocks, each as bytes.

    Args:
        layout: of the samples.
        parts: read once more, before the picture, where no format says what is white.
        order: of the samples' bytes.
    """

    def __init__(self, layout: Layout, parts: Parts, order: str) -> None:
        self._layout = layout
        self._order = order
        count = layout.colours + (layout.alpha is not None)
        # Of the samples of a pixel in its plane.
        self._places = [(each, 0, 1) if layout.planar else (0, each, layout.samples) for each in range(count)]
        self._numeric = (
            layout.sample_format == kinds.FLOAT
            or layout.bits in {24, 32, 64}
            or (layout.sample_format == kinds.SIGNED and layout.bits == _WORD_BITS and layout.photometric < kinds.CMYK)
            or (layout.sample_format == kinds.SIGNED and layout.bits == _BYTE_BITS and layout.colours == 1)
        )
        self._range = self._seen(parts) if self._numeric else (0.0, 1.0)
        if layout.bits == _BYTE_BITS and self._range[0] < _FEW_BELOW_ZERO:
            self._numeric = False

    def bands(self, block: _Block) -> list[Image.Image]:
        """Channels of a block as images of bytes, as Pillow means them."""
        layout = self._layout
        bands = []
        for index, place in enumerate(self._places):
            if self._numeric:
                image = self._shown(self._numbers(block, place), is_alpha=index >= layout.colours)
                data = image.tobytes()
            else:
                data = self._bytes(block, place)
            bands.append(Image.frombytes("L", (layout.width, block.rows), self._meant(data, index)))
        return bands

    def _meant(self, data: bytes, index: int) -> bytes:
        layout = self._layout
        if index >= layout.colours:
            return data
        if layout.photometric == kinds.WHITE_IS_ZERO:
            return data.translate(_INVERTED)
        # a and b of CIE Lab are signed, and Pillow has them offset, as those of ICC Lab are. TIFF 6.0, section 23
        if layout.photometric == kinds.CIE_LAB and index > 0:
            return data.translate(_OFFSET)
        if layout.sample_format == kinds.SIGNED and layout.bits != _BYTE_BITS and not self._numeric:
            return data if layout.photometric == kinds.CIE_LAB else data.translate(_OFFSET)
        return data

    def _bytes(self, block: _Block, place: tuple[int, int, int]) -> bytes:
        """The highest eight bits of each sample of a channel; fewer bits are spread to eight."""
        plane, first, step = place
        layout, data = self._layout, block.planes[plane]
        if layout.bits == _BYTE_BITS:
            return data[first::step]
        if layout.bits == _WORD_BITS:
            high = data[2 * first + (self._order == "<") :: 2 * step]
            if layout.photometric in {kinds.CIE_LAB, kinds.ICC_LAB} and first + plane > 0:
                # Half a step of a or b is seen where colours are pure.
                low = data[2 * first + (self._order == ">") :: 2 * step].translate(_shifted(-7))
                return _rounded(high, low, signed=layout.photometric == kinds.CIE_LAB)
            return high
        line = layout.line_bytes_of(layout.width)
        return _narrow(data, line, block.rows, layout.width * layout.plane_samples, layout.bits)[first::step]

    def _numbers(self, block: _Block, place: tuple[int, int, int]) -> Image.Image:
        """A channel of numbers that are more than eight bits can tell, as they are."""
        layout = self._layout
        plane, first, step = place
        size = layout.bits // _BYTE_BITS
        data = block.planes[plane]
        if step > 1:
            out = bytearray(len(data) // step)
            for byte in range(size):
                out[byte::size] = data[first * size + byte :: step * size]
            data = bytes(out)
        return _floats(data, (layout.width, block.rows), layout.bits, layout.sample_format, self._order)

    def _seen(self, parts: Parts) -> tuple[float, float]:
        """What is black and what is white: guessed of the numbers that are used, alike for all colours."""
        lows, highs, means, weight = math.inf, -math.inf, 0.0, 0
        for block in _blocks(parts):
            for place in self._places[: self._layout.colours]:
                image = self._numbers(block, place)
                low, high, mean = _measured(image)
                if low <= high:
                    lows, highs = min(lows, low), max(highs, high)
                    means += mean * block.rows
                    weight += block.rows
        if weight == 0:
            return 0.0, 1.0
        return _black_and_white(self._layout, lows, highs, means / weight)

    def _shown(self, image: Image.Image, *, is_alpha: bool) -> Image.Image:
        layout = self._layout
        if is_alpha:
            full = 1.0 if layout.sample_format == kinds.FLOAT else float(2**layout.bits - 1)
            low, high = 0.0, full
        else:
            low, high = self._range
        scale = _BYTE / ((high - low) or 1.0)
        if not math.isfinite(scale):
            scale = 0.0
        return image.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def _measured(image: Image.Image) -> tuple[float, float, float]:
    """The lowest, the highest and the mean of its numbers, but for those that mark a missing one."""
    low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
    (mean,) = array("f", image.resize((1, 1), Image.Resampling.BOX).tobytes())
    # Pillow's extrema are of no use where one number is none: so is the mean.
    if low > -_MEASURED_WITHIN and high < _MEASURED_WITHIN and math.isfinite(mean):
        return low, high, mean
    numbers = [each for each in array("f", image.tobytes()) if -_MEASURED_WITHIN < each < _MEASURED_WITHIN]
    return (min(numbers), max(numbers), sum(numbers) / len(numbers)) if numbers else (math.inf, -math.inf, 0.0)


def _black_and_white(layout: Layout, low: float, high: float, mean: float) -> tuple[float, float]:
    """The range that is shown, black to white.

    No tag says it for floating point and 32-bit numbers. Pictures keep to a convention; measurements, such as heights,
    do not, and all of their range is shown.

    Args:
        layout: of the samples.
        low: the lowest.
        high: the highest.
        mean: of all.
    """
    coloured = layout.colours > 1
    full = 2 ** (layout.bits - (layout.sample_format == kinds.SIGNED)) - 1
    wide = high > _COUNTS_TO or coloured or layout.bits == 24
    usual: tuple[int, ...] = (_BYTE, _WORD, full) if wide else (_BYTE, _WORD)
    if layout.sample_format == kinds.FLOAT:
        # Lights above white, and colours that no screen shows, are cut off.
        if coloured and not 1 < mean <= _WORD:
            return 0.0, 1.0
        usual = (1, _BYTE, *[_WORD] * (high > _SIGNS_TO)) if coloured else (1, _BYTE)
    elif layout.photometric in {kinds.CIE_LAB, kinds.ICC_LAB, kinds.CMYK}:
        usual = (full,)
    elif layout.bits <= _WORD_BITS:
        usual = (_BYTE, full) if high > _SIGNS_TO else (_BYTE,)
    # A little beyond the ends is what sharpening and rounding leave.
    spare = _SPARE if layout.sample_format == kinds.FLOAT else _ROUNDED
    white = next((white for white in usual if low >= -white * _SPARE and high <= white * (1 + spare)), None)
    return (low, high) if white is None else (0.0, float(white))


def _floats(data: bytes, size: tuple[int, int], bits: int, sample_format: int, order: str) -> Image.Image:
    """Numbers of any kind as an image of 32-bit floating point ones."""
    if bits == 24:
        # The lowest byte of four is nothing: the same number in 32 bits, by 256.
        wide = bytearray(len(data) // 3 * 4)
        for byte in range(3):
            wide[byte + (order == "<") :: 4] = data[byte::3]
        image = _floats(bytes(wide), size, 32, sample_format, order)
        return image.point(lambda value: value * (1 / 256) + 0.0)
    if bits == 64 and sample_format != kinds.FLOAT:
        numbers = array("q" if sample_format == kinds.SIGNED else "Q", data)
        if (order == ">") == (struct.pack("=H", 1) == b"\x01\x00"):
            numbers.byteswap()
        return Image.frombytes("F", size, array("f", numbers).tobytes(), "raw", "F;32NF")
    if bits == 16 and sample_format == kinds.FLOAT:
        halves = array("f", struct.unpack(f"{order}{len(data) // 2}e", data))
        return Image.frombytes("F", size, halves.tobytes(), "raw", "F;32NF")
    if bits <= _BYTE_BITS:
        return Image.frombytes("F", size, data, "raw", "F;8S")
    kind = {kinds.FLOAT: "F", kinds.SIGNED: "S", kinds.UNSIGNED: ""}[sample_format]
    return Image.frombytes("F", size, data, "raw", f"F;{bits}{'B' if order == '>' else ''}{kind}")


def _rounded(high: bytes, carry: bytes, *, signed: bool) -> bytes:
    """Bytes one higher where the carry is 1, but for the highest."""
    highest = 0x7F if signed else 0xFF
    size = len(high), 1
    table = [byte if byte == highest else byte + 1 & 0xFF for byte in range(256)]
    bytes_of = Image.frombytes("L", size, high)
    higher = bytes_of.point(table)
    return Image.composite(higher, bytes_of, Image.frombytes("L", size, carry.translate(_MASKS))).tobytes()


def _narrow(data: bytes, line: int, rows: int, count: int, bits: int) -> bytes:
    """Samples of 1 to 15 bits, each as a byte: the highest eight bits, or fewer spread to eight.

    Args:
        data: the lines, each from a byte on.
        line: bytes of one.
        rows: how many.
        count: samples of a line.
        bits: of a sample.
    """
    values = _unpacked_bits(data, line, rows, count, bits)
    return values if bits >= _BYTE_BITS else values.translate(_spread(bits))


def _unpacked_bits(data: bytes, line: int, rows: int, count: int, bits: int) -> bytes:
    """Each sample as a byte: its highest eight bits, or all of them where they are fewer."""
    period = math.lcm(bits, _BYTE_BITS)
    size, several = period // _BYTE_BITS, period // bits
    padded = -(-line // size) * size
    if padded != line:
        data = b"".join(data[at : at + line].ljust(padded, b"\0") for at in range(0, rows * line, line))
    out = bytearray(padded * rows // size * several)
    for index in range(several):
        start, shift = divmod(index * bits, _BYTE_BITS)
        high = data[start::size].translate(_shifted(shift))
        if shift and start + 1 < size:
            low = data[start + 1 :: size].translate(_shifted(shift - _BYTE_BITS))
            high = (int.from_bytes(high, "little") | int.from_bytes(low, "little")).to_bytes(len(high), "little")
        out[index::several] = high if bits >= _BYTE_BITS else high.translate(_shifted(bits - _BYTE_BITS))
    wide = padded // size * several
    if wide == count:
        return bytes(out)
    return b"".join(out[at : at + count] for at in range(0, rows * wide, wide))


@cache
def _shifted(by: int) -> bytes:
    return bytes(byte << by & 0xFF if by >= 0 else byte >> -by for byte in range(256))


@cache
def _spread(bits: int) -> bytes:
    full = 2**bits - 1
    return bytes(min(_BYTE, (byte * _BYTE + full // 2) // full) for byte in range(256))


class _Palette:
    """Indices of a palette: kept where Pillow has a mode for them, else as colours.

    Args:
        layout: of the samples.
        order: of the samples' bytes.
        directory: with the palette.
    """

    def __init__(self, layout: Layout, order: str, directory: Directory) -> None:
        self._layout = layout
        self._order = order
        self._colours = _palette(directory, layout.bits)

    def image(self, block: _Block) -> Image.Image:
        """The block as mode P, or RGB or RGBA."""
        layout, size = self._layout, (self._layout.width, block.rows)
        if layout.bits == _WORD_BITS:
            data = block.planes[0] if layout.plane_samples == 1 else _every(block.planes[0], layout.samples, 2)
            words = Image.frombytes("I;16", size, data if self._order == "<" else _little(data, 2)).convert("I")
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
            return _joined("RGBa", [*shown.split(), alpha])
        return Image.merge("RGBA", (*shown.split(), alpha))

    def _channel(self, block: _Block, channel: int, *, spread: bool = False) -> bytes:
        layout = self._layout
        plane, first, step = (channel, 0, 1) if layout.planar else (0, channel, layout.samples)
        data = block.planes[plane]
        if layout.bits == _BYTE_BITS:
            return data[first::step]
        if layout.bits == _WORD_BITS:
            return data[2 * first + (self._order == "<") :: 2 * step]
        line = layout.line_bytes_of(layout.width)
        values = _unpacked_bits(data, line, block.rows, layout.width * layout.plane_samples, layout.bits)[first::step]
        return values.translate(_spread(layout.bits)) if spread else values


def _every(data: bytes, step: int, size: int) -> bytes:
    """The first of every so many samples of this many bytes."""
    out = bytearray(len(data) // step)
    for byte in range(size):
        out[byte::size] = data[byte :: step * size]
    return bytes(out)


def _palette(directory: Directory, bits: int) -> bytes:
    """Colours as red, green, blue of bytes; a file without a map is grey."""
    numbers = directory.integers(320)
    count = min(2**bits, len(numbers) // 3)
    if count == 0:
        return bytes(value for value in range(256) for _ in range(3))
    # TIFF 6.0 wants numbers of 16 bits; old programs write those of 8. libtiff tells them apart in the same way.
    shift = _BYTE_BITS if max(numbers) > _BYTE else 0
    third = len(numbers) // 3
    reds, greens, blues = (numbers[at : at + count] for at in (0, third, 2 * third))
    colours = bytearray(3 * (2**bits if bits > _BYTE_BITS else count))
    for channel, levels in enumerate((reds, greens, blues)):
        colours[channel : 3 * count : 3] = bytes(level >> shift & 0xFF for level in levels)
    return bytes(colours)


def _matrix(directory: Directory) -> tuple[float, ...]:
    """What makes RGB of YCbCr, as Pillow takes it: four numbers for each of red, green and blue."""
    luma = directory.values(529)
    red, green, blue = luma if len(luma) == 3 and luma[1] > 0 else _LUMA
    # TIFF 6.0, section 20: the default of ReferenceBlackWhite for YCbCr.
    reference = directory.values(532)
    if len(reference) != 6 or any(reference[at] == reference[at + 1] for at in (0, 2, 4)):
        reference = (0, 255, 128, 255, 128, 255)
    y_scale = 255 / (reference[1] - reference[0])
    b_scale, r_scale = (127 / (reference[at + 1] - reference[at]) for at in (2, 4))
    to_red, to_blue = 2 - 2 * red, 2 - 2 * blue
    black, middle_b, middle_r = -reference[0] * y_scale, -reference[2] * b_scale, -reference[4] * r_scale
    rows = ((0.0, to_red), (-blue * to_blue / green, -red * to_red / green), (to_blue, 0.0))
    return tuple(
        value
        for by_b, by_r in rows
        for value in (y_scale, by_b * b_scale, by_r * r_scale, black + by_b * middle_b + by_r * middle_r)
    )


class _YCbCr:
    """YCbCr that no JPEG decoder has made RGB of.

    Args:
        layout: of the samples.
        directory: with coefficients and the numbers of black and white.
    """

    def __init__(self, layout: Layout, directory: Directory) -> None:
        self._layout = layout
        self._matrix = _matrix(directory)

    def image(self, block: _Block) -> Image.Image:
        """The block as RGB."""
        layout = self._layout
        size = layout.width, block.rows
        if not layout.subsampled:
            if layout.planar:
                bands = [Image.frombytes("L", size, plane) for plane in block.planes]
                return Image.merge("RGB", bands).convert("RGB", self._matrix)
            return Image.frombytes("RGB", size, block.planes[0]).convert("RGB", self._matrix)
        across, down = layout.subsampling
        unit = across * down + 2
        units = -(-layout.width // across)
        line = units * unit
        data = block.planes[0]
        lights = bytearray(units * across * block.rows)
        for y in range(down):
            for x in range(across):
                for row in range(block.rows // down):
                    start = (row * down + y) * units * across
                    lights[start + x : start + units * across : across] = data[
                        row * line + y * across + x : (row + 1) * line : unit
                    ]
        small = units, block.rows // down
        wide = units * across, block.rows
        bands = [Image.frombytes("L", wide, bytes(lights))]
        for channel in range(2):
            chroma = Image.frombytes("L", small, data[across * down + channel :: unit])
            bands.append(chroma.resize(wide, Image.Resampling.NEAREST))
        return Image.merge("RGB", bands).crop((0, 0, *size)).convert("RGB", self._matrix)
