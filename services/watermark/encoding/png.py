"""Frames to a PNG or an APNG: with a palette or few bits of grey where those hold all colours. No AWS."""

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from PIL import Image, ImageChops

from services.watermark.encoding import palettes
from services.watermark.encoding.palettes import OPAQUE, Box
from services.watermark.encoding.png_chunks import Chunk, chunks, png_of
from services.watermark.encoding.png_pixels import (
    MEDIUM,
    QUICK,
    SMALL,
    Filter,
    best_filter,
    compressed,
    likely_filter,
    packed,
)
from shared.light_dataclass import dataclass
from shared.messages import Animation

RGBA = tuple[int, int, int, int]

_GREY, _PALETTE = 0, 3
# https://www.w3.org/TR/png-3/#3colourType
_COLOUR_TYPES: Final = {"L": _GREY, "RGB": 2, "RGBA": 6}
_MAX_COLOURS: Final = 256
_NOTHING: Final[RGBA] = (0, 0, 0, 0)

# A picture of fewer bytes than this part of its samples is flat: it is worth more effort, and compressed fast anyway.
_FLAT: Final = 0.25
# At full effort deflate takes seconds for what is large and not flat.
_MAX_SLOW_BYTES: Final = 6_000_000
# What is larger is compressed row by row, not at once: copies of it would be a function's memory.
_MAX_AT_ONCE_BYTES: Final = 48_000_000
_LARGE_LEVEL: Final = 3
# Palette indexes are written unfiltered, or filtered where that is smaller, as for photographs with a sorted palette:
# 6 % of the bytes of 168 real pictures, for a third more time. The order of the palette changed 0.2 %.
_MAX_PACKED_COLOURS: Final = 16
_MIN_FILTERED: Final = 0.1
_QUICK_FOR: Final = 1.05

# A delay is a fraction of two 16-bit numbers, and a frame replaces the canvas or is drawn over it.
# https://www.w3.org/TR/png-3/#fcTL-chunk
_MAX_DELAY: Final = 65_535
_REPLACE: Final = 0
_OVER: Final = 1

Metadata = Mapping[str, Any]


@dataclass(frozen=True)
class _Kind:
    """How pixels are encoded.

    Args:
        can_skip: whether it has a fully transparent pixel, in place of one that does not change.
        head: returns the chunks from IHDR up to the pixels, for a size.
        pixels: encodes an image of mode RGBA as the body of IDAT.
    """

    can_skip: bool
    head: Callable[[tuple[int, int]], list[Chunk]]
    pixels: Callable[[Image.Image], bytes]


def png(frames: Sequence[Image.Image], animation: Animation | None, metadata: Metadata) -> bytes:
    """Encode frames as a PNG or an APNG, without loss.

    Args:
        frames: frames of mode L, RGB or RGBA.
        animation: durations of the frames, and number of plays; None for a still.
        metadata: Pillow's options for the metadata.
    """
    if animation is None:
        return _still(frames[0], metadata)
    images = [_seen(frame) for frame in frames]
    table = _table(images)
    if table is not None:
        return _animated(images, animation, _indexed(table, metadata))
    kinds = [_full("RGBA", images[0], metadata)]
    if not any(map(palettes.hides, images)):
        kinds.append(_full("RGB", images[0], metadata))
    return min((_animated(images, animation, kind) for kind in kinds), key=len)


def png_original(data: bytes, metadata: Metadata) -> bytes:
    """Copy a PNG and add the chunks of its metadata.

    Args:
        data: the file: IHDR, chunks of colours, one IDAT, IEND.
        metadata: Pillow's options for the metadata.
    """
    if not metadata:
        return data
    *head, pixels, _ = chunks(data)
    return png_of([*head, *_metadata_chunks(metadata), pixels])


def _still(image: Image.Image, metadata: Metadata) -> bytes:
    if image.mode == "L":
        return _grey(image, metadata)
    seen = image if image.mode == "RGB" else _seen(image)
    if seen.getcolors(_MAX_COLOURS) is None:
        return _saved_well(image, metadata)
    seen = _seen(seen)
    table = _table([seen]) or []
    if all(red == green == blue and alpha == OPAQUE for red, green, blue, alpha in table):
        return _grey(seen.getchannel("R"), metadata)
    kind = _indexed(table, metadata)
    written = kind.pixels(seen)
    if len(table) > _MAX_PACKED_COLOURS and len(written) > _MIN_FILTERED * image.width * image.height:
        written = min(written, _filtered(_indexes(seen, table), len(written)), key=len)
    return png_of([*kind.head(image.size), (b"IDAT", written)])


def _filtered(indexes: Image.Image, unfiltered_bytes: int) -> bytes:
    """Numbers of 8 bits as the body of IDAT, filtered, at full effort only where that may be smaller."""
    quick = compressed(indexes, Filter.ADAPTIVE, QUICK)
    if len(quick) > _QUICK_FOR * unfiltered_bytes:
        return quick
    return compressed(indexes, Filter.ADAPTIVE, _effort(indexes))


def _grey(image: Image.Image, metadata: Metadata) -> bytes:
    """A grey picture in as few bits as its levels need: 1, 2, 4 or 8."""
    levels = [level for level, count in enumerate(image.histogram()) if count]
    for bits in (1, 2, 4):
        step = OPAQUE // ((1 << bits) - 1)
        if all(level % step == 0 for level in levels):
            indexes = image.point([level // step for level in range(256)])
            head = [_ihdr(image.size, bits, _GREY), *_metadata_chunks(metadata)]
            return png_of([*head, (b"IDAT", packed(indexes, bits, _effort(indexes)))])
    return _saved_well(image, metadata)


def _saved_well(image: Image.Image, metadata: Metadata) -> bytes:
    """A picture of 8 bits a sample; at full effort where it is flat."""
    samples = image.width * image.height * len(image.getbands())
    if samples > _MAX_AT_ONCE_BYTES:
        return _saved(image, _LARGE_LEVEL, metadata)
    pixels = compressed(image, likely_filter(image), QUICK)
    if samples <= _MAX_SLOW_BYTES and len(pixels) < _FLAT * samples:
        pixels = min(pixels, compressed(image, best_filter(image, MEDIUM), _effort(image)), key=len)
    return png_of([*_head(image.mode, image.size, metadata), (b"IDAT", pixels)])


def _effort(image: Image.Image) -> int:
    """The level of deflate for a flat picture."""
    return SMALL if image.width * image.height <= _MAX_SLOW_BYTES else MEDIUM


def _seen(image: Image.Image) -> Image.Image:
    """The image as RGBA in which fully transparent pixels have no colour."""
    if image.mode != "RGBA":
        return image.convert("RGBA")
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] != 0:
        return image
    seen = Image.new("RGBA", image.size)
    seen.paste(image, mask=alpha.point([0] + [OPAQUE] * 255))
    # All frames of an animation are in memory: a frame that needs no change is not copied.
    return image if palettes.any_difference(image, seen).getbbox() is None else seen


def _table(images: Sequence[Image.Image]) -> list[RGBA] | None:
    """All colours of all images, translucent ones first; None where they do not fit a palette."""
    union: set[RGBA] = set()
    for image in images:
        found = image.getcolors(_MAX_COLOURS)
        if found is None:
            return None
        union |= {cast("RGBA", pixel) for _, pixel in found}
        if len(union) > _MAX_COLOURS:
            return None
    if len(images) > 1 and len(union) < _MAX_COLOURS:
        union.add(_NOTHING)  # for unchanged pixels
    return sorted(union, key=lambda colour: (colour[3], colour))


def _indexed(table: Sequence[RGBA], metadata: Metadata) -> _Kind:
    """Encoding with a palette, of 1, 2, 4 or 8 bits."""
    bits = next(bits for bits in (1, 2, 4, 8) if len(table) <= 1 << bits)
    alphas = bytes(alpha for *_, alpha in table if alpha != OPAQUE)

    def head(size: tuple[int, int]) -> list[Chunk]:
        chunks = [_ihdr(size, bits, _PALETTE), (b"PLTE", bytes(level for colour in table for level in colour[:3]))]
        return [*chunks, *([(b"tRNS", alphas)] if alphas else []), *_metadata_chunks(metadata)]

    return _Kind(_NOTHING in table, head, lambda image: packed(_indexes(image, table), bits, _effort(image)))


def _indexes(image: Image.Image, table: Sequence[RGBA]) -> Image.Image:
    """The index of each pixel's colour and alpha, as an image of mode L."""
    colours = list(dict.fromkeys(colour[:3] for colour in table))
    by_colour = palettes.indexed(image.convert("RGB"), colours)
    index_of = {colour: number for number, colour in enumerate(colours)}
    codes = [(index_of[colour[:3]], colour[3], 0) for colour in table]
    # The index of the colour and the alpha are treated as a colour again.
    return palettes.indexed(Image.merge("RGB", (by_colour, image.getchannel("A"), Image.new("L", image.size))), codes)


def _full(mode: str, first: Image.Image, metadata: Metadata) -> _Kind:
    """Pictures of 8 bits a sample, with the filter that is best for the first."""
    by = best_filter(first.convert(mode), MEDIUM)

    def pixels(image: Image.Image) -> bytes:
        return compressed(image if image.mode == mode else image.convert(mode), by, MEDIUM)

    return _Kind(mode == "RGBA", lambda size: _head(mode, size, metadata), pixels)


def _head(mode: str, size: tuple[int, int], metadata: Metadata) -> list[Chunk]:
    """The chunks before the pixels, of 8 bits a sample."""
    return [_ihdr(size, 8, _COLOUR_TYPES[mode]), *_metadata_chunks(metadata)]


def _animated(images: Sequence[Image.Image], animation: Animation, kind: _Kind) -> bytes:
    """An APNG whose frames are the changes, which replace the canvas or are drawn over unchanged pixels."""
    chunks = [*kind.head(images[0].size), (b"acTL", struct.pack(">II", len(images), animation.plays))]
    sequence = 0
    before: Image.Image | None = None
    for image, duration_ms in zip(images, animation.durations_ms, strict=True):
        box, blend, pixels = _drawn(before, image, kind)
        left, top, right, bottom = box
        place = right - left, bottom - top, left, top
        control = struct.pack(">5I2H2B", sequence, *place, *_fraction(duration_ms), 0, blend)
        chunks.append((b"fcTL", control))
        sequence += 1
        if before is None:
            chunks.append((b"IDAT", pixels))
        else:
            chunks.append((b"fdAT", struct.pack(">I", sequence) + pixels))
            sequence += 1
        before = image
    return png_of(chunks)


def _drawn(before: Image.Image | None, image: Image.Image, kind: _Kind) -> tuple[Box, int, bytes]:
    """Where a frame is drawn, how, and its pixels; at least one pixel, since no frame may be empty."""
    if before is None:
        return (0, 0, *image.size), _REPLACE, kind.pixels(image)
    changed = palettes.any_difference(before, image)
    box = changed.getbbox() or (0, 0, 1, 1)
    cut, paint = image.crop(box), changed.crop(box)
    replacing = kind.pixels(cut)
    covers = ImageChops.subtract(paint, cut.getchannel("A")).getbbox() is None
    if kind.can_skip and covers and paint.getextrema() != (OPAQUE, OPAQUE):
        over = Image.new("RGBA", cut.size)
        over.paste(cut, mask=paint)
        drawn = kind.pixels(over)
        if len(drawn) < len(replacing):
            return box, _OVER, drawn
    return box, _REPLACE, replacing


def _fraction(duration_ms: int) -> tuple[int, int]:
    """(delay, parts of a second), as in an APNG."""
    for parts in (1000, 100, 10, 1):
        delay = round(duration_ms * parts / 1000)
        if delay <= _MAX_DELAY:
            return delay, parts
    return _MAX_DELAY, 1


def _ihdr(size: tuple[int, int], bits: int, colour_type: int) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0)


def _metadata_chunks(metadata: Metadata) -> list[Chunk]:
    """The chunks of the metadata, as Pillow writes them."""
    if not metadata:
        return []
    written = chunks(_saved(Image.new("L", (1, 1)), _LARGE_LEVEL, metadata))
    return [(kind, body) for kind, body in written if kind not in {b"IHDR", b"IDAT", b"IEND"}]


def _saved(image: Image.Image, level: int, metadata: Metadata) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level, **metadata)
    return buffer.getvalue()
