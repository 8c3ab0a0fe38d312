"""The encoded pixels of a PNG as a clean file, with only what the pixels need. No Pillow, no AWS."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from services.resize.formats.png_chunks import SIGNATURE_BYTES, Chunk, chunks
from shared.deadline import Deadline

RGBA = tuple[int, int, int, int]

# Layout and values of IHDR: https://www.w3.org/TR/png-3/#11IHDR
_HEADER: Final = struct.Struct(">IIBBBBB")
GREY, PALETTE = 0, 3
_RGB: Final = 2
_SAMPLES: Final = {GREY: 1, _RGB: 3, PALETTE: 1, 4: 2, 6: 4}
# Outputs have 8 bits, so a picture of 16 bits has other pixels there.
_MAX_BITS: Final = 8
# Bytes of the transparent colour: https://www.w3.org/TR/png-3/#11tRNS
_CLEAR_BYTES: Final = {GREY: 2, _RGB: 6}
_OPAQUE: Final = 255
_ANCILLARY: Final = 0x20
# (left, top, step across, step down) of the passes of Adam7: https://www.w3.org/TR/png-3/#8Interlace
_ADAM7: Final = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_WHOLE: Final = ((0, 0, 1, 1),)
# Bytes that are inflated at once; a deflate stream unpacks to at most 1,032 times its size.
_SLICE_BYTES: Final = 16 * 1024
_STEP_BYTES: Final = 1024**2


def original(data: bytes, palette: Sequence[RGBA] | None, deadline: Deadline) -> bytes | None:
    """A PNG with the same deflated pixels and no metadata; None where they cannot be copied.

    Everything that could hide data is left out: bytes after the deflated pixels in IDAT, and every chunk except IHDR,
    PLTE, tRNS and IDAT.

    Args:
        data: the file, which is a still.
        palette: colours and alphas of its indices: those of its palette, or of its levels of grey.
            None for a picture that keeps its colours.
        deadline: checked for every MiB of pixels.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    found = _needed(data)
    if found is None or len(found[b"IHDR"]) != _HEADER.size:
        return None
    width, height, bits, colour_type, compression, filtering, interlace = _HEADER.unpack(found[b"IHDR"])
    if bits > _MAX_BITS or colour_type not in _SAMPLES or (compression, filtering) != (0, 0) or interlace > 1:
        return None
    rows_bytes = _rows_bytes((width, height), bits * _SAMPLES[colour_type], _ADAM7 if interlace else _WHOLE)
    end = _end(found[b"IDAT"], rows_bytes, deadline)
    if end is None:
        return None
    if palette is not None:
        colour_type, colours = PALETTE, _palette(palette)
    else:
        clear = found.get(b"tRNS", b"")[: _CLEAR_BYTES.get(colour_type, 0)]
        colours = [(b"tRNS", clear)] if clear else []
    header = _HEADER.pack(width, height, bits, colour_type, compression, filtering, interlace)
    parts = [(b"IHDR", header), *colours, (b"IDAT", found[b"IDAT"][:end]), (b"IEND", b"")]
    return data[:SIGNATURE_BYTES] + b"".join(_chunk(name, body) for name, body in parts)


def _palette(palette: Sequence[RGBA]) -> list[tuple[bytes, bytes]]:
    alphas = bytes(alpha for *_, alpha in palette).rstrip(bytes([_OPAQUE]))
    colours = bytes(level for colour in palette for level in colour[:3])
    return [(b"PLTE", colours), *([(b"tRNS", alphas)] if alphas else [])]


def _needed(data: bytes) -> dict[bytes, bytes] | None:
    """Bodies of the chunks that the pixels need, with IDATs joined; None where a critical one is damaged or unknown."""
    found: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    for chunk in chunks(data):
        if chunk.name == b"IEND":
            break
        if chunk.name not in {b"IHDR", b"PLTE", b"tRNS", b"IDAT"}:
            if not chunk.name[0] & _ANCILLARY:
                return None
            continue
        body = _body(data, chunk)
        if body is None:
            return None
        if chunk.name == b"IDAT":
            pixels.append(body)
        elif not pixels:
            found.setdefault(chunk.name, body)
    return {**found, b"IDAT": b"".join(pixels)} if b"IHDR" in found else None


def _body(data: bytes, chunk: Chunk) -> bytes | None:
    body = data[chunk.body : chunk.end - 4]
    is_right = zlib.crc32(body, zlib.crc32(chunk.name)) == int.from_bytes(data[chunk.end - 4 : chunk.end], "big")
    return body if is_right else None


def _rows_bytes(size: tuple[int, int], pixel_bits: int, passes: Sequence[tuple[int, int, int, int]]) -> int:
    """Number of bytes of all rows, each with its filter byte."""
    total = 0
    for left, top, across, down in passes:
        width, height = (size[0] - left + across - 1) // across, (size[1] - top + down - 1) // down
        if width > 0 and height > 0:
            total += height * (1 + (width * pixel_bits + 7) // 8)
    return total


def _end(packed: bytes, wanted: int, deadline: Deadline) -> int | None:
    """Offset of the end of a deflate stream, if it unpacks to exactly this many bytes; otherwise None."""
    stream = zlib.decompressobj()
    unpacked = 0
    for at in range(0, len(packed), _SLICE_BYTES):
        rest = packed[at : at + _SLICE_BYTES]
        while True:
            deadline.check()
            try:
                step = len(stream.decompress(rest, _STEP_BYTES))
            except zlib.error:
                return None
            unpacked += step
            rest = stream.unconsumed_tail
            if unpacked > wanted:
                return None
            if not rest and step < _STEP_BYTES:
                break
        if stream.eof:
            end = min(at + _SLICE_BYTES, len(packed)) - len(stream.unused_data)
            return end if unpacked == wanted else None
    return None


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
