"""Small animations for tests, written block by block, with features that Pillow's writers lack."""

import io
import struct
import zlib

from PIL import Image

ANIMEXTS = b"ANIMEXTS1.0"
# Black, red, green, blue.
COLOURS = bytes((0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255))
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def application(name, block):
    return b"!\xff" + bytes([len(name)]) + name + bytes([len(block)]) + block + b"\0"


def looping(repeats, name=b"NETSCAPE2.0"):
    return application(name, b"\1" + struct.pack("<H", repeats))


def codes(size, index):
    """The image data of a single-coloured frame: the code size and its sub-blocks."""
    buffer = io.BytesIO()
    image = Image.new("P", size, index)
    image.putpalette(bytes(range(256)) * 3)
    image.save(buffer, "GIF", optimize=False)
    data = buffer.getvalue()
    return data[data.index(b",", 13 + (3 << (data[10] & 7) + 1)) + 10 : -1]


def gif(size, *blocks, palette=COLOURS):
    """A GIF of frames and extensions in the order given.

    Args:
        size: (width, height) of the canvas, in pixels.
        blocks: a frame as (left, top, width, height, index, options), or the bytes of an extension; options are
            disposal, clear (the transparent index), cs (a duration), palette and data.
        palette: palette of all frames; None for none.
    """
    out = b"GIF89a" + struct.pack("<HHBBB", *size, _flags(palette), 0, 0) + (palette or b"")
    for block in blocks:
        if isinstance(block, bytes):
            out += block
            continue
        left, top, width, height, index, *rest = block
        options = rest[0] if rest else {}
        clear = options.get("clear")
        flags = options.get("disposal", 0) << 2 | (clear is not None)
        out += b"!\xf9\x04" + struct.pack("<BHB", flags, options.get("cs", 0), clear or 0) + b"\0"
        own = options.get("palette")
        out += b"," + struct.pack("<HHHHB", left, top, width, height, _flags(own)) + (own or b"")
        out += options.get("data") or codes((max(1, width), max(1, height)), index)
    return out + b";"


def _flags(palette):
    return 0x80 | (len(palette) // 3 - 1).bit_length() - 1 if palette else 0


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rows(pixel, width, height):
    return zlib.compress((b"\0" + bytes(pixel) * width) * height)


def control(sequence, size, at=(0, 0), *, disposal=0, blend=0):
    return chunk(b"fcTL", struct.pack(">5I2H2B", sequence, *size, *at, 1, 10, disposal, blend))


def apng(size, *frames, colour=6, depth=8, plays=0, before=b"", still=None):
    """An APNG of single-coloured frames.

    Args:
        size: (width, height) of the canvas, in pixels.
        frames: (left, top, width, height, bytes of a pixel, disposal, blend).
        colour: colour type in IHDR.
        depth: bits of a sample; a whole number of bytes makes a pixel.
        plays: number of plays; 0 is forever.
        before: chunks before the first frame.
        still: bytes of a pixel of the default image, if that is not a frame; None where the first frame is that image.
    """
    out = [SIGNATURE, chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)), before]
    out.append(chunk(b"acTL", struct.pack(">II", len(frames), plays)))
    if still is not None:
        out.append(chunk(b"IDAT", rows(still, *size)))
    sequence = 0
    for index, (left, top, width, height, pixel, disposal, blend) in enumerate(frames):
        out.append(control(sequence, (width, height), (left, top), disposal=disposal, blend=blend))
        sequence += 1
        if index == 0 and still is None:
            out.append(chunk(b"IDAT", rows(pixel, width, height)))
        else:
            out.append(chunk(b"fdAT", struct.pack(">I", sequence) + rows(pixel, width, height)))
            sequence += 1
    return b"".join([*out, chunk(b"IEND")])
