"""Frames to a GIF: the changes of each, in the shared palette or its own, whichever is accurate and smaller."""

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Final

from PIL import GifImagePlugin, Image, ImageChops

from services.watermark.encoding import palettes
from services.watermark.encoding.gif_palettes import SharedPalette, Table, shared_palette, tables
from services.watermark.encoding.palettes import OPAQUE, Box, Colour
from shared.light_dataclass import dataclass
from shared.messages import Animation

# Alpha in a GIF is on or off: pixels that are at least half opaque are shown.
_SHOWN_FROM: Final = 128
_ON_OFF: Final = [OPAQUE if alpha >= _SHOWN_FROM else 0 for alpha in range(256)]

_MAX_PLAYS: Final = 65_535
_MAX_DURATION_CS: Final = 65_535

# An extension whose text is not in sub-blocks: a reader that skips it by the text's bytes, as if they were lengths,
# comes to the trailer, and from any byte of that to its end. XMP Specification Part 3, 1.1.2.
_XMP_HEAD: Final = b"!\xff\x0bXMP DataXMP"
_XMP_TRAILER: Final = b"\x01" + bytes(range(255, -1, -1)) + b"\0"

# Disposal methods. GIF89a, 23.c.iv
_KEEP: Final = 1
_TO_BACKGROUND: Final = 2
_TO_PREVIOUS: Final = 3

# Repainting unchanged pixels is tried where at least this fraction changes: it makes longer runs.
_REPAINTED_FROM: Final = 0.1
# Where a frame's colours are not exact anyway, pixels that show theirs to within this many levels are not drawn again.
_UNSEEN: Final = 1


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


def gif(
    frames: Sequence[Image.Image], animation: Animation | None, comment: bytes | None, xmp: bytes | None = None
) -> bytes:
    """Encode frames as a GIF.

    Args:
        frames: frames of mode L, RGB or RGBA.
        animation: durations of the frames, and number of plays; None for a still.
        comment: comment to write before the pixels; None for none.
        xmp: XMP packet in UTF-8, without NUL; None for none.
    """
    size = frames[0].size
    shared = shared_palette(frames, map(_on_off, frames), animated=animation is not None)
    parts = [_header(size, shared.colours)]
    # A GIF without the extension plays once, and the extension counts repetitions.
    if animation is not None and animation.plays != 1:
        parts.append(
            b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", min(max(0, animation.plays - 1), _MAX_PLAYS), 0)
        )
    if comment:
        parts.append(b"!\xfe" + b"".join(_sub_blocks(comment)) + b"\0")
    if xmp:
        parts.append(_XMP_HEAD + xmp + _XMP_TRAILER)
    durations_cs: Iterator[int | None]
    durations_cs = iter(_centiseconds(animation.durations_ms)) if animation is not None else repeat(None)
    nothing = Image.new("RGBA", size)
    canvas, changed = _Canvas(nothing, nothing), None
    for index, (frame, following) in enumerate(_with_following(frames)):
        drawing, target, changed = _planned(canvas.target, frame, following, changed, first=index == 0)
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


def _planned(
    target: Image.Image,
    frame: Image.Image,
    following: Image.Image | None,
    changed: Image.Image | None,
    *,
    first: bool,
) -> tuple[_Drawing, Image.Image, Image.Image | None]:
    """Plan a frame, so that least remains to draw next.

    Args:
        target: the canvas before it.
        frame: the canvas with it.
        following: the canvas with the next frame; None after the last.
        changed: mask of what differs between the first two; None if it is not known.
        first: whether it is the first frame.

    Returns:
        What is drawn and its disposal, the canvas afterwards, and the mask of what the next frame changes in it.
    """
    if changed is None:
        changed = palettes.any_difference(target, frame)
    # Uncovered pixels are transparent in browsers and have the background colour elsewhere: the first frame covers all.
    box = (0, 0, *frame.size) if first else changed.getbbox() or (0, 0, 1, 1)
    if following is None:
        return _Drawing(box, changed.crop(box), _KEEP), frame, None
    choices: list[tuple[int, int, Image.Image, Box, Image.Image]] = []

    def may(disposal: int, then: Image.Image, cleared: Box) -> None:
        remaining = palettes.any_difference(then, following)
        choices.append((remaining.histogram()[OPAQUE], disposal, then, cleared, remaining))

    gone = _disappearing(frame, following)
    if gone is None:
        may(_KEEP, frame, box)
    if not first and _disappearing(target, following) is None:
        may(_TO_PREVIOUS, target, box)
    if gone is not None:
        cleared = frame.copy()
        around = _around(box, gone)
        cleared.paste((0, 0, 0, 0), around)
        may(_TO_BACKGROUND, cleared, around)
    _, disposal, then, box, remaining = min(choices, key=lambda choice: choice[0])
    return _Drawing(box, changed.crop(box), disposal), then, remaining


def _disappearing(image: Image.Image, following: Image.Image) -> Box | None:
    """The box in which visible pixels become transparent."""
    return ImageChops.subtract(image.getchannel("A"), following.getchannel("A")).getbbox()


def _around(box: Box, other: Box) -> Box:
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _drawn(
    frame: Image.Image, shown: Image.Image, drawing: _Drawing, shared: SharedPalette, duration_cs: int | None
) -> tuple[bytes, Image.Image]:
    """The encoded frame, and what is shown after it."""
    rgba = frame.crop(drawing.box)
    before = shown.crop(drawing.box)
    paint = ImageChops.darker(drawing.paint, rgba.getchannel("A"))
    written: list[tuple[bytes, Image.Image, Image.Image]] = []
    for table in tables(rgba, paint, shared):
        seen = palettes.coloured(table.indexes, table.colours, "RGBA")
        same = ImageChops.invert(palettes.any_difference(seen, before))
        needed = ImageChops.subtract(paint, same)
        if table.off:
            needed = ImageChops.darker(needed, palettes.any_difference(rgba, before, _UNSEEN))
        masks = [needed]
        if needed.histogram()[OPAQUE] > _REPAINTED_FROM * rgba.width * rgba.height:
            masks.append(ImageChops.lighter(paint, same))
        mask = min(masks, key=lambda mask: _sample_bytes(table, mask)) if len(masks) > 1 else needed
        written.append((_image(table, mask, drawing, duration_cs), seen, mask))
    data, seen, mask = min(written, key=lambda each: len(each[0]))
    after = shown.copy()
    after.paste(seen, drawing.box, mask)
    return data, after


def _sample_bytes(table: Table, mask: Image.Image) -> int:
    """How many bytes every fourth row takes where pixels outside the mask are transparent."""
    size = mask.width, (mask.height + 3) // 4
    rows = Image.new("L", size, len(table.colours))
    rows.paste(table.indexes.resize(size, Image.Resampling.NEAREST), mask=mask.resize(size, Image.Resampling.NEAREST))
    return len(_compressed(rows, _bits(table.colours)))


def _image(table: Table, mask: Image.Image, drawing: _Drawing, duration_cs: int | None) -> bytes:
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
