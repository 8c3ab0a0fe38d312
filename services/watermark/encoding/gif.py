"""Frames to a GIF: the changes of each, in the shared palette or its own, whichever is accurate and smaller."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops

from services.watermark.encoding import palettes
from services.watermark.encoding.palettes import OPAQUE, Box, Colour
from shared.messages import Animation

# Alpha in a GIF is on or off: pixels that are at least half opaque are shown.
_SHOWN_FROM: Final = 128
_ON_OFF: Final = [OPAQUE if alpha >= _SHOWN_FROM else 0 for alpha in range(256)]

# One index of a palette means "nothing is drawn here".
_MAX_COLOURS: Final = 255
_MAX_PLAYS: Final = 65_535
_MAX_DURATION_CS: Final = 65_535

# Disposal methods. GIF89a, 23.c.iv
_KEEP: Final = 1
_TO_BACKGROUND: Final = 2
_TO_PREVIOUS: Final = 3

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
_TABLE_BYTES: Final = 3
# Repainting unchanged pixels is tried where at least this fraction changes: it makes longer runs.
_REPAINTED_FROM: Final = 0.1
_FEW_COLOURS: Final = 31


@dataclass(frozen=True)
class _Canvas:
    """What a viewer has when a frame begins.

    Args:
        target: RGBA, the exact colours that it should show.
        shown: RGBA, the colours of the palettes that it actually shows.
    """

    target: Image.Image
    shown: Image.Image


@dataclass(frozen=True)
class _Drawing:
    """The part of a frame that is drawn.

    Args:
        box: where it is drawn.
        paint: mask of mode L, of the box's size: the pixels that must be drawn.
        disposal: what happens to it when its time is over.
    """

    box: Box
    paint: Image.Image
    disposal: int


@dataclass(frozen=True)
class _Table:
    """A palette, and the index in it of every pixel of a box.

    Args:
        colours: colours of the palette; the index after the last is transparent.
        indexes: image of the indexes, of mode L.
        local: whether it is the frame's own.
    """

    colours: Sequence[Colour]
    indexes: Image.Image
    local: bool


@dataclass(frozen=True)
class _Shared:
    """The palette of all frames.

    Args:
        colours: colours of the palette.
        sample_px: number of pixels that a frame's own palette is computed from; 0 if frames get none of their own.
    """

    colours: Sequence[Colour]
    sample_px: int


def gif(frames: Sequence[Image.Image], animation: Animation | None, comment: bytes | None) -> bytes:
    """Encode frames as a GIF.

    Args:
        frames: frames of mode L, RGB or RGBA.
        animation: durations of the frames, and number of plays; None for a still.
        comment: comment to write before the pixels; None for none.
    """
    colours = _shared(frames)
    size = frames[0].size
    parts = [_header(size, colours)]
    # A GIF without the extension plays once, and the extension counts repetitions.
    if animation is not None and animation.plays != 1:
        parts.append(
            b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", min(max(0, animation.plays - 1), _MAX_PLAYS), 0)
        )
    if comment:
        parts.append(b"!\xfe" + b"".join(_sub_blocks(comment)) + b"\0")
    durations_cs: Iterator[int | None]
    durations_cs = iter(_centiseconds(animation.durations_ms)) if animation is not None else repeat(None)
    # Frames' own palettes take most of the time: with many frames each samples fewer pixels, with too many there are
    # none.
    sample_px = min(_SAMPLE_PX, max(_MIN_SAMPLE_PX, _ALL_SAMPLES_PX // len(frames)))
    is_long = len(frames) * size[0] * size[1] > _MAX_OWN_PX
    shared = _Shared(colours, 0 if animation is None or is_long else sample_px)
    nothing = Image.new("RGBA", size)
    canvas = _Canvas(nothing, nothing)
    for index, (frame, following) in enumerate(_with_following(frames)):
        drawing, target = _planned(canvas.target, frame, following, first=index == 0)
        data, shown = _drawn(frame, canvas.shown, drawing, shared, next(durations_cs))
        parts.append(data)
        if drawing.disposal == _TO_PREVIOUS:
            shown = canvas.shown
        elif drawing.disposal == _TO_BACKGROUND:
            shown.paste((0, 0, 0, 0), drawing.box)
        canvas = _Canvas(target, shown)
    return b"".join([*parts, b";"])


def _with_following(frames: Sequence[Image.Image]) -> Iterator[tuple[Image.Image, Image.Image | None]]:
    before = _on_off(frames[0])
    for frame in map(_on_off, frames[1:]):
        yield before, frame
        before = frame
    yield before, None


def _on_off(frame: Image.Image) -> Image.Image:
    """The frame as RGBA whose alpha is 0 (of black) or 255."""
    if frame.mode != "RGBA":
        return frame.convert("RGBA")
    if not palettes.hides(frame):
        return frame
    image = Image.new("RGBA", frame.size)
    image.paste(frame.convert("RGB"), mask=frame.getchannel("A").point(_ON_OFF))
    return image


def _shared(frames: Sequence[Image.Image]) -> list[Colour]:
    """The palette of all frames: exact if all their colours fit, otherwise computed from samples of each."""
    most = _MAX_COLOURS if len(frames) > 1 else _MAX_COLOURS + 1
    union: set[Colour] = set()
    exact = True
    boxes: list[Box] = []
    before = Image.new("RGBA", frames[0].size)
    for frame in map(_on_off, frames):
        changed = palettes.any_difference(before, frame)
        box = changed.getbbox()
        boxes.append(box or (0, 0, 1, 1))
        if box is not None and exact:
            drawn = Image.new("RGBA", frame.size)
            drawn.paste(frame, mask=changed)
            new = palettes.opaque_colours(drawn.crop(box), most)
            if new is None or (len(new) > _MAX_COLOURS and palettes.hides(drawn)):
                exact = False
            elif len(union | set(new)) <= most:
                union |= set(new)
        before = frame
    return (
        sorted(union) or [(0, 0, 0)]
        if exact
        else palettes.reduced(_sampled(frames, boxes), _MAX_COLOURS, _SAMPLE_PX)[0]
    )


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


def _planned(
    target: Image.Image, frame: Image.Image, following: Image.Image | None, *, first: bool
) -> tuple[_Drawing, Image.Image]:
    """Plan a frame: what is drawn, its disposal and the canvas afterwards, so that least remains to draw next."""
    changed = palettes.any_difference(target, frame)
    # Uncovered pixels are transparent in browsers and have the background colour elsewhere: the first frame covers all.
    box = (0, 0, *frame.size) if first else changed.getbbox() or (0, 0, 1, 1)
    disposal, then = _KEEP, frame
    if following is not None:
        choices: list[tuple[int, int, Image.Image, Box]] = []
        gone = _disappearing(frame, following)
        if gone is None:
            choices.append((_count(frame, following), _KEEP, frame, box))
        if not first and _disappearing(target, following) is None:
            choices.append((_count(target, following), _TO_PREVIOUS, target, box))
        if gone is not None:
            cleared = frame.copy()
            around = _around(box, gone)
            cleared.paste((0, 0, 0, 0), around)
            choices.append((_count(cleared, following), _TO_BACKGROUND, cleared, around))
        _, disposal, then, box = min(choices, key=lambda choice: choice[0])
    return _Drawing(box, changed.crop(box), disposal), then


def _disappearing(image: Image.Image, following: Image.Image) -> Box | None:
    """The box in which visible pixels become transparent."""
    return ImageChops.subtract(image.getchannel("A"), following.getchannel("A")).getbbox()


def _count(one: Image.Image, other: Image.Image) -> int:
    """Number of pixels that differ."""
    return palettes.any_difference(one, other).histogram()[255]


def _around(box: Box, other: Box) -> Box:
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _drawn(
    frame: Image.Image, shown: Image.Image, drawing: _Drawing, shared: _Shared, duration_cs: int | None
) -> tuple[bytes, Image.Image]:
    """The encoded frame, and what is shown after it."""
    rgba = frame.crop(drawing.box)
    before = shown.crop(drawing.box)
    paint = ImageChops.darker(drawing.paint, rgba.getchannel("A"))
    written: list[bytes] = []
    after = shown
    for table in _tables(rgba, paint, shared):
        seen = palettes.coloured(table.indexes, table.colours).convert("RGBA")
        same = ImageChops.invert(palettes.any_difference(seen, before))
        if not written:
            after = shown.copy()
            after.paste(seen, drawing.box, paint)
        needed = ImageChops.subtract(paint, same)
        masks = [needed]
        if needed.histogram()[255] > _REPAINTED_FROM * rgba.width * rgba.height:
            masks.append(ImageChops.lighter(paint, same))
        written += [_image(table, mask, drawing, duration_cs) for mask in masks]
    return min(written, key=len), after


def _tables(rgba: Image.Image, paint: Image.Image, palette: _Shared) -> list[_Table]:
    """The palettes that are possible for a frame; all show the same. A still does not share its palette."""
    shared = palette.colours
    drawn = Image.new("RGBA", rgba.size)
    drawn.paste(rgba, mask=paint)
    rgb = rgba.convert("RGB")
    colours = palettes.opaque_colours(drawn, max(_MAX_COLOURS, len(shared)))
    if colours == [] or paint.getbbox() is None:
        return [_Table(shared, Image.new("L", rgba.size), local=False)]
    if colours is not None:
        tables = []
        if set(colours) <= set(shared):
            tables.append(_Table(shared, palettes.indexed(rgb, shared), local=False))
        elif paint.histogram()[255] < _TABLE_BYTES * len(colours):
            near = palettes.nearest(rgb, shared)
            if palettes.mean_square(palettes.coloured(near, shared), rgb, paint) < _MET_WITHIN:
                return [_Table(shared, near, local=False)]
        if not tables or (len(colours) <= _FEW_COLOURS and 4 * len(colours) < len(shared)):
            tables.append(_Table(colours, palettes.indexed(rgb, colours), local=True))
        return tables
    near = palettes.nearest(rgb, shared)
    seen = palettes.coloured(near, shared)
    off, missed = palettes.mean_square(seen, rgb, paint), _missed(seen, rgb, paint)
    if (off > _TRIED_FROM or missed) and palette.sample_px:
        own, nearer = palettes.reduced(drawn.convert("RGB"), _MAX_COLOURS, palette.sample_px)
        seen = palettes.coloured(nearer, own)
        if palettes.mean_square(seen, rgb, paint) < _BETTER_BY * off or 2 * _missed(seen, rgb, paint) < missed:
            return [_Table(own, nearer, local=True)]
    return [_Table(shared, near, local=False)]


def _missed(seen: Image.Image, rgb: Image.Image, paint: Image.Image) -> int:
    """Number of drawn pixels that get another colour than they should."""
    return ImageChops.darker(palettes.far_off(seen, rgb), paint).histogram()[255]


def _image(table: _Table, mask: Image.Image, drawing: _Drawing, duration_cs: int | None) -> bytes:
    """The control extension, the descriptor and the pixels of an image; pixels outside the mask are transparent."""
    clear = len(table.colours)
    bits = _bits(table.colours)
    hides = mask.getextrema() != (OPAQUE, OPAQUE)
    indexes = table.indexes
    if hides:
        indexes = Image.new("L", mask.size, clear)
        indexes.paste(table.indexes, mask=mask)
    control = b""
    if hides or duration_cs is not None:
        # Some readers clear to the background colour, not to transparent, where an image has no transparent index.
        # Only a still without transparent pixels uses all 256 colours.
        flags = drawing.disposal << 2 | 1
        control = struct.pack("<4sHBB", b"!\xf9\x04" + bytes([flags]), duration_cs or 0, clear, 0)
    left, top, right, bottom = drawing.box
    palette_flags = 0x80 | bits - 1 if table.local else 0
    descriptor = struct.pack("<s4HB", b",", left, top, right - left, bottom - top, palette_flags)
    return control + descriptor + (_palette(table.colours, bits) if table.local else b"") + _compressed(indexes, bits)


def _compressed(indexes: Image.Image, bits: int) -> bytes:
    """LZW with the shortest initial codes that the palette allows; Pillow's own writer always takes 9 bits."""
    code_bits = max(2, bits)
    indexes.encoderconfig = (code_bits, False)  # the arguments of Pillow's encoder
    _, _, *blocks = GifImagePlugin.getdata(indexes)
    return b"".join([bytes([code_bits]), *blocks])


def _header(size: tuple[int, int], shared: Sequence[Colour]) -> bytes:
    bits = _bits(shared)
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x80 | 0x70 | bits - 1, 0, 0) + _palette(shared, bits)


def _bits(colours: Sequence[Colour]) -> int:
    """Bits of an index, including the transparent one."""
    return min(8, len(colours).bit_length())


def _palette(colours: Sequence[Colour], bits: int) -> bytes:
    return bytes(level for colour in colours for level in colour).ljust(3 << bits, b"\0")


def _sub_blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 255):
        block = data[start : start + 255]
        yield bytes([len(block)]) + block


def _centiseconds(durations_ms: Sequence[int]) -> Iterator[int]:
    """Durations in a GIF's unit, rounded so that their total is kept."""
    ends = [round(end / 10) for end in accumulate(durations_ms, initial=0)]
    return (min(end - start, _MAX_DURATION_CS) for start, end in pairwise(ends))
