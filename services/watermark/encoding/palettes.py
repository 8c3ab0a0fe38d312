"""Exact and reduced palettes of pictures, by operations that Pillow does in C. No AWS."""

from collections.abc import Sequence
from itertools import chain
from typing import Final, cast

from PIL import Image, ImageChops, ImageStat

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

OPAQUE: Final = 255
IDENTITY: Final = list(range(256))
_HIGH: Final = 0b1111_1100
_LOW: Final = 0b11
_HIGH_BITS: Final = [level & _HIGH for level in range(256)]
# K-means stops when fewer than this fraction of pixels move: 1 to 3 dB better than median cut alone (Pillow 13.0).
_KMEANS_MOVING: Final = 0.01
# From this difference in levels on, a colour looks like another one.
FAR: Final = 40
_RARE_COLOURS: Final = 16
_RARE_FROM: Final = 0.75
_MAX_SPOT_COLOURS: Final = 2_048
# Of four levels: the middles of the lower two, of the upper two, and of all.
_LOWER: Final = 1
_UPPER: Final = 3
_MIDDLE: Final = 2
_UPPER_HALF: Final = [OPAQUE if level & 2 else 0 for level in range(256)]


def opaque_colours(image: Image.Image, most: int) -> list[Colour] | None:
    """The distinct colours of the opaque pixels, sorted; None where there are more than `most`.

    Args:
        image: an image of mode RGBA; alpha is 0 (of black) or 255.
        most: maximum number of colours, 1 to 256.
    """
    found = image.getcolors(most + 1)
    if found is None:
        return None
    pixels = [cast("tuple[int, int, int, int]", pixel) for _, pixel in found]
    colours = sorted((red, green, blue) for red, green, blue, alpha in pixels if alpha)
    return colours if len(colours) <= most else None


def hides(image: Image.Image) -> bool:
    """Whether any pixel of an image of mode RGBA is not fully opaque."""
    return image.getchannel("A").getextrema() != (OPAQUE, OPAQUE)


def any_difference(one: Image.Image, other: Image.Image, levels: int = 0) -> Image.Image:
    """A mask of mode L: 255 where any channel of two pictures of the same mode differs by more than this.

    Args:
        one: an image.
        other: another of the same mode and size.
        levels: 0 to 254.
    """
    bands = ImageChops.difference(one, other).split()
    mask = bands[0]
    for band in bands[1:]:
        mask = ImageChops.lighter(mask, band)
    return mask.point([0] * (levels + 1) + [OPAQUE] * (255 - levels))


def indexed(rgb: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The index of each pixel's colour, as an image of mode L.

    Pillow's mapping to a palette is by far the fastest way, but uses only the upper six bits of a channel (Palette.c,
    measured with 13.0). So the lower two are mapped in a second pass, with the indexes of the first.

    Args:
        rgb: an image of mode RGB.
        colours: all colours of the image, and perhaps more; each once, 256 at most.
    """
    cells = list(dict.fromkeys((red & _HIGH, green & _HIGH, blue & _HIGH) for red, green, blue in colours))
    high = _mapped(rgb.point(_HIGH_BITS * 3), cells)
    cell_of = {cell: number for number, cell in enumerate(cells)}
    indexes = [cell_of[red & _HIGH, green & _HIGH, blue & _HIGH] for red, green, blue in colours]
    if len(cells) == len(colours):
        index_of = {cell: number for number, cell in enumerate(indexes)}
        return high.point([index_of.get(each, 0) for each in range(256)])
    red, green, blue = rgb.split()
    middle = ImageChops.add(high.point(_low(6)), ImageChops.add(red.point(_low(4)), green.point(_low(2))))
    codes = [
        (number & _HIGH, (number & _LOW) << 6 | (red & _LOW) << 4 | (green & _LOW) << 2, (blue & _LOW) << 6)
        for number, (red, green, blue) in zip(indexes, colours, strict=True)
    ]
    return _mapped(Image.merge("RGB", (high.point(_HIGH_BITS), middle, blue.point(_low(6)))), codes)


def _low(shift: int) -> list[int]:
    return [(level & _LOW) << shift for level in range(256)]


def nearest(rgb: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The index of the colour nearest to each pixel's, to within a level of red and green, as an image of mode L.

    Pillow compares with the lower end of each four levels. So each half of them is mapped separately, with a palette
    that is shifted by the middle of that half, which is better by 1 to 4 dB on real pictures. Blue, which eyes resolve
    least, is compared with the middle of all four: its halves would take twice the time for 0.1 to 0.5 dB.
    """
    red, green, _ = (band.point(_UPPER_HALF) for band in rgb.split())
    indexes = _mapped(rgb, colours, (_LOWER, _LOWER, _MIDDLE))
    for upper_red, upper_green in ((False, True), (True, False), (True, True)):
        mask = ImageChops.darker(
            red if upper_red else ImageChops.invert(red), green if upper_green else ImageChops.invert(green)
        )
        if mask.getbbox() is not None:
            moved = (_UPPER if upper_red else _LOWER, _UPPER if upper_green else _LOWER, _MIDDLE)
            indexes.paste(_mapped(rgb, colours, moved), mask=mask)
    return indexes


def roughly_nearest(rgb: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The index of a colour near each pixel's, to within four levels, in a quarter of the time of `nearest`.

    Args:
        rgb: an image of mode RGB.
        colours: the palette.
    """
    return _mapped(rgb, colours, (_MIDDLE, _MIDDLE, _MIDDLE))


def _mapped(rgb: Image.Image, colours: Sequence[Colour], moved: Sequence[int] = (0, 0, 0)) -> Image.Image:
    """The index of a colour near each pixel's, by Pillow's mapping to a shifted palette."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([max(0, level - by) for colour in colours for level, by in zip(colour, moved, strict=True)])
    return rgb.quantize(palette=palette, dither=Image.Dither.NONE).point(IDENTITY, "L")


def coloured(indexes: Image.Image, colours: Sequence[Colour], mode: str = "RGB") -> Image.Image:
    """The image that these indexes of a palette show.

    Args:
        indexes: an image of mode L.
        colours: the palette; an index beyond it is black.
        mode: RGB or RGBA.
    """
    image = indexes.copy()
    image.putpalette(bytes(chain.from_iterable(colours)).ljust(3 << 8, b"\0"))
    return image.convert(mode)


def reduced(rgb: Image.Image, most: int, sample_px: int) -> list[Colour]:
    """The colours that represent a picture best.

    Args:
        rgb: an image of mode RGB.
        most: maximum number of colours, 32 to 256.
        sample_px: number of pixels that the colours are computed from.
    """
    pixels = rgb.width * rgb.height
    sample = rgb
    if pixels > sample_px:
        scale = (sample_px / pixels) ** 0.5
        size = max(1, round(rgb.width * scale)), max(1, round(rgb.height * scale))
        sample = rgb.resize(size, Image.Resampling.NEAREST)
    moving = max(1, round(_KMEANS_MOVING * sample.width * sample.height))
    cut = sample.quantize(most, method=Image.Quantize.MEDIANCUT, kmeans=moving, dither=Image.Dither.NONE)
    colours = colours_of(cut)
    indexes = cut.point(IDENTITY, "L") if sample is rgb else roughly_nearest(rgb, colours)
    seen = coloured(indexes, colours)
    worst = max(cast("int", band.getextrema()[1]) for band in ImageChops.difference(rgb, seen).split())
    missed = any_difference(rgb, seen, max(FAR, int(worst * _RARE_FROM)) - 1)
    box = missed.getbbox()
    if box is None:
        return colours
    # Median cut weighs by number of pixels: a small spot of a distinct colour gets no entry, and would be lost.
    spots = Image.new("RGB", rgb.size)
    spots.paste(rgb, mask=missed)
    found = spots.crop(box).getcolors(_MAX_SPOT_COLOURS)
    if found is None:
        return colours  # not small spots, but most of the picture
    line = Image.new("RGB", (len(found), 1))
    line.putdata(cast("list[tuple[int, ...]]", [pixel for _, pixel in found]))
    rare = colours_of(line.quantize(_RARE_COLOURS, method=Image.Quantize.MAXCOVERAGE))
    uses = indexes.histogram()
    room = most - _RARE_COLOURS
    kept = sorted(range(len(colours)), key=lambda number: -uses[number])[:room]
    return list(dict.fromkeys([*(colours[number] for number in kept), *rare[:_RARE_COLOURS]]))


def colours_of(paletted: Image.Image) -> list[Colour]:
    """The palette of an image of mode P."""
    levels = paletted.getpalette("RGB") or []
    return [(levels[at], levels[at + 1], levels[at + 2]) for at in range(0, len(levels) - 2, 3)]


def mean_square(one: Image.Image, other: Image.Image, mask: Image.Image | None = None) -> float:
    """The mean squared difference per sample, in levels of 255, of two RGB pictures within a non-empty mask."""
    squares = ImageStat.Stat(ImageChops.difference(one, other), mask)
    return sum(squares.sum2) / max(1, sum(squares.count))
