"""Which palette each frame of a GIF has: that of all frames, or its own. No AWS."""

from collections.abc import Iterable, Sequence
from typing import Final, cast

from PIL import Image, ImageChops

from services.watermark.encoding import lookup, palettes
from services.watermark.encoding.merging import merged
from services.watermark.encoding.palettes import OPAQUE, Box, Colour
from shared.light_dataclass import dataclass

# One index of a palette means "nothing is drawn here".
MAX_COLOURS: Final = 255

_SAMPLE_PX: Final = 32_000
_MIN_SAMPLE_PX: Final = 6_000
_ALL_SAMPLES_PX: Final = 1_000_000
# Total pixels of all frames up to which they may have their own palettes, which take up to 1 s per million.
_MAX_OWN_PX: Final = 24_000_000
_MIN_TILE_PX: Final = 12
_MAX_TILE_PX: Final = 128

# Mean squares: below 46 dB a palette of the frame's own is tried, and used where it is better by 1 dB; a frame whose
# own palette would be larger than its pixels, and that the shared one matches within 50 dB, needs none.
_TRIED_FROM: Final = 1.6
_BETTER_BY: Final = 0.8
_MET_WITHIN: Final = 0.65
# A quarter of the pixels, roughly mapped, are off by up to this factor more.
_ROUGHLY: Final = 1.15
_TABLE_BYTES: Final = 3
_FEW_COLOURS: Final = 31
# Up to this many colours are counted, to see whether few of them have most of the pixels.
_MAX_COUNTED: Final = 2_048


@dataclass(frozen=True)
class Table:
    """A palette, and the index in it of every pixel of a box.

    Args:
        colours: colours of the palette; the index after the last is transparent.
        indexes: image of the indexes, of mode L.
        local: whether it is the frame's own.
        off: mean squared difference per drawn sample, in levels of 255.
    """

    colours: Sequence[Colour]
    indexes: Image.Image
    local: bool
    off: float = 0.0


@dataclass(frozen=True)
class SharedPalette:
    """The palette of all frames.

    Args:
        colours: colours of the palette.
        sample_px: number of pixels that a frame's own palette is computed from; 0 if frames get none of their own.
    """

    colours: Sequence[Colour]
    sample_px: int


def shared_palette(frames: Sequence[Image.Image], on_off: Iterable[Image.Image], *, animated: bool) -> SharedPalette:
    """The palette of all frames: exact if all their colours fit, otherwise computed from samples of each.

    Args:
        frames: the frames.
        on_off: the same frames as RGBA whose alpha is 0 (of black) or 255.
        animated: False for a still, which has no other palette.
    """
    colours = _colours(frames, on_off)
    # Frames' own palettes take most of the time: with many frames each samples fewer pixels, with too many there are
    # none.
    sample_px = min(_SAMPLE_PX, max(_MIN_SAMPLE_PX, _ALL_SAMPLES_PX // len(frames)))
    is_long = len(frames) * frames[0].width * frames[0].height > _MAX_OWN_PX
    return SharedPalette(colours, 0 if is_long or not animated else sample_px)


def _colours(frames: Sequence[Image.Image], on_off: Iterable[Image.Image]) -> list[Colour]:
    most = MAX_COLOURS if len(frames) > 1 else MAX_COLOURS + 1
    union: set[Colour] = set()
    exact = True
    boxes: list[Box] = []
    before = Image.new("RGBA", frames[0].size)
    for frame in on_off:
        changed = palettes.any_difference(before, frame)
        box = changed.getbbox()
        boxes.append(box or (0, 0, 1, 1))
        if box is not None and exact:
            drawn = _drawn(frame, changed).crop(box)
            new = palettes.opaque_colours(drawn, most)
            if new is None or (len(new) > MAX_COLOURS and palettes.hides(drawn)):
                exact = False
            else:
                union |= set(new)
                exact = len(union) <= most
        before = frame
    if exact:
        return sorted(union) or [(0, 0, 0)]
    return palettes.reduced(_sampled(frames, boxes), MAX_COLOURS, _SAMPLE_PX)


def _sampled(frames: Sequence[Image.Image], boxes: Sequence[Box]) -> Image.Image:
    """Samples of the pixels that change in every frame, side by side."""
    side = min(_MAX_TILE_PX, max(_MIN_TILE_PX, round((_SAMPLE_PX / len(frames)) ** 0.5)))
    if len(frames) == 1:
        return frames[0].convert("RGB")
    tiles = []
    for frame, box in zip(frames, boxes, strict=True):
        size = min(side, box[2] - box[0]), min(side, box[3] - box[1])
        tiles.append(frame.convert("RGB").resize(size, Image.Resampling.NEAREST, box))
    strip = Image.new("RGB", (sum(tile.width for tile in tiles), side), tiles[0].getpixel((0, 0)))
    left = 0
    for tile in tiles:
        strip.paste(tile, (left, 0))
        left += tile.width
    return strip


def tables(rgba: Image.Image, paint: Image.Image, palette: SharedPalette) -> list[Table]:
    """The palettes that are possible for a frame; all show the same.

    Args:
        rgba: the box of the frame that is drawn, of mode RGBA.
        paint: mask of mode L, of the box's size: the pixels that must be drawn.
        palette: the palette of all frames.
    """
    shared = palette.colours
    drawn = _drawn(rgba, paint)
    colours = palettes.opaque_colours(drawn, max(MAX_COLOURS, len(shared)))
    if colours == [] or paint.getbbox() is None:
        return [Table(shared, Image.new("L", rgba.size), local=False)]
    rgb = rgba.convert("RGB")
    if colours is None:
        return [_inexact(rgb, drawn, paint, palette)]
    found = []
    if set(colours) <= set(shared):
        found.append(Table(shared, _exactly(rgb, paint, shared), local=False))
    elif paint.histogram()[OPAQUE] < _TABLE_BYTES * len(colours):
        near = _nearest(rgb, paint, shared)
        if near.off < _MET_WITHIN:
            return [near]
    if not found or (len(colours) <= _FEW_COLOURS and 4 * len(colours) < len(shared)):
        found.append(Table(colours, _exactly(rgb, paint, colours), local=True))
    return found


def _inexact(rgb: Image.Image, drawn: Image.Image, paint: Image.Image, palette: SharedPalette) -> Table:
    """The palette for a frame of too many colours: its own, if it may have one and that is better."""
    shared = palette.colours
    if not palette.sample_px:
        return _nearest(rgb, paint, shared)
    plain = drawn.convert("RGB")
    off = _roughly_off(shared, plain, paint)
    if off <= _ROUGHLY * _TRIED_FROM:
        near = _nearest(rgb, paint, shared)
        if near.off <= _TRIED_FROM and not _missed(near, rgb, paint):
            return near
    own = _merged(rgb, drawn, paint)
    if own is None:
        own = _nearest(plain, paint, palettes.reduced(plain, MAX_COLOURS, palette.sample_px), local=True)
    if own.off * _ROUGHLY < _BETTER_BY * off:
        return own
    near = _nearest(rgb, paint, shared)
    if own.off < _BETTER_BY * near.off or 2 * _missed(own, rgb, paint) < _missed(near, rgb, paint):
        return own
    return near


def _roughly_off(colours: Sequence[Colour], rgb: Image.Image, paint: Image.Image) -> float:
    """How far a quarter of the drawn pixels is off in these colours, as a mean square."""
    size = (rgb.width + 1) // 2, (rgb.height + 1) // 2
    quarter = rgb.resize(size, Image.Resampling.NEAREST)
    seen = palettes.coloured(palettes.roughly_nearest(quarter, colours), colours)
    return palettes.mean_square(seen, quarter, paint.resize(size, Image.Resampling.NEAREST))


def _drawn(rgba: Image.Image, paint: Image.Image) -> Image.Image:
    """The drawn pixels; all others are transparent."""
    drawn = Image.new("RGBA", rgba.size)
    drawn.paste(rgba, mask=paint)
    return drawn


def _nearest(rgb: Image.Image, paint: Image.Image, colours: Sequence[Colour], *, local: bool = False) -> Table:
    """The nearest of these colours to each pixel's."""
    near = palettes.nearest(rgb, colours)
    off = palettes.mean_square(palettes.coloured(near, colours), rgb, paint)
    return Table(colours, near, local=local, off=off)


def _exactly(rgb: Image.Image, paint: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    return lookup.indexes(rgb, paint, {colour: index for index, colour in enumerate(colours)})


def _merged(rgb: Image.Image, drawn: Image.Image, paint: Image.Image) -> Table | None:
    """A palette of the most frequent colours; None where few colours do not have most of the pixels."""
    counted = cast("list[tuple[int, tuple[int, int, int, int]]] | None", drawn.getcolors(_MAX_COUNTED))
    if counted is None:
        return None
    found = merged([(count, pixel[:3]) for count, pixel in counted if pixel[3]], MAX_COLOURS)
    if found is None:
        return None
    indexes = lookup.indexes(rgb, paint, found.index_of)
    return Table(found.colours, indexes, local=True, off=found.off)


def _missed(table: Table, rgb: Image.Image, paint: Image.Image) -> int:
    """Number of drawn pixels that get another colour than they should."""
    seen = palettes.coloured(table.indexes, table.colours)
    return ImageChops.darker(palettes.any_difference(seen, rgb, palettes.FAR - 1), paint).histogram()[OPAQUE]
