"""Exact and reduced palettes of pictures, by operations that Pillow does in C."""

from collections.abc import Sequence
from itertools import product
from typing import Final, cast

from PIL import Image, ImageChops, ImageStat

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

OPAQUE: Final = 255
IDENTITY: Final = list(range(256))
_HIGH: Final = 0b1111_1100
_LOW: Final = 0b11
_HIGH_BITS: Final = [level & _HIGH for level in range(256)]
# K-means is broken off where fewer than this part of the pixels moves: 1 to 3 dB above median cut alone (Pillow 13.0).
_KMEANS_MOVING: Final = 0.01
# From this many levels on it is another colour that is seen.
FAR: Final = 40
_RARE_COLOURS: Final = 16
_RARE_FROM: Final = 0.75
_MAX_SPOT_COLOURS: Final = 2_048
_LOWER_MIDDLE: Final = (1, 1, 1)
_UPPER_MIDDLE: Final = (3, 3, 3)
_UPPER_HALF: Final = [OPAQUE if level & 2 else 0 for level in range(256)]


def opaque_colours(image: Image.Image, most: int) -> list[Colour] | None:
    """The distinct colours of what is shown, ordered; None where there are more than `most`.

    Args:
        image: an image of mode RGBA; alpha is 0 (of black) or 255.
        most: 1 to 256.
    """
    found = image.getcolors(most + 1)
    if found is None:
        return None
    pixels = [cast("tuple[int, int, int, int]", pixel) for _, pixel in found]
    colours = sorted((red, green, blue) for red, green, blue, alpha in pixels if alpha)
    return colours if len(colours) <= most else None


def hides(image: Image.Image) -> bool:
    """Whether anything of an image of mode RGBA is see-through."""
    return image.getchannel("A").getextrema() != (OPAQUE, OPAQUE)


def any_difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """A mask of mode L: 255 where any channel of two pictures of one mode differs."""
    bands = ImageChops.difference(one, other).split()
    mask = bands[0]
    for band in bands[1:]:
        mask = ImageChops.lighter(mask, band)
    return mask.point(_ANY)


_ANY: Final = [0] + [255] * 255


def indexed(rgb: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The number of each pixel's colour, as an image of mode L.

    Pillow's mapping to a palette is by far the fastest that there is, and sees the upper six bits of a channel alone
    (Palette.c, measured with 13.0). So the lower two are mapped in a second pass, with the numbers of the first.

    Args:
        rgb: of mode RGB.
        colours: all that it has, and perhaps more; each once, 256 at most.
    """
    cells = list(dict.fromkeys((red & _HIGH, green & _HIGH, blue & _HIGH) for red, green, blue in colours))
    high = _mapped(rgb.point(_HIGH_BITS * 3), cells)
    cell_of = {cell: number for number, cell in enumerate(cells)}
    numbers = [cell_of[red & _HIGH, green & _HIGH, blue & _HIGH] for red, green, blue in colours]
    if len(cells) == len(colours):
        number_of = {cell: number for number, cell in enumerate(numbers)}
        return high.point([number_of.get(each, 0) for each in range(256)])
    red, green, blue = rgb.split()
    middle = ImageChops.add(high.point(_low(6)), ImageChops.add(red.point(_low(4)), green.point(_low(2))))
    codes = [
        (number & _HIGH, (number & _LOW) << 6 | (red & _LOW) << 4 | (green & _LOW) << 2, (blue & _LOW) << 6)
        for number, (red, green, blue) in zip(numbers, colours, strict=True)
    ]
    return _mapped(Image.merge("RGB", (high.point(_HIGH_BITS), middle, blue.point(_low(6)))), codes)


def _low(shift: int) -> list[int]:
    return [(level & _LOW) << shift for level in range(256)]


def nearest(rgb: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """The number of the colour that is nearest to each pixel's, within a level, as an image of mode L.

    Pillow looks for what is nearest to the lower end of each four levels. So each half of them is looked for by itself,
    in a palette that is moved by where its middle is: that much better by 1 to 4 dB on real pictures.
    """
    halves = [band.point(_UPPER_HALF) for band in rgb.split()]
    numbers = _mapped(rgb, colours, _LOWER_MIDDLE)
    for upper in list(product((False, True), repeat=3))[1:]:
        mask = Image.new("L", rgb.size, OPAQUE)
        for half, is_upper in zip(halves, upper, strict=True):
            mask = ImageChops.darker(mask, half if is_upper else ImageChops.invert(half))
        if mask.getbbox() is not None:
            moved = [_UPPER_MIDDLE[band] if upper[band] else _LOWER_MIDDLE[band] for band in range(3)]
            numbers.paste(_mapped(rgb, colours, moved), mask=mask)
    return numbers


def _mapped(rgb: Image.Image, colours: Sequence[Colour], moved: Sequence[int] = (0, 0, 0)) -> Image.Image:
    """The number of a colour that is near to each pixel's, by Pillow's mapping to a palette that is moved."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([max(0, level - by) for colour in colours for level, by in zip(colour, moved, strict=True)])
    return rgb.quantize(palette=palette, dither=Image.Dither.NONE).point(IDENTITY, "L")


def coloured(numbers: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """What an image of numbers looks like, of mode RGB."""
    padded = [*colours, *[(0, 0, 0)] * (256 - len(colours))]
    return Image.merge("RGB", [numbers.point([colour[band] for colour in padded]) for band in range(3)])


def reduced(rgb: Image.Image, most: int, sample_px: int) -> tuple[list[Colour], Image.Image]:
    """The colours that stand best for all of a picture's, and the number of each pixel's, of mode L.

    Args:
        rgb: of mode RGB.
        most: 32 to 256.
        sample_px: of how many pixels they are taken.
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
    numbers = cut.point(IDENTITY, "L") if sample is rgb else nearest(rgb, colours)
    seen = coloured(numbers, colours)
    worst = max(cast("int", band.getextrema()[1]) for band in ImageChops.difference(rgb, seen).split())
    missed = far_off(rgb, seen, max(FAR, int(worst * _RARE_FROM)))
    box = missed.getbbox()
    if box is None:
        return colours, numbers
    # Median cut goes by numbers of pixels: a small spot of a colour of its own gets none, and would be lost.
    spots = Image.new("RGB", rgb.size)
    spots.paste(rgb, mask=missed)
    found = spots.crop(box).getcolors(_MAX_SPOT_COLOURS)
    if found is None:
        return colours, numbers  # no small spots, but all of the picture
    line = Image.new("RGB", (len(found), 1))
    line.putdata(cast("list[tuple[int, ...]]", [pixel for _, pixel in found]))
    rare = colours_of(line.quantize(_RARE_COLOURS, method=Image.Quantize.MAXCOVERAGE))
    uses = numbers.histogram()
    room = most - _RARE_COLOURS
    kept = sorted(range(len(colours)), key=lambda number: -uses[number])[:room]
    colours = list(dict.fromkeys([*(colours[number] for number in kept), *rare[:_RARE_COLOURS]]))
    return colours, nearest(rgb, colours)


def far_off(one: Image.Image, other: Image.Image, levels: int = FAR) -> Image.Image:
    """A mask of mode L: 255 where a channel of two RGB pictures differs by this much or more."""
    far = [OPAQUE if level >= levels else 0 for level in range(256)]
    bands = [band.point(far) for band in ImageChops.difference(one, other).split()]
    return ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])


def colours_of(paletted: Image.Image) -> list[Colour]:
    """The palette of an image of mode P."""
    levels = paletted.getpalette("RGB") or []
    return [(levels[at], levels[at + 1], levels[at + 2]) for at in range(0, len(levels) - 2, 3)]


def mean_square(one: Image.Image, other: Image.Image, mask: Image.Image | None = None) -> float:
    """The mean square difference of a sample, in levels of 255, of two RGB pictures within a mask that is not empty."""
    squares = ImageStat.Stat(ImageChops.difference(one, other), mask)
    return sum(squares.sum2) / max(1, sum(squares.count))
