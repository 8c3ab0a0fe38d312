"""Frames to a PNG or an APNG: in a palette or few bits of grey where that holds all colours. No AWS."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from PIL import Image, ImageChops

from services.watermark.encoding import palettes
from services.watermark.encoding.palettes import OPAQUE, Box
from shared.messages import Animation

RGBA = tuple[int, int, int, int]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY, _PALETTE = 0, 3
_MAX_COLOURS: Final = 256
_NOTHING: Final[RGBA] = (0, 0, 0, 0)

# By measurement on 1024 px PNG gains little past level 3, but for what is flat, and that is written fast at any level.
_LEVEL: Final = 3
_FLAT_LEVEL: Final = 9
_MOVING_LEVEL: Final = 6
# A picture of fewer bytes than this part of its samples is flat.
_FLAT: Final = 0.25
# Deflate at level 9 takes seconds for what is large and not flat.
_MAX_SLOW_BYTES: Final = 6_000_000
# Numbers of a palette are written unfiltered, and filtered where that is smaller, as of photographs whose palette is in
# order: 6 % of the bytes of 168 real pictures, for a third more time. The order of the palette changed 0.2 %.
_MAX_PACKED_COLOURS: Final = 16
_MIN_FILTERED: Final = 0.1
_QUICK_FOR: Final = 1.05
# https://www.w3.org/TR/png-3/#9Filter-types
_NO_FILTER: Final = 0
_LEFT_FILTER: Final = 1

# A delay is a fraction of two 16-bit numbers, and a frame replaces what is there or is drawn over it.
# https://www.w3.org/TR/png-3/#fcTL-chunk
_MAX_DELAY: Final = 65_535
_REPLACE: Final = 0
_OVER: Final = 1

Chunk = tuple[bytes, bytes]
Said = Mapping[str, Any]


@dataclass(frozen=True)
class _Kind:
    """How pixels are written.

    Args:
        mode: of the images that `pixels` takes.
        head: chunks from IHDR to what comes before the pixels, for a size.
        pixels: an image of that mode as the body of IDAT.
    """

    mode: str
    head: Callable[[tuple[int, int]], list[Chunk]]
    pixels: Callable[[Image.Image], bytes]


def png(frames: Sequence[Image.Image], animation: Animation | None, said: Said) -> bytes:
    """Frames as a PNG or an APNG, without loss.

    Args:
        frames: frames of mode L, RGB or RGBA.
        animation: how long each is shown, and how often all; None for a still.
        said: what Pillow writes along with the pixels.
    """
    if animation is None:
        return _still(frames[0], said)
    images = [_seen(frame) for frame in frames]
    table = _table(images)
    if table is not None:
        return _animated(images, animation, _indexed(table, said))
    kinds = [_full("RGBA", images[0], said)]
    if not any(map(palettes.hides, images)):
        kinds.append(_full("RGB", images[0], said))
    return min((_animated(images, animation, kind) for kind in kinds), key=len)


def png_original(data: bytes, said: Said) -> bytes:
    """A PNG as it is, with the given chunks besides its pixels.

    Args:
        data: the file: IHDR, chunks of colours, one IDAT, IEND.
        said: what Pillow writes along with the pixels.
    """
    if not said:
        return data
    *head, pixels, _ = _chunks(data)
    return _file([*head, *_beside(said), pixels])


def _still(image: Image.Image, said: Said) -> bytes:
    if image.mode == "L":
        return _grey(image, said)
    seen = image if image.mode == "RGB" else _seen(image)
    if seen.getcolors(_MAX_COLOURS) is None:
        return _saved_well(image, said)
    seen = _seen(seen)
    table = _table([seen]) or []
    if all(red == green == blue and alpha == OPAQUE for red, green, blue, alpha in table):
        return _grey(seen.getchannel("R"), said)
    kind = _indexed(table, said)
    written = kind.pixels(seen)
    if len(table) > _MAX_PACKED_COLOURS and len(written) > _MIN_FILTERED * image.width * image.height:
        written = min(written, _filtered(_numbers(seen, table), len(written)), key=len)
    return _file([*kind.head(image.size), (b"IDAT", written)])


def _filtered(numbers: Image.Image, unfiltered_bytes: int) -> bytes:
    """Numbers of 8 bits as the body of IDAT, filtered as Pillow does, at full effort only where that may be smaller."""
    quick = _of_pillow(numbers, _LEVEL)
    if len(quick) > _QUICK_FOR * unfiltered_bytes:
        return quick
    return _of_pillow(numbers, _FLAT_LEVEL if numbers.width * numbers.height <= _MAX_SLOW_BYTES else _MOVING_LEVEL)


def _grey(image: Image.Image, said: Said) -> bytes:
    """A grey picture in as few bits as its levels need: 1, 2, 4 or 8."""
    levels = [level for level, count in enumerate(image.histogram()) if count]
    for bits in (1, 2, 4):
        step = OPAQUE // ((1 << bits) - 1)
        if all(level % step == 0 for level in levels):
            numbers = image.point([level // step for level in range(256)])
            head = [_ihdr(image.size, bits, _GREY), *_beside(said)]
            return _file([*head, (b"IDAT", _deflated(numbers, bits))])
    return _saved_well(image, said)


def _saved_well(image: Image.Image, said: Said) -> bytes:
    written = _saved(image, _LEVEL, said)
    samples = image.width * image.height * len(image.getbands())
    if samples <= _MAX_SLOW_BYTES and len(written) < _FLAT * samples:
        kind = _full(image.mode, image, said)
        written = min(written, _file([*kind.head(image.size), (b"IDAT", kind.pixels(image))]), key=len)
    return written


def _seen(image: Image.Image) -> Image.Image:
    """As RGBA in which what is not seen is nothing, and not a colour."""
    if image.mode != "RGBA":
        return image.convert("RGBA")
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] != 0:
        return image
    seen = Image.new("RGBA", image.size)
    seen.paste(image, mask=alpha.point([0] + [OPAQUE] * 255))
    # All frames of an animation are held: what is as it should be is not held twice.
    return image if palettes.any_difference(image, seen).getbbox() is None else seen


def _table(images: Sequence[Image.Image]) -> list[RGBA] | None:
    """All colours of all images, those that are see-through first; None where a palette has no room for them."""
    union: set[RGBA] = set()
    for image in images:
        found = image.getcolors(_MAX_COLOURS)
        if found is None:
            return None
        union |= {cast("RGBA", pixel) for _, pixel in found}
        if len(union) > _MAX_COLOURS:
            return None
    if len(images) > 1 and len(union) < _MAX_COLOURS:
        union.add(_NOTHING)  # for what stands still
    return sorted(union, key=lambda colour: (colour[3], colour))


def _indexed(table: Sequence[RGBA], said: Said) -> _Kind:
    """A picture in a palette, of 1, 2, 4 or 8 bits."""
    bits = next(bits for bits in (1, 2, 4, 8) if len(table) <= 1 << bits)
    alphas = bytes(alpha for *_, alpha in table if alpha != OPAQUE)

    def head(size: tuple[int, int]) -> list[Chunk]:
        chunks = [_ihdr(size, bits, _PALETTE), (b"PLTE", bytes(level for colour in table for level in colour[:3]))]
        return [*chunks, *([(b"tRNS", alphas)] if alphas else []), *_beside(said)]

    return _Kind("RGBA", head, lambda image: _deflated(_numbers(image, table), bits))


def _numbers(image: Image.Image, table: Sequence[RGBA]) -> Image.Image:
    """The number of each pixel's colour and alpha, as an image of mode L."""
    colours = list(dict.fromkeys(colour[:3] for colour in table))
    by_colour = palettes.indexed(image.convert("RGB"), colours)
    number_of = {colour: number for number, colour in enumerate(colours)}
    codes = [(number_of[colour[:3]], colour[3], 0) for colour in table]
    # The number of the colour and the alpha are a colour again.
    return palettes.indexed(Image.merge("RGB", (by_colour, image.getchannel("A"), Image.new("L", image.size))), codes)


def _full(mode: str, first: Image.Image, said: Said) -> _Kind:
    """A picture of 8 bits a sample, with the filter that is best for the first.

    Pillow chooses one for each row by a rule of thumb; what is drawn or glows often is a third smaller with none.
    """
    written = list(_chunks(_saved(first.crop((0, 0, 1, 1)).convert(mode), _LEVEL, said)))

    def head(size: tuple[int, int]) -> list[Chunk]:
        others = [(kind, body) for kind, body in written if kind not in {b"IHDR", b"IDAT", b"IEND"}]
        sides = struct.pack(">II", *size)
        return [(kind, sides + body[8:]) for kind, body in written if kind == b"IHDR"] + others

    filters = (_of_pillow, _unfiltered, _of_the_left)
    best = min(filters, key=lambda each: len(each(first.convert(mode))))
    return _Kind(mode, head, lambda image: best(image if image.mode == mode else image.convert(mode)))


def _of_pillow(image: Image.Image, level: int = _MOVING_LEVEL) -> bytes:
    return b"".join(body for kind, body in _chunks(_saved(image, level, {})) if kind == b"IDAT")


def _unfiltered(image: Image.Image) -> bytes:
    return _rows_deflated(image.tobytes(), image, _NO_FILTER)


def _of_the_left(image: Image.Image) -> bytes:
    left = Image.new(image.mode, image.size)
    left.paste(image, (1, 0))
    return _rows_deflated(ImageChops.subtract_modulo(image, left).tobytes(), image, _LEFT_FILTER)


def _animated(images: Sequence[Image.Image], animation: Animation, kind: _Kind) -> bytes:
    """An APNG of which each frame is what changes, as it is or drawn over what stands still."""
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
    return _file(chunks)


def _drawn(before: Image.Image | None, image: Image.Image, kind: _Kind) -> tuple[Box, int, bytes]:
    """Where a frame is drawn, how, and its pixels; a pixel at least, since no frame may be empty."""
    if before is None:
        return (0, 0, *image.size), _REPLACE, kind.pixels(image)
    changed = palettes.any_difference(before, image)
    box = changed.getbbox() or (0, 0, 1, 1)
    cut, paint = image.crop(box), changed.crop(box)
    replacing = kind.pixels(cut)
    covers = ImageChops.subtract(paint, cut.getchannel("A")).getbbox() is None
    if kind.mode == "RGBA" and covers and paint.getextrema() != (OPAQUE, OPAQUE):
        over = Image.new("RGBA", cut.size)
        over.paste(cut, mask=paint)
        drawn = kind.pixels(over)
        if len(drawn) < len(replacing):
            return box, _OVER, drawn
    return box, _REPLACE, replacing


def _fraction(duration_ms: int) -> tuple[int, int]:
    """(delay, parts of a second) as an APNG has it."""
    for parts in (1000, 100, 10, 1):
        delay = round(duration_ms * parts / 1000)
        if delay <= _MAX_DELAY:
            return delay, parts
    return _MAX_DELAY, 1


def _deflated(numbers: Image.Image, bits: int) -> bytes:
    """Numbers as the body of IDAT, unfiltered, as is best for a palette or few bits.

    https://www.w3.org/TR/png-3/#12Filter-selection
    """
    packed = numbers.convert("P").tobytes("raw", "P" if bits == 8 else f"P;{bits}")  # noqa: PLR2004 - bits of a byte
    return _rows_deflated(packed, numbers, _NO_FILTER)


def _rows_deflated(data: bytes, image: Image.Image, filter_type: int) -> bytes:
    row = len(data) // image.height
    mark = bytes([filter_type])
    rows = b"".join(mark + data[at : at + row] for at in range(0, len(data), row))
    deflate = zlib.compressobj(_FLAT_LEVEL if len(data) <= _MAX_SLOW_BYTES else _MOVING_LEVEL, memLevel=9)
    return deflate.compress(rows) + deflate.flush()


def _ihdr(size: tuple[int, int], bits: int, colour_type: int) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0)


def _beside(said: Said) -> list[Chunk]:
    """The chunks of what is written along with the pixels, as Pillow writes them."""
    if not said:
        return []
    written = _chunks(_saved(Image.new("L", (1, 1)), _LEVEL, said))
    return [(kind, body) for kind, body in written if kind not in {b"IHDR", b"IDAT", b"IEND"}]


def _saved(image: Image.Image, level: int, said: Said) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level, **said)
    return buffer.getvalue()


def _chunks(data: bytes) -> Iterator[Chunk]:
    at = len(_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _file(chunks: Sequence[Chunk]) -> bytes:
    return b"".join([_SIGNATURE, *map(_chunk, chunks), _chunk((b"IEND", b""))])


def _chunk(chunk: Chunk) -> bytes:
    kind, body = chunk
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
